/** STS's AssumeRole over HTTP: checks signature, role and external id as AWS does, and hands out the keys that a test says. */
import type { ServerResponse } from 'node:http'
import { parseSignatureClaim } from '../../local/aws/http-api/signature-v4.ts'
import { readBody, startLoopbackServer } from '../../local/aws/loopback-server.ts'
import type { Credentials } from '../../shared/adapters/eks-token.ts'
import { isSignedBy } from './signed-request.ts'

export interface FakeSts {
  readonly url: string
  /** Every AssumeRole that came, refused ones too. */
  readonly asked: { readonly roleArn: string; readonly sessionName: string; readonly region: string }[]
  /** The next answers, before those of the roles: an error document, no XML at all, or a cut connection. */
  failNext(how: 'AccessDenied' | 'InternalError' | 'nonsense' | 'cut', times?: number): void
  close(): Promise<void>
}

/** A role that can be assumed: by whom, and what its session's keys are. */
export interface FakeRole {
  readonly roleArn: string
  readonly externalId?: string
  readonly trusted: Credentials
  /** Called each time; says when the keys end. */
  readonly keys: () => Credentials & { readonly expiration: Date }
}

const MAX_BODY_BYTES = 64 * 1024

export async function startFakeSts(roles: readonly FakeRole[]): Promise<FakeSts> {
  const asked: FakeSts['asked'] = []
  const failures: ('AccessDenied' | 'InternalError' | 'nonsense' | 'cut')[] = []
  const server = await startLoopbackServer(0, async (request, response) => {
    const body = ((await readBody(request, MAX_BODY_BYTES)) ?? Buffer.alloc(0)).toString('utf8')
    const parameters = new URLSearchParams(body)
    const roleArn = parameters.get('RoleArn') ?? ''
    const claim = parseSignatureClaim(request.headers.authorization ?? '')
    asked.push({ roleArn, sessionName: parameters.get('RoleSessionName') ?? '', region: claim?.region ?? '' })
    const failure = failures.shift()
    if (failure === 'cut') return void request.socket.destroy()
    if (failure === 'nonsense') return void response.writeHead(200).end('<html>Welcome</html>')
    if (failure === 'InternalError') return sendError(response, 500, 'InternalFailure', 'something broke')
    const role = roles.find(each => each.roleArn === roleArn)
    const isTrusted =
      failure === undefined &&
      role !== undefined &&
      isSignedBy(role.trusted, 'sts', request, body) &&
      (role.externalId ?? null) === parameters.get('ExternalId')
    if (!isTrusted) return sendError(response, 403, 'AccessDenied', `may not assume ${roleArn}`)
    return sendKeys(response, role.keys())
  })
  return {
    url: server.url,
    asked,
    failNext: (how, times = 1) => void failures.push(...Array.from({ length: times }, () => how)),
    close: () => server.close(),
  }
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`
  response.writeHead(status, { 'content-type': 'text/xml' })
  response.end(`<ErrorResponse>${error}<RequestId>test</RequestId></ErrorResponse>`)
}

function sendKeys(response: ServerResponse, keys: ReturnType<FakeRole['keys']>): void {
  const { accessKeyId, secretAccessKey, sessionToken = '', expiration } = keys
  response.writeHead(200, { 'content-type': 'text/xml' })
  response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
  <AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/x/x</Arn></AssumedRoleUser>
  <Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
  <SessionToken>${sessionToken}</SessionToken><Expiration>${expiration.toISOString()}</Expiration></Credentials>
  </AssumeRoleResult><ResponseMetadata><RequestId>test</RequestId></ResponseMetadata></AssumeRoleResponse>`)
}
