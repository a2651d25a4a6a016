/**
 * A command line sorted into its parts, before any of them becomes a field.
 */
import type { Given, GivenPlace } from './given.ts'

/** One word of a command line, from a text or from a list. */
export interface SubmitWord {
  readonly text: string
  readonly offset: number
  /** Offset of the first character of `text`, where its characters stand in the source one by one. */
  readonly textOffset: number | undefined
  readonly isKnown: boolean
}

export interface SubmitLine {
  /** The word `spark-submit`, or where the line begins. */
  readonly command: GivenPlace
  /** By the option's own name; the last of several counts, as in spark-submit. */
  readonly options: ReadonlyMap<string, Given>
  /** `--conf` by the setting's name; the last of several counts. */
  readonly settings: ReadonlyMap<string, Given>
  readonly application: Given | undefined
  readonly arguments: readonly Given[]
}
