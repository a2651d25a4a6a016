/** What a row of the short form's table says. */
import type { JsonValue } from '../canonical-spec.ts'

/**
 * What a field holds. `arguments` and `variables`: text, whole numbers, true and false, taken as text; `settings`: fractions too.
 * `memory` and `duration` have a grammar that later checks know; here they are text (a duration also a number of seconds).
 */
export type ValueType =
  'text' | 'memory' | 'duration' | 'integer' | 'boolean' | 'texts' | 'arguments' | 'variables' | 'settings' | 'object'

/** One field of the short form. */
export interface ShortFormField {
  /** From the document's root: `executors.memory`. */
  readonly path: string
  /** At least one. The fields of an `object` are rows of their own. */
  readonly holds: readonly ValueType[]
  /** Where the value goes: all of these places of a SparkApplication (`spec.…`, `metadata.…`), `options.…` or `schedule.…`. */
  readonly to?: readonly string[]
  /** One sentence for docs and editors. */
  readonly summary: string
  readonly example: JsonValue
  /** The accepted words in lower case, and what each becomes. */
  readonly choices?: Readonly<Record<string, string>>
  /** What people who know other tools write instead; compared without case, `_` and `-`. */
  readonly otherNames?: readonly string[]
}
