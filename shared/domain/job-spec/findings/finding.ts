/**
 * What a check says about one place of a spec. One shape for every answer (HTTP problem, report object, CLI), so
 * that a person reads the same words everywhere.
 */
export interface Finding {
  /** `error` refuses the spec; `warning` is advice; `rewritten` says what the gateway changed, and why. */
  readonly severity: 'error' | 'warning' | 'rewritten'
  /** Stable id, kebab-case: `unknown-field`, `policy-host-path`. */
  readonly rule: string
  /** Dotted from the document's root: `spec.driver.env[0].name`, `spec.sparkConf["spark.app.id"]`; `$` is the document. */
  readonly path: string
  /** Of several documents submitted together, which: 1-based. */
  readonly document?: number
  /** 1-based place in the text, where the text has one. */
  readonly line?: number
  readonly column?: number
  /** One or two sentences for the author of the spec; at most 2 kB, no control characters, never a credential. */
  readonly message: string
  /** What would be accepted here. */
  readonly allowed?: string
  /** What was probably meant, ready to paste. */
  readonly suggestion?: string
}

/** More findings than this help nobody: the rest is counted in one last finding. */
export const MAX_FINDINGS = 100
