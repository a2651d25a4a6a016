/** What the API needs from the world. */
import type { Platform } from '../../shared/domain/platform/platform.ts'
import type { Clock, JobStore, ReconcileQueue } from '../../shared/operations/ports.ts'
import type { Log } from '../../shared/runtime/logging.ts'

export interface ApiDeps {
  readonly platform: Platform
  readonly store: JobStore
  readonly reconcileQueue: ReconcileQueue
  readonly clock: Clock
  readonly log: Log
}
