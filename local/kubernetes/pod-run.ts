/**
 * Where a pod stands in its life, as the node remembers it: kept beside the objects, so that it goes on after a restart.
 */
import type { ContainerExit } from './simulated-driver.ts'

export type PodStep =
  /** Find a node. */
  | 'schedule'
  /** Create containers (volumes, network). */
  | 'create'
  /** Mount volumes; needs the ConfigMaps that spark-submit makes after the pod. */
  | 'mount'
  /** The image does not come. */
  | 'image-fails'
  /** The image is not there and must not be pulled. */
  | 'image-missing'
  | 'start'
  /** Driver: a Spark context comes up and asks for executors. */
  | 'ask-executors'
  | 'await-executors'
  | 'work-done'
  /** The driver's node is drained. */
  | 'drain'
  | 'exit'
  /** The pod's phase follows the container's end. */
  | 'end'
  /** Deletion: SIGTERM was sent. */
  | 'kill-begun'
  | 'kill-executors'
  | 'killed'
  | 'remove'
  /** Nothing more by itself: ended, unschedulable, or a real process runs. */
  | 'rest'

export interface PodRun {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly role: 'driver' | 'executor'
  /** The SparkApplication's name. */
  readonly app: string
  readonly step: PodStep
  /** When the step is due, in milliseconds of real time; absent for `rest`. */
  readonly dueAt?: number
  /** Did spark-submit come as far as making the ConfigMaps? */
  readonly configMaps: boolean
  /** How often this step was tried (mounts, pulls). */
  readonly tries: number
  /** Executors asked for so far; their ids count on. */
  readonly askedExecutors: number
  /** `<app name>-<16 hex>`: the beginning of executor names. */
  readonly executorPrefix: string
  /** How the container ends when it is killed. */
  readonly killExit?: ContainerExit
  /** A real spark-submit: its process id and folder. */
  readonly process?: { readonly pid: number; readonly folder: string }
}

/** The next step, after so many seconds of cluster time, and what changes in the run. */
export interface NextStep extends Partial<Omit<PodRun, 'step' | 'dueAt'>> {
  readonly step: PodStep
  readonly afterSeconds?: number
}

/** A run's key among the store's records. */
export function runKey(uid: string): string {
  return `run/${uid}`
}
