/** One line on the audit trail for each decision: everything that changes something, and everything that was denied. */
import { auditFields } from '../../shared/domain/audit.ts'
import type { AuditItem } from '../../shared/domain/audit.ts'
import type { Log } from '../../shared/runtime/logging.ts'
import { PROBLEM_TYPE_PREFIX } from '../../shared/runtime/http.ts'
import type { Caller } from './caller.ts'
import type { ApiEvent } from './event.ts'
import type { Answer } from './route.ts'

/** What a decision was about; absent where the request did not get so far. */
export interface Decided {
  readonly operation: string
  readonly caller?: Caller
  readonly path: Readonly<Record<string, string | undefined>>
  readonly answer: Answer
}

export function audit(log: Log, event: ApiEvent, { operation, caller, path, answer }: Decided): void {
  const { requestId, http } = event.requestContext
  const body = parseBody(answer)
  const key = event.headers['idempotency-key']
  const item: AuditItem = {
    operation,
    trigger: 'api',
    principal: caller?.name ?? 'unknown',
    ...(caller?.team !== undefined && { team: caller.team }),
    // Absent in the smallest of test events only.
    ...(http?.sourceIp !== undefined && { sourceIp: http.sourceIp }),
    ...text('jobId', path['id'] ?? idsOf(body)),
    ...text('target', path['name'] ?? path['team']),
    ...text('key', key),
    ...text('specHash', body['specHash']),
    decision: decisionOf(answer.statusCode ?? 0),
    status: answer.statusCode ?? 0,
    ...text('reason', reasonOf(answer, body)),
    requestId,
  }
  log.info('audit', auditFields(item))
}

/** Whether an answer is worth a line although nothing was to change. */
export const isDenial = ({ statusCode }: Answer): boolean =>
  statusCode === 401 || statusCode === 403 || statusCode === 429

function decisionOf(status: number): AuditItem['decision'] {
  if (status >= 500) return 'failed'
  if (status === 401 || status === 403 || status === 429) return 'denied'
  return status >= 400 ? 'refused' : 'allowed'
}

/** The kind of problem; that it was a repeat. Never its detail, which may repeat what the caller wrote. */
function reasonOf({ headers }: Answer, body: Readonly<Record<string, unknown>>): unknown {
  if (headers?.['idempotent-replayed'] === 'true') return 'repeated'
  if (body['dryRun'] !== undefined) return 'dry-run'
  return typeof body['type'] === 'string' ? body['type'].replace(PROBLEM_TYPE_PREFIX, '') : undefined
}

const text = (name: 'jobId' | 'target' | 'key' | 'specHash' | 'reason', value: unknown): Partial<AuditItem> =>
  typeof value === 'string' && value !== '' ? { [name]: value } : {}

/** Of one job, or of those of several documents; cut with the field. */
function idsOf({ id, jobs }: Readonly<Record<string, unknown>>): unknown {
  if (!Array.isArray(jobs)) return id
  return jobs.flatMap((job: { id?: unknown }) => (typeof job.id === 'string' ? [job.id] : [])).join(' ')
}

function parseBody({ body }: Answer): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body ?? '') as Record<string, unknown>
  } catch {
    return {}
  }
}
