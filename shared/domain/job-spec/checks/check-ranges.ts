/**
 * Numbers that the CRD leaves open, or nearly so: each with the range that makes sense, and why.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { numberOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'

/** Checks every number that the table below names. */
export function checkRanges(root: SourceNode, findings: FindingCollector): void {
  for (const { where, minimum, maximum, why } of numberRanges) {
    for (const node of selectNodes(root, where)) {
      const number = numberOf(node)
      if (number === undefined || (number >= minimum && number <= maximum)) continue
      const allowed = `${minimum} to ${maximum}`
      findings.error(node, 'out-of-range', `The number ${number} is out of range: ${why}.`, { allowed, at: 'value' })
    }
  }
}

const pods = 'spec.{driver,executor}'

const numberRanges = [
  { where: `${pods}.cores`, minimum: 1, maximum: 1024, why: 'a pod has at least one core and no machine has more' },
  { where: 'spec.executor.instances', minimum: 1, maximum: 10_000, why: 'larger jobs use dynamic allocation' },
  {
    where: 'spec.dynamicAllocation.{initialExecutors,minExecutors,maxExecutors}',
    minimum: 0,
    maximum: 10_000,
    why: 'this counts executors',
  },
  { where: 'spec.dynamicAllocation.shuffleTrackingTimeout', minimum: 0, maximum: 2 ** 31, why: 'this is a time' },
  { where: `${pods}.gpu.quantity`, minimum: 1, maximum: 64, why: 'this counts devices of one machine' },
  { where: `${pods}.terminationGracePeriodSeconds`, minimum: 0, maximum: 86_400, why: 'this is at most a day' },
  { where: `${pods}.ports[].containerPort`, minimum: 1, maximum: 65_535, why: 'this is a TCP port' },
  {
    where: 'spec.restartPolicy.{onFailureRetries,onSubmissionFailureRetries}',
    minimum: 0,
    maximum: 100,
    why: 'this counts repeats',
  },
  {
    where: 'spec.restartPolicy.{onFailureRetryInterval,onSubmissionFailureRetryInterval}',
    minimum: 1,
    maximum: 86_400,
    why: 'this is at most a day, in seconds',
  },
  { where: 'spec.timeToLiveSeconds', minimum: 0, maximum: 2 ** 31, why: 'this is a time after the end, in seconds' },
  {
    where: 'spec.sparkUIOptions.servicePort',
    minimum: 1,
    maximum: 65_535,
    why: 'this is a TCP port',
  },
  { where: 'spec.driverIngressOptions[].servicePort', minimum: 1, maximum: 65_535, why: 'this is a TCP port' },
  { where: `${pods}.tolerations[].tolerationSeconds`, minimum: 0, maximum: 2 ** 31, why: 'this is a time in seconds' },
  {
    where: `${pods}.{podSecurityContext,securityContext}.{runAsUser,runAsGroup,fsGroup}`,
    minimum: 0,
    maximum: 2 ** 31 - 1,
    why: 'this is the number of a user or group',
  },
] as const
