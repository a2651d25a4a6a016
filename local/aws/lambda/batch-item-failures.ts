/**
 * Which records of a batch failed, by Lambda's rules for partial batch responses. SQS and DynamoDB Streams share them:
 * a null or empty answer or list means that everything succeeded; an empty, null or unknown `itemIdentifier` means that
 * everything failed; so does an error or a time-out. What AWS leaves open (an answer that is not an object, a list that is
 * not a list) counts as "everything failed" here, so that the mistake is noticed.
 */
import type { InvocationOutcome } from './function-runtime.ts'

/** Whether the mapping has `ReportBatchItemFailures`; without it the answer of a function that succeeded is not read. */
export type BatchReporting = 'report-item-failures' | 'whole-batch'

/** The identifiers that failed: none, some or all of `identifiers`. */
export function decideFailedItems(
  outcome: InvocationOutcome,
  identifiers: readonly string[],
  reporting: BatchReporting,
): ReadonlySet<string> {
  const all = new Set(identifiers)
  const none = new Set<string>()
  if (outcome.kind !== 'succeeded') return all
  if (reporting === 'whole-batch' || outcome.value === null || outcome.value === undefined) return none
  if (typeof outcome.value !== 'object') return all

  const failures = (outcome.value as { batchItemFailures?: unknown }).batchItemFailures
  if (failures === null || failures === undefined) return none
  if (!Array.isArray(failures)) return all

  const failed = new Set<string>()
  for (const failure of failures) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier
    if (typeof identifier !== 'string' || !all.has(identifier)) return all
    failed.add(identifier)
  }
  return failed
}
