/**
 * The schedule of a ScheduledSparkApplication. The operator accepts any text here, and a schedule that it cannot read
 * simply never fires (state FailedValidation); an unknown concurrency policy stops it after the first run.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { isNull, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { closestWord } from './closest-word.ts'
import { findCronProblem } from './cron-format.ts'

/** Checks `schedule`, `timeZone`, `concurrencyPolicy`, `suspend` and the history limits of one schedule. */
export function checkSchedule(schedule: SourceMap, findings: FindingCollector): void {
  const present = (name: string): SourceNode | undefined => {
    const node = schedule.fields.get(name)
    return isNull(node) ? undefined : node
  }
  checkCron(schedule, present('schedule'), findings)
  checkTimeZone(present('timeZone'), findings)
  checkConcurrency(present('concurrencyPolicy'), findings)
  const suspend = present('suspend')
  if (suspend !== undefined && !(suspend.kind === 'scalar' && typeof suspend.scalar === 'boolean')) {
    findings.error(suspend, 'wrong-type', 'This must be true or false.', { allowed: 'true, false', at: 'value' })
  }
  for (const name of ['successfulRunHistoryLimit', 'failedRunHistoryLimit']) {
    const node = present(name)
    const limit = numberOf(node)
    if (node === undefined || (limit !== undefined && Number.isInteger(limit) && limit >= 0)) continue
    const rule = limit === undefined ? 'wrong-type' : 'out-of-range'
    findings.error(node, rule, 'This must be a whole number, 0 or more.', { allowed: '0 and more', at: 'value' })
  }
}

function checkCron(schedule: SourceMap, node: SourceNode | undefined, findings: FindingCollector): void {
  const allowed = 'minute hour day month weekday: "0 3 * * *", @daily, "@every 1h"'
  if (node === undefined) {
    const hints = { path: 'spec.schedule', suggestion: 'schedule: "0 3 * * *"', allowed }
    return findings.error(schedule, 'required-field', 'A schedule needs its times.', hints)
  }
  const text = textOf(node)
  if (text === undefined) {
    return findings.error(node, 'wrong-type', 'The times must be text. Put quotes around them.', {
      allowed,
      at: 'value',
    })
  }
  const problem = findCronProblem(text)
  if (problem === undefined) return
  const { rule, message, suggestion } = problem
  findings.error(node, rule, message, { allowed, suggestion, at: 'value' })
}

function checkTimeZone(node: SourceNode | undefined, findings: FindingCollector): void {
  if (node === undefined) return
  const text = textOf(node)
  const allowed = 'A name of the IANA data base: UTC, Europe/Berlin'
  if (text === undefined)
    return findings.error(node, 'wrong-type', 'The time zone must be text.', { allowed, at: 'value' })
  if (isTimeZone(text)) return
  findings.error(node, 'time-zone', 'There is no time zone of this name.', () => {
    const known = Intl.supportedValuesOf('timeZone')
    const last = known.find(zone => zone.toLowerCase().endsWith(`/${text.toLowerCase().replaceAll(' ', '_')}`))
    return { allowed, suggestion: last ?? closestWord(text, ['UTC', ...known]), at: 'value' }
  })
}

/** True for a name of the IANA data base in its own letters; offsets (`+01:00`) and `Local` are none. */
function isTimeZone(text: string): boolean {
  if (text.length > 64 || !/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(text)) return false
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions()
    // The same name in other letters is found here, and nowhere on a Linux disk.
    return timeZone === text || timeZone.toLowerCase() !== text.toLowerCase()
  } catch {
    return false
  }
}

const policies = ['Allow', 'Forbid', 'Replace']

function checkConcurrency(node: SourceNode | undefined, findings: FindingCollector): void {
  const text = textOf(node)
  if (node === undefined || (text !== undefined && policies.includes(text))) return
  const message = 'This is not a concurrency policy; the operator would stop the schedule after its first run.'
  const suggestion = closestWord(text ?? '', policies)
  findings.error(node, 'not-one-of', message, { allowed: policies.join(', '), suggestion, at: 'value' })
}
