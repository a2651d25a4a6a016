/**
 * How many executors a job starts with, and may have. The bounds are those of Spark 4.0.5, tried there
 * (`SchedulerBackendUtils`): the first number is the largest of initialExecutors, minExecutors and instances, and must not be
 * above maxExecutors.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { fieldAt, numberOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'

/** Checks `dynamicAllocation` and `executor.instances`. */
export function checkExecutorBounds(spec: SourceMap, findings: FindingCollector): void {
  const allocation = fieldAt(spec, 'dynamicAllocation')
  if (allocation?.kind !== 'map') return
  const bound = (name: string): SourceNode | undefined => allocation.fields.get(name)
  const [least, first, most] = [bound('minExecutors'), bound('initialExecutors'), bound('maxExecutors')]
  const refuse = (node: SourceNode | undefined, other: string): void => {
    if (node === undefined) return
    findings.error(node, 'executor-bounds', `This is more than ${other}; Spark refuses to start.`, { at: 'value' })
  }
  if (isMore(least, most)) refuse(least, 'maxExecutors')
  if (isMore(first, most)) refuse(first, 'maxExecutors')
  if (numberOf(most) === 0) {
    const hints = { allowed: '1 or more', at: 'value' } as const
    findings.error(most ?? allocation, 'executor-bounds', 'With no executor at all, no task could run.', hints)
  }
  if (isOn(bound('enabled'))) {
    const instances = fieldAt(spec, 'executor', 'instances')
    if (isMore(instances, most) && numberOf(most) !== 0) refuse(instances, 'dynamicAllocation.maxExecutors')
    if (isMore(least, first) && first !== undefined) {
      const message = 'This is less than minExecutors, which holds.'
      findings.warning(first, 'initial-below-min-executors', message, { at: 'value' })
    }
  } else if ([least, first, most].some(node => node !== undefined)) {
    const message = 'Without enabled: true these numbers mean nothing; the job keeps executor.instances.'
    const hints = { path: 'spec.dynamicAllocation.enabled', suggestion: 'enabled: true' }
    findings.warning(allocation, 'dynamic-allocation-off', message, hints)
  }
}

function isOn(node: SourceNode | undefined): boolean {
  return node?.kind === 'scalar' && node.scalar === true
}

function isMore(left: SourceNode | undefined, right: SourceNode | undefined): boolean {
  const [low, high] = [numberOf(left), numberOf(right)]
  return low !== undefined && high !== undefined && low > high
}
