/**
 * Where an object lives: host and path exactly as they are signed and sent. S3 signs the path as sent and normalises nothing,
 * so `//`, `.` and `..` are parts of a key like any other, and no URL parser may come between.
 */

/** One object, or one version of it. */
export interface S3Object {
  readonly bucket: string
  readonly key: string
  /** Absent or empty: the newest. */
  readonly version?: string
}

export interface S3Address {
  readonly protocol: 'http:' | 'https:'
  readonly hostname: string
  /** Absent: the protocol's own. */
  readonly port?: number
  /** The Host header: with the port where there is one. */
  readonly host: string
  /** Percent-encoded, without the query. */
  readonly path: string
}

/**
 * Virtual-hosted style in AWS, path style for a bucket whose dots the certificate of `*.s3.…` does not cover and for a given
 * endpoint (an http or https URL). Throws URIError for a key that is no Unicode text: S3 holds none.
 */
export function s3Address(object: S3Object, region: string, endpoint?: string): S3Address {
  const path = `/${object.key.split('/').map(encodePart).join('/')}`
  const bucketPath = `/${encodePart(object.bucket)}${path}`
  if (endpoint !== undefined) return atEndpoint(new URL(endpoint), bucketPath)
  const service = `s3.${region}.${suffixOf(region)}`
  const isLabel = HOST_LABEL.test(object.bucket)
  const host = isLabel ? `${object.bucket}.${service}` : service
  return { protocol: 'https:', hostname: host, host, path: isLabel ? path : bucketPath }
}

/** A bucket's name that is one label of a host name. */
const HOST_LABEL = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

function atEndpoint({ protocol, hostname, port, host, pathname }: URL, path: string): S3Address {
  if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`an S3 endpoint is http or https, not ${protocol}`)
  return {
    protocol,
    // Node connects to an IPv6 address without its brackets.
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port !== '' && { port: Number(port) }),
    host,
    path: `${pathname.replace(/\/$/, '')}${path}`,
  }
}

/** AWS partitions with other domains than the usual one (the SDK's partitions.json); the isolated ones are not among them. */
function suffixOf(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn'
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com'
}

/** SigV4 leaves letters, digits and `-._~` as they are; encodeURIComponent leaves five more. */
export const encodePart = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
