/** The short form's word for a field of a SparkApplication that a document lacks. */
import { shortFormFields } from './fields.ts'

/** Fields that no row of the table leads to alone. */
const otherWords: readonly (readonly [place: string, word: string])[] = [
  ['metadata', 'name'],
  ['spec.driver', 'driver'],
  ['spec.executor', 'executors'],
  ['spec.driver.env', 'env'],
  ['spec.executor.env', 'env'],
  ['spec.volumes', 'scratch'],
  ['spec.restartPolicy', 'retry'],
  ['spec.restartPolicy.type', 'retry.onFailure'],
  ['spec.dynamicAllocation', 'executors'],
  ['spec.executor.gpu', 'executors.gpus'],
]

/** Of two words for one place the later, more specific one holds. */
const words = new Map([
  ...shortFormFields.flatMap(({ path, to = [] }) => to.map(place => [placeOf(place), path] as const)),
  ...otherWords,
])
/** Paths of missing fields of objects that the author wrote begin with his word for the object. */
const objectsOf = new Map([
  ['driver', 'spec.driver'],
  ['executor', 'spec.executor'],
  ['executors', 'spec.executor'],
])

/**
 * `spec.mainApplicationFile` → `main`; undefined where the short form has no word. `executors` is the author's word for
 * this object.
 */
export function shortFormWordFor(path: string, executors: 'executor' | 'executors'): string | undefined {
  const [, field = path, item = ''] = /^([^[]+)(\[.*)$/.exec(path) ?? []
  const [, first = '', rest = ''] = /^([^.]+)(\..*)$/.exec(field) ?? []
  const place = objectsOf.get(first)
  const known = words.get(place === undefined ? field : place + rest)
  const word = known === undefined ? undefined : known + item
  return executors === 'executor' ? word?.replace(/^executors(?=\.|$)/, executors) : word
}

/** The fields of a schedule are named as in the spec of a ScheduledSparkApplication. */
function placeOf(place: string): string {
  return place.replace(/^schedule\./, 'spec.')
}
