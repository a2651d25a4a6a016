/**
 * Where the fields of pods and containers stand in a document. A pod template says the same things as the fields beside it,
 * and is judged by the same rules.
 */

/** Driver and executor. */
export const roles = ['spec.{driver,executor}'] as const
/** The pod inside their templates. */
export const templatePods = ['spec.{driver,executor}.template.spec'] as const
/** Places whose fields are those of a Kubernetes pod. */
export const pods = [...roles, ...templatePods] as const
export const initContainers = [
  'spec.{driver,executor}.initContainers[]',
  'spec.{driver,executor}.template.spec.initContainers[]',
] as const
/** Containers beside Spark's own; in a template nobody can tell them apart. */
export const sidecars = [
  'spec.{driver,executor}.sidecars[]',
  'spec.{driver,executor}.template.spec.{containers,ephemeralContainers}[]',
] as const
/** All containers but Spark's own. */
export const containers = [...initContainers, ...sidecars] as const
/** `metadata` of the pods' templates. */
export const templateMetadata = ['spec.{driver,executor}.template.metadata'] as const

/** Patterns for `fields` (a name, `{a,b}` or a longer path) at each of the places. */
export function at(places: readonly string[], ...fields: readonly string[]): readonly string[] {
  return places.flatMap(place => fields.map(field => `${place}.${field}`))
}
