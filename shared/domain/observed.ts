/**
 * What a look at a cluster shows, in our words. Adapters translate Kubernetes JSON into this once; the decision reads
 * nothing else.
 */
import { PROGRAM_CONTAINERS } from './pod-names.ts'

export interface ApplicationView {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  /** From our labels and annotation; absent on objects that are not ours. */
  readonly jobId?: string
  readonly team?: string
  readonly attempt?: number
  readonly specHash?: string
  readonly run?: 'real' | 'simulated'
  /** `.status.applicationState.state`; `''` before the operator's first write. */
  readonly operatorState: string
  /** Cut to the first 4,000 characters: a failed submission's cause is near the front of 12 kB. */
  readonly errorMessage?: string
  readonly sparkApplicationId?: string
  /** Epoch milliseconds, whole seconds: when the API server took it, and when the operator last began to submit it. */
  readonly createdAt?: number
  readonly submittedAt?: number
  /** `.status.executorState`, pods counted by state. */
  readonly executors: Readonly<Record<string, number>>
}

export interface PodView {
  readonly name: string
  readonly role: 'driver' | 'executor' | 'other'
  readonly phase: string
  /** Of the SparkApplication that owns the pod (drivers), else absent. */
  readonly ownerUid?: string
  readonly deleting: boolean
  readonly reason?: string
  readonly message?: string
  readonly conditions: readonly {
    readonly type: string
    readonly status: string
    readonly reason?: string
    readonly message?: string
  }[]
  readonly containers: readonly ContainerView[]
}

export interface ContainerView {
  readonly name: string
  readonly waitingReason?: string
  readonly waitingMessage?: string
  readonly exitCode?: number
  readonly terminatedReason?: string
  /** Epoch milliseconds: the real end of a job (the operator's terminationTime is when it looked). */
  readonly finishedAt?: number
}

export type Observed =
  /** Nothing had to be looked at for this step. */
  | { readonly kind: 'nothing' }
  /** The cluster could not be asked; the job's state is untouched by that. */
  | {
      readonly kind: 'unavailable'
      readonly denied: boolean
      readonly message: string
      readonly retryAfterSeconds?: number
      /** Another question of the same look was answered: the cluster is not silent. */
      readonly answered?: true
    }
  | {
      readonly kind: 'seen'
      readonly application: ApplicationView | undefined
      readonly pods: readonly PodView[]
      /** What the operator said of executors that failed; asked for where pods do not tell why an attempt failed. */
      readonly executorFailures?: readonly string[]
    }

/** A pod that may still do something. */
export const isLivePod = (pod: PodView): boolean => pod.phase !== 'Succeeded' && pod.phase !== 'Failed'

export const driverPod = (pods: readonly PodView[]): PodView | undefined => pods.find(pod => pod.role === 'driver')

/** The container that runs the program: sidecars' ends mean nothing. */
export const driverContainer = (pods: readonly PodView[]): ContainerView | undefined => {
  const containers = driverPod(pods)?.containers
  return containers?.find(container => container.name === PROGRAM_CONTAINERS.driver) ?? containers?.[0]
}
