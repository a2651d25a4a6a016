/**
 * The one form every accepted document becomes: checked, free of tenant text that was not checked, stored as
 * canonical JSON and hashed. What is created on a cluster is rendered from this and from nothing else (rule 12).
 */
import type { Finding } from './findings/finding.ts'

/** A JSON value as our own parser makes it: plain own properties, no prototypes, no `__proto__`. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

export interface CanonicalSpec {
  /** Version of this form; a reader refuses versions it does not know. */
  readonly version: 1
  /** The author's name for the job: `metadata.name`, DNS-1035. */
  readonly name: string
  /** `spec` of a `sparkoperator.k8s.io/v1beta2` SparkApplication, checked field by field, gateway-owned fields left out. */
  readonly application: JsonObject
  /** Labels of the author that are passed to the object and its pods (checked; no reserved prefixes). */
  readonly labels: Readonly<Record<string, string>>
  /** The author's `restartPolicy`, turned into gateway terms; absent where the author said nothing. */
  readonly retry?: SpecRetry
}

/** How often the author wants a failed run repeated. `restartPolicy: OnFailure` maps to this; the gateway owns retries (rule 7). */
export interface SpecRetry {
  /** Repeats after the program itself failed (`onFailureRetries`). */
  readonly onFailure: number
  /** Seconds before the first such repeat (`onFailureRetryInterval`). */
  readonly onFailureIntervalSeconds?: number
  /** Repeats after a failed submission (`onSubmissionFailureRetries`). */
  readonly onSubmissionFailure?: number
  readonly onSubmissionFailureIntervalSeconds?: number
}

/** What a team's policy and place decide about its specs. */
export interface SpecContext {
  readonly team: string
  readonly policy: PolicyLevel
  /** The team's namespace on the chosen cluster. */
  readonly namespace: string
  /** The team's driver and executor service account there. */
  readonly serviceAccount: string
}

/** `strict`: deny by default (several teams share the cluster). `open`: one trusted team; platform escapes stay denied. */
export type PolicyLevel = 'strict' | 'open'

export type SpecVerdict =
  | {
      readonly verdict: 'accepted'
      readonly spec: CanonicalSpec
      /** SHA-256 (hex) of the canonical JSON of `spec`: the identity of what will run. */
      readonly specHash: string
      /** SHA-256 (hex) of the canonical JSON of the document as parsed: "the same body" for idempotency. */
      readonly documentHash: string
      /** Warnings and rewrites. */
      readonly findings: readonly Finding[]
    }
  | {
      readonly verdict: 'refused'
      /** As above where the text could be parsed, else SHA-256 of the bytes. */
      readonly documentHash: string
      /** The author's name for the job where it could be read, for lists of refused specs. */
      readonly name?: string
      /** At least one error. */
      readonly findings: readonly Finding[]
    }
