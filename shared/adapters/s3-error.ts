/** What S3 answers when it does not do what it was asked: the error document, and the exception made of it. */

/** The parts of S3's error document that anybody here reads. */
export interface S3Refusal {
  readonly status: number
  /** The document's Code; for answers without one, the status in the SDK's words, or `HTTP <status>`. */
  readonly code: string
  readonly message: string
  readonly requestId: string
}

/** `NoAnswer` is the code of a connection that was refused, lost, cut or too slow. Never carries headers. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly code: string
  readonly status: number
  readonly requestId: string

  constructor(what: string, refusal: S3Refusal, options?: ErrorOptions) {
    const { status, code, message, requestId } = refusal
    const where = requestId === '' ? '' : ` (request ${requestId})`
    super(`${what}: ${code}: ${message}${where}`, options)
    this.code = code
    this.status = status
    this.requestId = requestId
  }
}

/** S3's texts are a line; what is longer comes from something else and is cut. */
const MAX_MESSAGE_LENGTH = 500
/** An answer without a document, as HEAD and some proxies give. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'NotFound', 405: 'MethodNotAllowed' }
/** Answers of a bucket that lives in another region than the one asked. */
const ELSEWHERE = new Set(['PermanentRedirect', 'TemporaryRedirect', 'AuthorizationHeaderMalformed', 'HTTP 301'])

/** Reads an answer's refusal from its status, its two headers and its body, whatever that is. */
export function parseS3Refusal(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): S3Refusal {
  const code = elementOf(body, 'Code') || (CODE_OF_STATUS[status] ?? `HTTP ${status}`)
  const region = ELSEWHERE.has(code) ? headerOf(headers, 'x-amz-bucket-region') || elementOf(body, 'Region') : ''
  const message = elementOf(body, 'Message') || 'no message'
  return {
    status,
    code,
    message: region === '' ? message : `${message} (the bucket is in ${region})`,
    requestId: headerOf(headers, 'x-amz-request-id') || elementOf(body, 'RequestId'),
  }
}

function headerOf(headers: Readonly<Record<string, string | string[] | undefined>>, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : ''
}

/** Error documents are flat and have no attributes: the first element of the name is the one. */
function elementOf(document: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1] ?? ''
  return text
    .slice(0, MAX_MESSAGE_LENGTH)
    .replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity] ?? '')
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
