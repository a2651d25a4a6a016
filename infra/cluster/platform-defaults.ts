/**
 * What to put under `clusters.NAME.defaults` of the platform file so that jobs use what this folder installs. Defaults are
 * a layer below every request, which no tenant's policy judges: a tenant still cannot name a priority or a node.
 */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { ClusterContext } from './cluster-context.ts'
import { PRIORITY_CLASSES } from './scheduling-classes.ts'

/** A partial `spec` of a SparkApplication; empty where the options install nothing that jobs could use. */
export function renderPlatformDefaults({ options }: ClusterContext): JsonObject {
  const stay = KEEP_DRIVERS[options.nodes]
  const driver = {
    ...(options.priorityClasses && { priorityClassName: PRIORITY_CLASSES.driver }),
    ...(stay !== undefined && { annotations: { [stay.key]: stay.value } }),
  }
  return {
    ...(Object.keys(driver).length > 0 && { driver }),
    ...(options.priorityClasses && { executor: { priorityClassName: PRIORITY_CLASSES.executor } }),
    // A driver on a spot node takes its whole job with it.
    ...(options.nodes === 'karpenter' && {
      sparkConf: { 'spark.kubernetes.driver.node.selector.karpenter.sh/capacity-type': 'on-demand' },
    }),
  }
}

/** What tells each autoscaler that a pod must not be moved. */
const KEEP_DRIVERS: Readonly<
  Record<'karpenter' | 'cluster-autoscaler' | 'none', { key: string; value: string } | undefined>
> = {
  karpenter: { key: 'karpenter.sh/do-not-disrupt', value: 'true' },
  'cluster-autoscaler': { key: 'cluster-autoscaler.kubernetes.io/safe-to-evict', value: 'false' },
  none: undefined,
}
