/**
 * The one form every accepted document becomes: checked, free of tenant text that was not checked, stored as
 * canonical JSON and hashed. What is created on a cluster is rendered from this and from nothing else (rule 12).
 */
import type { Finding } from './findings/finding.ts'
import type { Policy } from './policy/policy-schema.ts'

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
  /** What the author asked of the gateway itself; absent where nothing was asked. */
  readonly options?: GatewayOptions
  /** Present for a document that is a schedule: such a spec is no job by itself. */
  readonly schedule?: SpecSchedule
}

/**
 * What a spec may ask of the gateway: annotations `sparkgate.dev/…` of the operator's documents, fields of the short form.
 * The table of options/gateway-options.ts names both.
 */
export interface GatewayOptions {
  readonly idempotencyKey?: string
  readonly priority?: Priority
  /** Name of a cluster of the platform file. */
  readonly cluster?: string
  /** Profiles in the order in which they are laid over each other. */
  readonly profiles?: readonly string[]
  /** Attempts in all, whatever the causes. */
  readonly maxAttempts?: number
  readonly deadlines?: SpecDeadlines
  /** Names of notification targets of the team. */
  readonly notify?: readonly string[]
  /** Ids of jobs of the same team that must end first. */
  readonly dependsOn?: readonly string[]
  /** Default `all-succeeded`. */
  readonly dependsOnWhen?: 'all-succeeded' | 'all-ended'
  readonly costCentre?: string
  /** A job without an end: it has no deadline for running. */
  readonly streaming?: boolean
}

export const PRIORITIES = ['low', 'normal', 'high'] as const
export type Priority = (typeof PRIORITIES)[number]

/** Whole seconds; they shorten what the platform allows, and cannot lengthen it. */
export interface SpecDeadlines {
  readonly queuedSeconds?: number
  readonly pendingSeconds?: number
  readonly runningSeconds?: number
  readonly totalSeconds?: number
}

/** When a schedule fires, in the words of its author. */
export interface SpecSchedule {
  /** Five fields of cron, a descriptor such as `@hourly`, or `@every 5m`. */
  readonly cron: string
  /** IANA name; default `UTC`. */
  readonly timezone: string
  readonly concurrency: 'Allow' | 'Forbid' | 'Replace'
  readonly suspended: boolean
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
  readonly policy: Policy
  /** The team's namespace on the chosen cluster. */
  readonly namespace: string
  /** The team's driver and executor service account there. */
  readonly serviceAccount: string
  /** Defaults that lie under the request, lowest first: gateway, cluster, team. */
  readonly layers?: readonly SpecLayer[]
  /** The profiles that a request may name. */
  readonly profiles?: Readonly<Record<string, SpecProfile>>
  /** The clusters that a request may name; absent: any name of the right form. */
  readonly clusters?: readonly string[]
  /** The priorities that a request may ask for; absent: all. */
  readonly priorities?: readonly Priority[]
  /** The team's notification targets; absent: any name of the right form. */
  readonly notificationTargets?: readonly string[]
  /** The kinds of nodes that the cluster has or can start; absent: unknown, and nothing is refused for its size. */
  readonly nodes?: readonly NodeShape[]
}

/** Values of one giver: a part of the `spec` of a SparkApplication. */
export interface SpecLayer {
  /** For people: `gateway`, `cluster main`, `team payments`, `profile small`. */
  readonly name: string
  readonly spec: JsonObject
}

/** A named bundle of defaults that a platform offers. */
export interface SpecProfile {
  /** One sentence for people who choose. */
  readonly summary: string
  readonly spec: JsonObject
  /** What it asks of the gateway, unless the request says otherwise. */
  readonly options?: GatewayOptions
}

/** What one node offers to pods (allocatable, not its instance type's nominal size). */
export interface NodeShape {
  readonly name: string
  readonly cores: number
  readonly memoryMiB: number
  readonly gpus?: number
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
