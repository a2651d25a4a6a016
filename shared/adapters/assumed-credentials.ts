/**
 * The keys of a role in another account: one signed STS AssumeRole, kept until shortly before they end. The SDK's client for
 * STS would cost a bundle more than this call does (docs/adr/0010; the same was true of S3, docs/adr/0007).
 */
import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Clock } from '../operations/ports.ts'
import type { Credentials } from './eks-token.ts'
import { stsHost } from './eks-token.ts'

export interface AssumeSettings {
  /** Whose keys ask: the function's own. */
  readonly credentials: () => Promise<Credentials>
  /** Of the STS that is asked: the gateway's own region, whatever the cluster's. */
  readonly region: () => Promise<string>
  readonly clock: Clock
  /** This URL instead of AWS; only for tests. */
  readonly endpoint?: string
}

export interface RoleToAssume {
  readonly roleArn: string
  readonly externalId?: string
  /** Appears in the other account's CloudTrail. */
  readonly sessionName: string
}

/** Keys that end sooner than this are renewed: a token signed with them should live for some minutes. */
const RENEW_SECONDS = 5 * 60
/** What was refused or lost is asked for again after this: a batch of jobs must not ask for each of them. */
const ASK_AGAIN_SECONDS = 10
/** The most for a role that assumes a role (IAM: role chaining). */
const SESSION_SECONDS = 3_600
/** Half of the 10 s that a call to a cluster has. */
const ANSWER_MILLISECONDS = 5_000
/** An answer has about 2 KB. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * A source of keys, asked once for everybody who waits. Rejects with `AssumeRoleError` while STS refuses or does not answer;
 * keys that still work are given out for as long as they do.
 */
export function assumedCredentials(settings: AssumeSettings, role: RoleToAssume): () => Promise<Credentials> {
  let known: Credentials | undefined
  let asked: Promise<Credentials> | undefined
  let askAgainAt = 0
  const endsAt = (keys: Credentials): number => keys.expiration?.getTime() ?? 0
  return async () => {
    const now = settings.clock.now()
    if (known !== undefined && now < endsAt(known) - RENEW_SECONDS * 1000) return known
    if (asked === undefined || now >= askAgainAt) {
      askAgainAt = now + ASK_AGAIN_SECONDS * 1000
      asked = assumeRole(settings, role)
    }
    try {
      known = await asked
      return known
    } catch (error) {
      if (known !== undefined && now < endsAt(known)) return known
      throw error
    }
  }
}

/** Names the role and what STS said; never a key. */
export class AssumeRoleError extends Error {
  override readonly name = 'AssumeRoleError'
  constructor(roleArn: string, said: string, options?: ErrorOptions) {
    super(`the role ${roleArn} cannot be assumed: ${said}`, options)
  }
}

async function assumeRole(settings: AssumeSettings, role: RoleToAssume): Promise<Credentials> {
  const region = await settings.region()
  const url = new URL(settings.endpoint ?? `https://${stsHost(region)}`)
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role.roleArn,
    RoleSessionName: role.sessionName,
    DurationSeconds: String(SESSION_SECONDS),
    ...(role.externalId !== undefined && { ExternalId: role.externalId }),
  }).toString()
  const signer = new SignatureV4({ credentials: settings.credentials, region, service: 'sts', sha256: Sha256 })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  })
  const answer = await send(url, headers, body).catch((error: unknown) => {
    throw new AssumeRoleError(role.roleArn, 'STS did not answer', { cause: error })
  })
  if (answer.status !== 200) {
    const code = elementOf(answer.text, 'Code') ?? `HTTP ${answer.status}`
    throw new AssumeRoleError(role.roleArn, `${code}: ${elementOf(answer.text, 'Message') ?? 'no message'}`)
  }
  return credentialsOf(answer.text, role)
}

function credentialsOf(document: string, { roleArn }: RoleToAssume): Credentials {
  const accessKeyId = elementOf(document, 'AccessKeyId')
  const secretAccessKey = elementOf(document, 'SecretAccessKey')
  const sessionToken = elementOf(document, 'SessionToken')
  const expiration = new Date(elementOf(document, 'Expiration') ?? '')
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined)
    throw new AssumeRoleError(roleArn, 'STS answered without keys')
  if (Number.isNaN(expiration.getTime())) throw new AssumeRoleError(roleArn, 'STS did not say when the keys end')
  return { accessKeyId, secretAccessKey, sessionToken, expiration }
}

async function send(
  url: URL,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(ANSWER_MILLISECONDS)
  const request = url.protocol === 'http:' ? requestHttp : requestHttps
  const { hostname, port } = url
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { method: 'POST', path: '/', hostname, headers, signal, ...(port !== '' && { port }) }
    const sent = request(options, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}

/** STS's documents have each of these elements once, without attributes; keys and tokens hold no entities. */
const elementOf = (document: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1]
