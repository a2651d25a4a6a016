/**
 * The one error type of the embedded DynamoDB. It carries what the wire needs, so SDK clients see the real exception
 * class (`ConditionalCheckFailedException`, `TransactionCanceledException` …) and not a generic failure.
 */

/** An answer other than 200. `type` is the bare exception name; `fields` are further members of the JSON body. */
export class DynamoError extends Error {
  readonly type: string
  readonly statusCode: number
  readonly fields: Readonly<Record<string, unknown>>

  constructor(type: string, message: string, fields: Readonly<Record<string, unknown>> = {}, statusCode = 400) {
    super(message)
    this.name = 'DynamoError'
    this.type = type
    this.statusCode = statusCode
    this.fields = fields
  }
}

/** The JSON body of the answer, as AWS JSON 1.0 wants it. */
export function renderDynamoError(error: DynamoError): Record<string, unknown> {
  const isCommon = COMMON_TYPES.has(error.type)
  const prefix = isCommon ? 'com.amazon.coral.service#' : 'com.amazonaws.dynamodb.v20120810#'
  return { __type: prefix + error.type, message: error.message, ...error.fields }
}

/** The request itself is wrong. */
export function refuse(message: string): DynamoError {
  return new DynamoError('ValidationException', message)
}

const COMMON_TYPES: ReadonlySet<string> = new Set([
  'SerializationException',
  'UnknownOperationException',
  'MissingAuthenticationTokenException',
])
