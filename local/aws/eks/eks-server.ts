/**
 * An embedded EKS control plane, for `npm run local`, the demo and tests: it answers DescribeCluster with the endpoints and
 * certificate authorities it was given, so that code finds a local Kubernetes API the way it finds a real one.
 * Not emulated: anything but DescribeCluster and ListClusters; signatures (any credentials do).
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startLoopbackServer } from '../loopback-server.ts'

export interface EmbeddedCluster {
  readonly name: string
  /** Of the Kubernetes API, e.g. `https://127.0.0.1:6443`. */
  readonly endpoint: string
  /** Base64 of the PEM, as EKS answers it. */
  readonly certificateAuthorityData: string
  /** `1.33` unless given. */
  readonly version?: string
  /** `ACTIVE` unless given. */
  readonly status?: string
}

export interface EmbeddedEksOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  readonly region?: string
  readonly clusters?: readonly EmbeddedCluster[]
}

export interface EmbeddedEks {
  readonly url: string
  /** Adds a cluster or replaces the one of that name. */
  putCluster(cluster: EmbeddedCluster): void
  /** Forgets a cluster; it is not found from now on. */
  removeCluster(name: string): void
  /** How often DescribeCluster was called for a name, refused calls included. */
  describeCount(name: string): number
  /** The next `count` calls are refused with ThrottlingException. */
  throttleNext(count: number): void
  close(): Promise<void>
}

/** Names counted; a caller that asks for more different ones has a bug, and its later names are not counted. */
const MAX_COUNTED_NAMES = 10_000

/** Rejects when the port is taken. */
export async function startEmbeddedEks(options: EmbeddedEksOptions = {}): Promise<EmbeddedEks> {
  const { region = 'us-east-1' } = options
  const clusters = new Map((options.clusters ?? []).map(cluster => [cluster.name, cluster]))
  const counts = new Map<string, number>()
  let callsToThrottle = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?')
    const match = /^\/clusters(?:\/([^/]+))?$/.exec(path)
    if (request.method !== 'GET' || match === null) {
      return sendError(response, 501, 'NotImplementedException', 'Only DescribeCluster and ListClusters are embedded')
    }
    const name = match[1] === undefined ? undefined : decodeURIComponent(match[1])
    if (name !== undefined && (counts.has(name) || counts.size < MAX_COUNTED_NAMES)) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    if (callsToThrottle > 0) {
      callsToThrottle -= 1
      return sendError(response, 429, 'ThrottlingException', 'Rate exceeded')
    }
    if (name === undefined) return sendJson(response, { clusters: [...clusters.keys()] })
    const cluster = clusters.get(name)
    if (cluster !== undefined) return sendJson(response, { cluster: renderCluster(cluster, region) })
    sendError(response, 404, 'ResourceNotFoundException', `No cluster found for name: ${name}.`, { clusterName: name })
  }

  const server = await startLoopbackServer(options.port ?? 0, answer)
  return {
    url: server.url,
    putCluster: cluster => void clusters.set(cluster.name, cluster),
    removeCluster: name => void clusters.delete(name),
    describeCount: name => counts.get(name) ?? 0,
    throttleNext(count) {
      callsToThrottle = count
    },
    close: () => server.close(),
  }
}

/** Fact: EKS API reference, the Cluster type; timestamps are seconds since 1970. */
function renderCluster(cluster: EmbeddedCluster, region: string): Record<string, unknown> {
  return {
    name: cluster.name,
    arn: `arn:aws:eks:${region}:000000000000:cluster/${cluster.name}`,
    createdAt: 1_767_225_600,
    version: cluster.version ?? '1.33',
    endpoint: cluster.endpoint,
    roleArn: `arn:aws:iam::000000000000:role/${cluster.name}`,
    kubernetesNetworkConfig: { serviceIpv4Cidr: '10.100.0.0/16', ipFamily: 'ipv4' },
    status: cluster.status ?? 'ACTIVE',
    certificateAuthority: { data: cluster.certificateAuthorityData },
    accessConfig: { authenticationMode: 'API' },
    tags: {},
  }
}

function sendJson(response: ServerResponse, answer: object): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}

function sendError(response: ServerResponse, status: number, type: string, message: string, fields: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
  response.end(JSON.stringify({ message, ...fields }))
}
