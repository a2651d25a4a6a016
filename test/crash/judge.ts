/** The verdict over one job, from what the cluster wrote down while it was under way. */
import type { AuditEntry } from '../../local/kubernetes/audit-log.ts'
import type { Pod } from '../../local/kubernetes/kubernetes-object.ts'
import { ROLES } from '../../local/local-platform.ts'
import type { JournalEntry } from './cluster-history.ts'

export interface JobSeen {
  readonly id: string
  readonly state: string
  readonly message: string
  readonly attempts: readonly { readonly objectName: string }[]
}

/** What is wrong, one sentence each; empty when all is well. `attempts`: how many there should be. */
export function judgeCreates(audit: readonly AuditEntry[], job: JobSeen, attempts: number): string[] {
  const writes = audit.filter(entry => ['create', 'delete', 'patch', 'update'].includes(entry.verb))
  const made = creates(audit).map(entry => entry.objectRef?.name ?? '?')
  const names = job.attempts.map(attempt => attempt.objectName)
  return [
    ...(names.length === attempts ? [] : [`it has ${names.length} attempts, not ${attempts}`]),
    ...(made.join() === names.join() ? [] : [`created were [${made.join()}], its attempts are [${names.join()}]`]),
    ...writes
      .filter(entry => entry.user.extra?.canonicalArn[0] !== ROLES.reconcile)
      .map(entry => `${entry.user.username} did ${entry.verb} ${entry.objectRef?.name}`),
    ...writes
      .filter(entry => entry.verb === 'patch' || entry.verb === 'update')
      .map(entry => `${entry.objectRef?.name} was changed (${entry.verb})`),
  ]
}

/** Successful creates of SparkApplications, oldest first. */
export const creates = (audit: readonly AuditEntry[]): AuditEntry[] =>
  audit.filter(
    ({ verb, objectRef, responseStatus }) =>
      verb === 'create' && objectRef?.resource === 'sparkapplications' && responseStatus.code === 201,
  )

/** Attempt n + 1 appears only when the object of attempt n is gone and none of its pods lives. */
export function judgeOrder(journal: readonly JournalEntry[], job: JobSeen): string[] {
  const names = job.attempts.map(attempt => attempt.objectName)
  return names.slice(1).flatMap((name, index) => {
    const appears = journal.findIndex(
      ({ plural, put }) => plural === 'sparkapplications' && put?.metadata.name === name,
    )
    const previous = names[index] ?? ''
    return stillThere(journal.slice(0, appears), previous).map(what => `${name} was created while ${what}`)
  })
}

/** Nothing of the job is left on the cluster. */
export const judgeGone = (journal: readonly JournalEntry[], job: JobSeen): string[] =>
  job.attempts.flatMap(({ objectName }) => stillThere(journal, objectName))

function stillThere(journal: readonly JournalEntry[], application: string): string[] {
  const objects = new Map<string, string>()
  for (const { plural, put, del } of journal) {
    if (del !== undefined) objects.delete(`${plural} ${del}`)
    if (put === undefined) continue
    const key = `${plural} ${put.metadata.namespace}/${put.metadata.name}`
    if (plural === 'sparkapplications' && put.metadata.name === application) objects.set(key, `${application} exists`)
    if (plural !== 'pods' || put.metadata.labels?.['sparkoperator.k8s.io/app-name'] !== application) continue
    const { phase } = (put as Pod).status
    if (phase === 'Succeeded' || phase === 'Failed') objects.delete(key)
    else objects.set(key, `pod ${put.metadata.name} is ${phase}`)
  }
  return [...objects.values()]
}
