/**
 * The Kubernetes objects that the embedded cluster knows, as far as it reads or writes their fields. Objects in the
 * store are never changed in place: a change makes a new object, so that watches and list pages may keep old ones.
 */
export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly finalizers?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** A SparkApplication after admission: required fields are there, unknown ones are not. */
export interface SparkApplication extends KubernetesObject {
  readonly spec: SparkApplicationSpec
  readonly status?: SparkApplicationStatus
}

/** The fields of `spec` that the embedded operator acts on. */
export interface SparkApplicationSpec {
  readonly type: string
  readonly sparkVersion: string
  readonly image?: string
  readonly imagePullPolicy?: string
  readonly mainApplicationFile: string
  readonly mainClass?: string
  readonly arguments?: readonly string[]
  readonly sparkConf?: Readonly<Record<string, string>>
  readonly hadoopConf?: Readonly<Record<string, string>>
  readonly memoryOverheadFactor?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly deps?: {
    readonly jars?: readonly string[]
    readonly files?: readonly string[]
    readonly pyFiles?: readonly string[]
  }
  readonly driver: SparkPodSpec
  readonly executor: SparkPodSpec & { readonly instances?: number }
  readonly dynamicAllocation?: {
    readonly enabled?: boolean
    readonly initialExecutors?: number
    readonly minExecutors?: number
  }
  readonly suspend?: boolean
  readonly timeToLiveSeconds?: number
}

/** What driver and executor have in common. */
export interface SparkPodSpec {
  readonly cores?: number
  readonly coreRequest?: string
  readonly coreLimit?: string
  readonly memory?: string
  readonly memoryOverhead?: string
  readonly image?: string
  readonly serviceAccount?: string
  readonly podName?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
}

export type ExecutorState = 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'UNKNOWN'

/** `status` as the operator writes it; times are RFC 3339 in whole seconds, null where it has none. */
export interface SparkApplicationStatus {
  readonly applicationState: { readonly errorMessage?: string; readonly state: string }
  readonly driverInfo: {
    readonly podName?: string
    readonly webUIAddress?: string
    readonly webUIPort?: number
    readonly webUIServiceName?: string
  }
  readonly executionAttempts?: number
  readonly executorState?: Readonly<Record<string, ExecutorState>>
  readonly lastSubmissionAttemptTime: string | null
  readonly sparkApplicationId?: string
  readonly submissionAttempts?: number
  readonly submissionID?: string
  readonly terminationTime: string | null
}

export interface Pod extends KubernetesObject {
  readonly spec: PodSpec
  readonly status: PodStatus
}

export interface PodSpec {
  readonly serviceAccountName: string
  readonly restartPolicy: 'Never'
  readonly terminationGracePeriodSeconds: number
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly nodeName?: string
  readonly containers: readonly [PodContainer]
}

export interface PodContainer {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy?: string
  readonly args: readonly string[]
  readonly resources: {
    readonly limits: Readonly<Record<string, string>>
    readonly requests: Readonly<Record<string, string>>
  }
}

export interface PodStatus {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly qosClass: string
  readonly conditions?: readonly PodCondition[]
  readonly startTime?: string
  readonly hostIP?: string
  readonly podIP?: string
  readonly containerStatuses?: readonly [ContainerStatus]
}

export interface PodCondition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly observedGeneration?: number
  readonly lastProbeTime: null
  readonly lastTransitionTime: string
  readonly reason?: string
  readonly message?: string
}

export interface ContainerStatus {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly image: string
  readonly imageID: string
  readonly state: ContainerState
  readonly lastState: Record<string, never>
}

/** Exactly one of the three is there. */
export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string }
  readonly running?: { readonly startedAt: string }
  readonly terminated?: TerminatedState
}

export interface TerminatedState {
  readonly exitCode: number
  readonly reason: string
  readonly message?: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
}

/** A core/v1 Event. */
export interface KubernetesEvent extends KubernetesObject {
  readonly involvedObject: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly uid: string
    readonly apiVersion: string
    readonly fieldPath?: string
  }
  readonly reason: string
  readonly message: string
  readonly type: 'Normal' | 'Warning'
  readonly count?: number
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function kubernetesTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** Has the pod ended, whatever way? */
export function hasEnded(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed'
}
