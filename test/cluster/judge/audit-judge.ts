/**
 * The outside judge: what is wrong with a run, by what the API server wrote down (its audit log) and what an administrator watched,
 * and not by our own records. Each function answers sentences; none is a good run.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { GATEWAY_GRANTS } from '../../../shared/domain/platform/cluster-grants.ts'
import type { GatewayIdentity } from '../../../shared/domain/platform/cluster-grants.ts'

/** What we read of a line of the audit log (audit.k8s.io/v1, level Metadata). */
export interface AuditEntry {
  readonly verb: string
  readonly user: { readonly username?: string; readonly extra?: { readonly canonicalArn?: readonly string[] } }
  readonly objectRef?: {
    readonly resource: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code: number }
  /** Path and query: what a list selects is told nowhere else. */
  readonly requestURI: string
  readonly stage: string
  readonly requestReceivedTimestamp: string
}

/** A job as the API told it in the end. */
export interface JudgedJob {
  readonly id: string
  readonly state: string
  readonly stateSince: string
  readonly attempts: readonly { readonly objectName: string }[]
  readonly stop?: { readonly requestedAt: string }
}

/** Length of the audit log now: where a run begins. */
export function auditPosition(file: string): number {
  const handle = openSync(file, 'r')
  try {
    return fstatSync(handle).size
  } finally {
    closeSync(handle)
  }
}

/** Entries from a position on. Half a line at the end (the server was killed while it wrote) is left out. */
export function readAudit(file: string, from: number): AuditEntry[] {
  const handle = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - from))
    readSync(handle, bytes, 0, bytes.length, from)
    return bytes
      .toString('utf8')
      .split('\n')
      .flatMap(line => parseEntry(line))
  } finally {
    closeSync(handle)
  }
}

function parseEntry(line: string): AuditEntry[] {
  try {
    return [JSON.parse(line) as AuditEntry]
  } catch {
    return []
  }
}

/** The gateway's identity of an entry, by the role that it signed with. */
export function identityOf({ user }: AuditEntry): GatewayIdentity | undefined {
  const arn = user.extra?.canonicalArn?.[0] ?? ''
  const [, identity] = /:role\/sparkgate-(reconcile|observe|api)$/.exec(arn) ?? []
  return identity as GatewayIdentity | undefined
}

const isCreate = ({ verb, objectRef, responseStatus }: AuditEntry): boolean =>
  verb === 'create' && objectRef?.resource === 'sparkapplications' && responseStatus?.code === 201

/**
 * Each attempt was created exactly once, and nothing else was. `uids`: of all objects that were watched, by name; a server that
 * is killed between the write and its audit line leaves only that trace.
 */
export function judgeCreates(
  entries: readonly AuditEntry[],
  jobs: readonly JudgedJob[],
  uids: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const creates = new Map<string, number>()
  for (const entry of entries.filter(each => isCreate(each) && identityOf(each) !== undefined)) {
    const name = entry.objectRef?.name ?? '?'
    creates.set(name, (creates.get(name) ?? 0) + 1)
  }
  const expected = new Set(jobs.flatMap(job => job.attempts.map(attempt => attempt.objectName)))
  const problems: string[] = []
  for (const [name, count] of creates) {
    if (count > 1) problems.push(`${name} was created ${count} times`)
    if (!expected.has(name)) problems.push(`${name} was created and is no attempt of a job`)
  }
  for (const [name, seen] of uids) {
    if (seen.size > 1) problems.push(`${name} was ${seen.size} objects: ${[...seen].join(', ')}`)
    if (!expected.has(name)) problems.push(`${name} was watched and is no attempt of a job`)
  }
  return problems
}

/** Names of attempts of which neither a create nor an object was ever seen: they were fenced, or never sent. */
export const neverCreated = (
  entries: readonly AuditEntry[],
  jobs: readonly JudgedJob[],
  uids: ReadonlyMap<string, ReadonlySet<string>>,
): string[] => {
  const created = new Set([...entries.filter(isCreate).map(entry => entry.objectRef?.name ?? ''), ...uids.keys()])
  return jobs.flatMap(job => job.attempts.map(attempt => attempt.objectName)).filter(name => !created.has(name))
}

/**
 * No create of a job after the fence of its cancel, give or take the time that one may be on its way (a worker reads the job, the
 * fence is written, the worker's request leaves): `onTheWaySeconds`. And never one after the job was CANCELLED.
 */
export function judgeFences(
  entries: readonly AuditEntry[],
  jobs: readonly JudgedJob[],
  onTheWaySeconds: number,
): string[] {
  const jobOf = new Map(jobs.flatMap(job => job.attempts.map(({ objectName }) => [objectName, job] as const)))
  return entries.filter(isCreate).flatMap(entry => {
    const name = entry.objectRef?.name ?? ''
    const job = jobOf.get(name)
    if (job?.stop === undefined) return []
    const at = Date.parse(entry.requestReceivedTimestamp)
    const late = at - Date.parse(job.stop.requestedAt)
    if (late > onTheWaySeconds * 1000) return [`${name} was created ${late} ms after the fence`]
    if (job.state === 'CANCELLED' && at > Date.parse(job.stateSince)) return [`${name} was created after CANCELLED`]
    return []
  })
}

/** No request outside what the identity is granted, and none that RBAC refused. */
export function judgeRights(entries: readonly AuditEntry[]): string[] {
  const problems = new Set<string>()
  for (const entry of entries) {
    const identity = identityOf(entry)
    if (identity === undefined || entry.objectRef === undefined) continue
    const { resource, subresource } = entry.objectRef
    const asked = subresource === undefined ? resource : `${resource}/${subresource}`
    const granted = GATEWAY_GRANTS[identity].some(
      ({ resources, verbs }) => resources.includes(asked) && Object.hasOwn(verbs, entry.verb),
    )
    if (!granted) problems.add(`${identity} did ${entry.verb} ${asked}`)
    if (entry.responseStatus?.code === 403) problems.add(`${identity} was refused ${entry.verb} ${asked}`)
  }
  return [...problems]
}

/** Requests of an identity between two times (epoch milliseconds), a minute. A watch counts once, at its start. */
export function requestsPerMinute(
  entries: readonly AuditEntry[],
  identity: GatewayIdentity,
  from: number,
  to: number,
): number {
  const counted = entries.filter(entry => {
    const at = Date.parse(entry.requestReceivedTimestamp)
    const counts = entry.stage === (entry.verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete')
    return identityOf(entry) === identity && counts && at >= from && at < to
  })
  return (counted.length * 60_000) / (to - from)
}
