/** What the API needs from the world. */
import type { Platform } from '../../shared/domain/platform/platform.ts'
import type { ClusterWindows, GivenSpecs, PageTokenKeys, RateLimits } from '../../shared/operations/api-ports.ts'
import type {
  AdmissionStore,
  Clock,
  JobStore,
  LogArchive,
  ReconcileQueue,
  SpecReader,
} from '../../shared/operations/ports.ts'
import type { ShippedLogs } from '../../shared/operations/read-shipped-log.ts'
import type { Log } from '../../shared/runtime/logging.ts'

export interface ApiDeps {
  readonly platform: Platform
  readonly store: JobStore & GivenSpecs
  readonly admission: AdmissionStore
  readonly reconcileQueue: ReconcileQueue
  readonly specs: SpecReader
  readonly clock: Clock
  readonly log: Log
  /** Absent: page tokens are good for this process only. */
  readonly pageTokenKeys?: PageTokenKeys
  /** Absent: what API Gateway lets through is enough. */
  readonly rateLimits?: RateLimits
  /** Absent: no logs, and no dry run on a cluster. */
  readonly windows?: ClusterWindows
  /** Absent: logs end with their pods. */
  readonly logs?: LogArchive
  /** Absent: no cluster ships the logs of its pods. */
  readonly shippedLogs?: ShippedLogs
}
