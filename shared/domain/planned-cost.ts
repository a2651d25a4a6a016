/** The cost of a spec before it runs, by the prices of one cluster of the platform file. */
import { estimateCost, pricesOf } from './cost.ts'
import type { Estimate } from './cost.ts'
import { podsOf } from './job-pods.ts'
import type { CanonicalSpec } from './job-spec/canonical-spec.ts'
import { deadlinesOf } from './new-job.ts'
import type { Platform } from './platform/platform.ts'

/** Or why nothing is estimated. */
export type PlannedCost =
  (Estimate & { readonly cluster: string }) | { readonly cluster?: string; readonly unknown: string }

/** One attempt of a job of this spec on that cluster. */
export function costOn(platform: Platform, cluster: string | undefined, spec: CanonicalSpec): PlannedCost {
  if (cluster === undefined) return { unknown: 'There is no cluster that it may run on.' }
  const prices = pricesOf(platform)(cluster)
  if (prices === undefined) return { cluster, unknown: `The platform file has no prices for cluster ${cluster}.` }
  return { cluster, ...estimateCost(podsOf(spec), prices, deadlinesOf(platform, spec)) }
}
