/**
 * When a schedule fires, from its checked fields.
 */
import type { SpecSchedule } from '../canonical-spec.ts'
import { isNull, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'

const CONCURRENCY = ['Allow', 'Forbid', 'Replace'] as const

/** The schedule in the words of its author; undefined where it does not say when. */
export function readSchedule(schedule: SourceMap, findings: FindingCollector): SpecSchedule | undefined {
  const cron = textOf(schedule.fields.get('schedule'))
  if (cron === undefined) return undefined
  const zone = schedule.fields.get('timeZone')
  const written = schedule.fields.get('concurrencyPolicy')
  const policy = CONCURRENCY.find(word => word === textOf(written))
  if (written === undefined || isNull(written)) {
    const message = 'Nothing says what happens while a run is still under way; with the operator such a schedule stops.'
    const hints = { path: 'spec.concurrencyPolicy', allowed: CONCURRENCY.join(', '), suggestion: 'Forbid' }
    findings.rewritten(schedule, 'concurrency-forbid', `${message} Forbid is taken.`, hints)
  }
  const suspend = schedule.fields.get('suspend')
  return {
    cron,
    timezone: textOf(zone) ?? 'UTC',
    concurrency: policy ?? 'Forbid',
    suspended: suspend?.kind === 'scalar' && suspend.scalar === true,
  }
}
