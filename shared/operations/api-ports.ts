/**
 * What the API needs from the world beside the ports of the engine. Each method's comment is its contract, as in ports.ts.
 */
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import type { PodView } from '../domain/observed.ts'
import type { JobRef } from '../domain/job.ts'
import type { ClusterTrouble, CreateOutcome, GivenSpec } from './ports.ts'

export interface LogPlace {
  readonly namespace: string
  readonly pod: string
  /** Needed where a pod has several containers. */
  readonly container?: string
}

export interface LogQuery {
  /** The newest lines only. */
  readonly tailLines?: number
  /** ISO 8601; lines of exactly this time are part of the answer. */
  readonly sinceTime?: string
  /** What is longer is cut at its end, perhaps within a line. */
  readonly limitBytes: number
}

export type LogAnswer =
  /** Each line begins with its time (RFC 3339 with nanoseconds) and a blank. */
  | { readonly outcome: 'read'; readonly text: string }
  /** The pod is there and its container does not write yet: in the cluster's words. */
  | { readonly outcome: 'waiting'; readonly message: string }
  | { readonly outcome: 'absent' }
  | ClusterTrouble

/** A look at a cluster that changes nothing there. */
export interface ClusterWindow {
  /** Pods of a SparkApplication, by the operator's app-name label. */
  listPods(namespace: string, name: string): Promise<{ outcome: 'listed'; pods: readonly PodView[] } | ClusterTrouble>
  readLog(place: LogPlace, query: LogQuery): Promise<LogAnswer>
  /** What a create would answer, webhooks and quotas included; nothing is stored. */
  tryCreate(namespace: string, object: JsonObject): Promise<CreateOutcome>
}

export interface ClusterWindows {
  /** Loaded when it is first needed; undefined for a cluster that is not in the platform file (any more). */
  of(cluster: string): Promise<ClusterWindow | undefined>
}

export interface RateLimits {
  /** Counts one request of a team against its limit of this minute. */
  take(team: string, perMinute: number, now: number): Promise<RateVerdict>
}

export interface RateVerdict {
  readonly allowed: boolean
  /** What the team certainly has left in this minute; other callers may have more of it in hand. */
  readonly remaining: number
  /** Until the next minute begins. */
  readonly resetSeconds: number
}

export interface PageTokenKeys {
  /** 32 bytes, the same for every function and every call; made when first asked for. */
  get(): Promise<Uint8Array>
}

export interface GivenSpecs {
  /** What a job was submitted as; undefined where nothing was kept. */
  getGiven(ref: JobRef): Promise<GivenSpec | undefined>
}
