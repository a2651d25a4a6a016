/** Requests → typed input; everything that is wrong with one is a HttpProblem that says what is allowed. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { JOB_STATES } from '../../shared/domain/job-state.ts'
import type { JobState } from '../../shared/domain/job-state.ts'
import type { JobQuery } from '../../shared/operations/ports.ts'
import { DEFAULT_MAX_SPEC_BYTES } from '../../shared/domain/job-spec/document/decode-document.ts'
import type { SpecContent } from '../../shared/operations/submit-job.ts'
import { HttpProblem } from '../../shared/runtime/http.ts'

const CONTENT_TYPES: Readonly<Record<string, 'json' | 'yaml'>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'text/yaml': 'yaml',
  'text/x-yaml': 'yaml',
}

/** One key for each job: a repeated request with the same key never starts a second one. */
export const KEY_REQUIRED =
  'The header Idempotency-Key is required (or the option idempotencyKey in the spec): 1 to 255 printable ASCII characters without spaces, one key for each job. A repeated request with the same key never starts a second job.'

export function readSubmission(event: APIGatewayProxyEventV2): { idempotencyKey?: string; content: SpecContent } {
  const idempotencyKey = event.headers['idempotency-key']
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey))
    throw new HttpProblem(400, KEY_REQUIRED)
  const [mediaType = '', ...parameters] = (event.headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map(part => part.trim())
  const contentType = Object.hasOwn(CONTENT_TYPES, mediaType) ? CONTENT_TYPES[mediaType] : undefined
  if (
    contentType === undefined ||
    parameters.some(each => each.startsWith('charset=') && !/^charset="?utf-8"?$/.test(each))
  ) {
    throw new HttpProblem(415, `Content-Type must be one of ${Object.keys(CONTENT_TYPES).join(', ')} (UTF-8).`)
  }
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > DEFAULT_MAX_SPEC_BYTES)
    throw new HttpProblem(413, `A spec has at most ${DEFAULT_MAX_SPEC_BYTES} bytes; this one has ${bytes.length}.`)
  return { ...(idempotencyKey !== undefined && { idempotencyKey }), content: { kind: 'text', bytes, contentType } }
}

const LIST_PARAMETERS = new Set(['state', 'name', 'limit', 'nextToken'])
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100

export function readListQuery(event: APIGatewayProxyEventV2): Omit<JobQuery, 'team'> {
  const given = new URLSearchParams(event.rawQueryString)
  for (const name of given.keys()) {
    if (!LIST_PARAMETERS.has(name))
      throw new HttpProblem(
        400,
        `There is no parameter ${JSON.stringify(name.slice(0, 50))}; allowed are ${[...LIST_PARAMETERS].join(', ')}.`,
      )
    if (given.getAll(name).length > 1) throw new HttpProblem(400, `The parameter ${name} is given more than once.`)
  }
  const state = given.get('state') ?? undefined
  if (state !== undefined && !Object.hasOwn(JOB_STATES, state))
    throw new HttpProblem(400, `state must be one of ${Object.keys(JOB_STATES).join(', ')}.`)
  const name = given.get('name') ?? undefined
  if (name !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    throw new HttpProblem(400, 'name must be the whole name of a job: a-z, 0-9 and -.')
  const limit = given.get('limit') ?? String(DEFAULT_LIMIT)
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT)
    throw new HttpProblem(400, `limit must be 1 to ${MAX_LIMIT}.`)
  const next = given.get('nextToken') ?? undefined
  return {
    limit: Number(limit),
    ...(state !== undefined && { state: state as JobState }),
    ...(name !== undefined && { name }),
    ...(next !== undefined && { next }),
  }
}
