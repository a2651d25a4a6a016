/**
 * The operator's own documents, SparkApplication and ScheduledSparkApplication, as a JobDocument. A schedule is taken
 * apart into when (its own fields) and what (`spec.template`, which is the spec of a SparkApplication).
 */
import { SCHEDULED_KIND } from '../checks/check-metadata.ts'
import { closestWord } from '../checks/closest-word.ts'
import { isNull, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import type { JobDocument } from '../job-document.ts'
import { optionsOfAnnotations } from '../options/options-of-annotations.ts'

/** Fields of a ScheduledSparkApplication's spec beside `template` that say when (CRD v2.5.2). */
const scheduleFields = ['schedule', 'timeZone', 'concurrencyPolicy', 'suspend'] as const
/** History is the gateway's: it keeps jobs by its own retention. */
const historyFields = ['successfulRunHistoryLimit', 'failedRunHistoryLimit'] as const

/** The document with its options taken out of the annotations, and its schedule out of its spec. */
export function parseNativeDocument(root: SourceMap, findings: FindingCollector): JobDocument {
  const options = optionsOfAnnotations(root, findings)
  if (textOf(root.fields.get('kind')) !== SCHEDULED_KIND) return { root, options }
  const spec = root.fields.get('spec')
  if (spec?.kind !== 'map') return { root, options, schedule: emptySchedule(root) }
  const schedule: SourceMap = { ...spec, fields: new Map() }
  for (const [name, node] of spec.fields) sortField(name, node, schedule, findings)
  const template = spec.fields.get('template')
  if (template === undefined || isNull(template)) {
    const message = 'A schedule needs the spec of the job that it starts.'
    findings.error(template ?? spec, 'required-field', message, { path: 'spec.template' })
    root.fields.delete('spec')
    return { root, options, schedule }
  }
  // Paths of the template's values go on from their own parents: spec.template.driver.memory.
  root.fields.set('spec', template)
  return { root, options, schedule, wordFor: underTemplate }
}

function sortField(name: string, node: SourceNode, schedule: SourceMap, findings: FindingCollector): void {
  if (name === 'template') return
  if (scheduleFields.some(field => field === name)) {
    schedule.fields.set(name, node)
  } else if (historyFields.some(field => field === name)) {
    const message = 'The gateway keeps the history of runs itself, for as long as its retention says.'
    if (!isNull(node)) findings.rewritten(node, 'history-by-gateway', message)
  } else {
    const allowed = [...scheduleFields, ...historyFields, 'template']
    const message = 'There is no field of this name in the spec of a ScheduledSparkApplication.'
    const suggestion = closestWord(name, allowed)
    findings.error(node, 'unknown-field', message, { allowed: allowed.join(', '), suggestion })
  }
}

/** A field that the template lacks. Paths of what stands in the document are the author's already. */
const underTemplate = (path: string): string | undefined =>
  /^spec\b(?!\.(?:template|schedule|timeZone|concurrencyPolicy|suspend)\b)/.test(path)
    ? `spec.template${path.slice('spec'.length)}`
    : undefined

const emptySchedule = (root: SourceMap): SourceMap => ({ ...root, fields: new Map() })
