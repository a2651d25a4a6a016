/** Where two submissions of the operator differ. */
import type { OperatorSubmission } from './operator-submission.ts'

/** The places at which two submissions differ: `settings spark.executor.memory`, in alphabetical order. */
export function differences(left: OperatorSubmission, right: OperatorSubmission): readonly string[] {
  const parts = ['flags', 'settings', 'application', 'pods', 'surroundings'] as const
  const places = parts.flatMap(part => {
    const [one, other] = [asRecord(left[part]), asRecord(right[part])]
    const keys = new Set([...Object.keys(one), ...Object.keys(other)])
    return [...keys].filter(key => !isEqual(one[key], other[key])).map(key => `${part} ${key}`)
  })
  return places.toSorted()
}

function asRecord(part: OperatorSubmission[keyof OperatorSubmission]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(part))
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries.map(([key, field]) => [key, sorted(field)]))
}
