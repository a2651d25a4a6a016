/** One row of the tables of formats: where texts of a kind stand, and what they must look like. */
export interface TextFormat {
  readonly rule: string
  /** Patterns of path-pattern.ts, from the document's root. */
  readonly where: readonly string[]
  /** Whether the value is checked, or the field's name (maps with free keys). */
  readonly of: 'value' | 'key'
  readonly accepts: (text: string) => boolean
  readonly message: string
  readonly allowed: string
  readonly suggest?: (text: string) => string | undefined
}

/** The two kinds of pods, in patterns. */
export const pods = 'spec.{driver,executor}'
/** Containers beside Spark's own. */
export const containers = `${pods}.{initContainers,sidecars}[]`
