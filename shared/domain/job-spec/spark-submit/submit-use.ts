/**
 * What an option or a setting of a command line becomes, as data: the rows of submit-options.ts and submit-settings.ts.
 */

/** What the gateway says about a value that is no field: it is left out (`rewritten`), or the command is refused. */
export interface Judgement {
  readonly severity: 'error' | 'rewritten'
  readonly rule: string
  readonly message: string
  readonly allowed?: string
  readonly suggestion?: string
}

/** How the text of a value is read: `list` has commas, `milliseconds` is a time as Spark writes it. */
export type ValueForm = 'text' | 'count' | 'flag' | 'list' | 'milliseconds'

export type SubmitUse =
  /** A field of the SparkApplication, from its root. */
  | { readonly as: 'field'; readonly path: readonly string[]; readonly form: ValueForm }
  /** An entry of `spec.sparkConf` under this name. */
  | { readonly as: 'setting'; readonly name: string }
  /** An entry of a map, named by the rest of the setting's name, after `prefix` if there is one. */
  | { readonly as: 'entry'; readonly path: readonly string[]; readonly prefix?: string }
  /** A variable of these pods' environment, named by the rest of the setting's name. */
  | { readonly as: 'variable'; readonly role: 'driver' | 'executor' }
  /** Nothing of the SparkApplication; undefined: not worth a word. */
  | { readonly as: 'judged'; readonly judge: (value: string) => Judgement | undefined }
  /** Read by code of its own. */
  | { readonly as: 'special' }

export const textField = (...path: readonly string[]): SubmitUse => ({ as: 'field', path, form: 'text' })
export const countField = (...path: readonly string[]): SubmitUse => ({ as: 'field', path, form: 'count' })
export const listField = (...path: readonly string[]): SubmitUse => ({ as: 'field', path, form: 'list' })

/** A use that leaves the value out and says why. */
export function leftOut(rule: string, message: string, allowed?: string): SubmitUse {
  const said: Judgement = { severity: 'rewritten', rule, message, ...(allowed !== undefined && { allowed }) }
  return { as: 'judged', judge: () => said }
}

/** A use that refuses the command and says what to do instead. */
export function refused(rule: string, message: string, allowed: string): SubmitUse {
  const said: Judgement = { severity: 'error', rule, message, allowed }
  return { as: 'judged', judge: () => said }
}
