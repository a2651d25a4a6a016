/**
 * One value as it was given on a command line, and the place that findings about it name.
 */
import type { SourceScalar } from '../document/source-node.ts'

/** Where something stands. */
export interface GivenPlace {
  /** Path of findings in the words of the command line: `["--executor-memory"]`, `["--conf"]["spark.x"]`, `application`. */
  readonly origin: string
  /** UTF-16 offset of the option or setting. */
  readonly keyOffset: number
  /** UTF-16 offset of its value. */
  readonly offset: number
}

/** A value with its place. */
export interface Given extends GivenPlace {
  readonly text: string
  /** False where only the author's shell knows the value: a finding has said so, and the value is used nowhere. */
  readonly isKnown: boolean
}

/** A node that stands for the place alone, to report findings at. */
export function placeOf({ origin, keyOffset, offset }: GivenPlace): SourceScalar {
  return { kind: 'scalar', parent: undefined, key: '', keyOffset, offset, origin, scalar: null }
}

/** `["--conf"]["spark.x"]`; the collector cuts what is too long for a path. */
export function originOf(option: string, setting?: string): string {
  const step = `[${JSON.stringify(option)}]`
  return setting === undefined ? step : `${step}[${JSON.stringify(setting)}]`
}
