/** The audit item of a submission that nobody waits for: an object in the inbox, a firing of a schedule. */
import type { AuditItem } from '../domain/audit.ts'
import type { DroppedObject, Dropped } from './submit-dropped-spec.ts'
import type { Fired, Firing } from './submit-scheduled-job.ts'

/** Undefined for what asks for nothing: folders, our own reports, objects that are gone again. */
export function auditDrop(dropped: DroppedObject, result: Dropped, requestId: string): AuditItem | undefined {
  if (result.outcome === 'ignored') return undefined
  const { bucket, key, version, principal = 'unknown', sourceIp } = dropped
  return {
    operation: 'submit',
    trigger: 's3',
    principal,
    ...(sourceIp !== undefined && { sourceIp }),
    key: `${bucket}/${key}`,
    version,
    ...decided(result),
    requestId,
  }
}

export function auditFiring(firing: Firing, result: Fired, requestId: string): AuditItem {
  const { schedule, scheduledTime } = firing
  return {
    operation: 'submit',
    trigger: 'schedule',
    principal: `schedule ${schedule}`,
    key: schedule,
    version: scheduledTime,
    ...decided(result),
    requestId,
  }
}

/** What became of it. Of a refusal the rule of its first error: messages may repeat what the author wrote. */
function decided(result: Dropped): Pick<AuditItem, 'decision' | 'reason' | 'team' | 'jobId' | 'specHash'> {
  const job = 'job' in result ? result.job : undefined
  const known = {
    ...(job !== undefined && { team: job.team, jobId: job.jobId }),
    ...(job !== undefined && job.specHash !== '' && { specHash: job.specHash }),
  }
  switch (result.outcome) {
    case 'accepted':
      return { ...known, decision: 'allowed', ...(result.repeated && { reason: 'repeated' }) }
    case 'refused': {
      const error = result.findings.find(({ severity }) => severity === 'error')
      return { ...known, decision: 'refused', reason: `spec-refused${error === undefined ? '' : `: ${error.rule}`}` }
    }
    case 'conflict':
      return { ...known, decision: 'refused', reason: 'key-conflict' }
    case 'no-key':
      return { decision: 'refused', reason: 'no-key' }
    case 'ignored':
      return { decision: 'refused', reason: result.why }
  }
}
