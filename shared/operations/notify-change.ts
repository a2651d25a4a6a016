/**
 * notifyChange: tells the world that a job changed its state: one event on the bus, and for dropped specs a report beside
 * the spec. Runs on the table's change stream, so no change is lost and some are told twice; the event's id
 * (`jobId#attempt#state`) lets consumers drop repeats, and a report is the same object when written again.
 */
import { isTerminal } from '../domain/job-state.ts'
import type { Job } from '../domain/job.ts'
import { changeEvent, jobReport } from '../domain/report.ts'
import type { EventBus, SpecInbox } from './ports.ts'

export interface NotifyDeps {
  readonly bus: EventBus
  readonly inbox: SpecInbox
}

export async function notifyChange(
  deps: NotifyDeps,
  before: Job | undefined,
  after: Job,
): Promise<'told' | 'nothing-new'> {
  if (before !== undefined && before.state === after.state && before.attempt === after.attempt) return 'nothing-new'
  await deps.bus.publish([changeEvent(before, after)])
  if (after.trigger.kind === 's3') {
    const kind = reportKind(before, after)
    if (kind !== undefined) {
      const { bucket, key, document } = after.trigger
      const which = document === undefined ? '' : `.${document}`
      await deps.inbox.writeReport({ bucket, key: `${key}${which}.${kind}.json` }, jobReport(kind, after))
    }
  }
  return 'told'
}

function reportKind(before: Job | undefined, after: Job): 'accepted' | 'rejected' | 'result' | undefined {
  if (after.state === 'REJECTED') return 'rejected'
  if (before === undefined) return 'accepted'
  return isTerminal(after.state) ? 'result' : undefined
}
