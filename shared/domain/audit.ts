/**
 * The audit line of one decision about a request: who asked for what, and what became of it. Every field is named here;
 * nothing else of a request reaches the line, and no control character does.
 */

export interface AuditItem {
  /** What was asked: an operation of the API, `submit` by another trigger. */
  readonly operation: string
  readonly trigger: 'api' | 's3' | 'schedule'
  /** The JWT's subject, the principal's ARN, or what fired. */
  readonly principal: string
  readonly team?: string
  readonly sourceIp?: string
  readonly jobId?: string
  /** The cluster or team that it was about. */
  readonly target?: string
  /** Idempotency key, or bucket and key. */
  readonly key?: string
  /** Of the object in the bucket. */
  readonly version?: string
  readonly specHash?: string
  readonly decision: 'allowed' | 'denied' | 'refused' | 'failed'
  /** HTTP status, where there is one. */
  readonly status?: number
  readonly reason?: string
  readonly requestId?: string
}

/** Longest text of one field, in characters. */
const MAX_FIELD_LENGTH = 512

/** The item as it may be written: fields of the list above only, short, one line. */
export function auditFields(item: AuditItem): Readonly<Record<string, string | number>> {
  const texts: readonly (keyof AuditItem)[] = [
    'operation',
    'trigger',
    'principal',
    'team',
    'sourceIp',
    'jobId',
    'target',
    'key',
    'version',
    'specHash',
    'decision',
    'status',
    'reason',
    'requestId',
  ]
  return Object.fromEntries(
    texts.flatMap(name => {
      const value = item[name]
      if (value === undefined) return []
      return [[name, typeof value === 'number' ? value : oneLine(value)]]
    }),
  )
}

/** Control, invisible and unpaired characters as `\u{…}`: a line of the log stays one line, and shows what it holds. */
const oneLine = (text: string): string =>
  text
    .slice(0, MAX_FIELD_LENGTH)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, found => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)
