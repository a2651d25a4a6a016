/** What is asked of a job's log, and what is answered: the same for a pod, for what was kept and for what was shipped. */
import type { ClusterTrouble } from './ports.ts'

export interface LogRequest {
  /** `driver` or the number of an executor, from 1. */
  readonly role: 'driver' | number
  readonly attempt?: number
  /** The newest lines only; with a cursor it has no meaning. */
  readonly tail?: number
  /** Where an answer before ended, or a time. */
  readonly since?: LogCursor
}

/** Behind the first `seen` lines that have exactly this time. */
export interface LogCursor {
  /** RFC 3339, as the cluster wrote it. */
  readonly time: string
  readonly seen: number
}

export interface LogLine {
  readonly at: string
  readonly text: string
}

export type JobLog =
  | {
      readonly outcome: 'read'
      /** `archive`: kept or shipped before the pod went. */
      readonly source: 'pod' | 'archive'
      readonly attempt: number
      readonly pod: string
      readonly lines: readonly LogLine[]
      readonly next?: LogCursor
      /** The page was full: ask again at once. */
      readonly more: boolean
      /** Nothing will be added. */
      readonly ended: boolean
      /** Why there is nothing yet. */
      readonly waitingFor?: string
    }
  | { readonly outcome: 'absent'; readonly why: string }
  | ClusterTrouble
