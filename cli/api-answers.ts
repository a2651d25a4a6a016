/**
 * What the gateway answers, as far as this tool shows it. An older or newer gateway may leave things out or add some: whatever
 * a command can do without is optional here.
 */
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'

export interface AttemptAnswer {
  readonly number: number
  readonly objectName: string
  readonly cluster?: string
  readonly outcome?: string
  readonly reason?: string
  readonly message?: string
  readonly run?: string
  readonly submittingAt?: string
  readonly runningAt?: string
  readonly endedAt?: string
  readonly remedies?: readonly { readonly role: string; readonly beforeMiB: number; readonly afterMiB: number }[]
}

export interface JobAnswer {
  readonly id: string
  readonly name: string
  readonly team?: string
  readonly state: string
  readonly reason: string
  readonly message: string
  readonly attempt: number
  readonly cluster?: string
  readonly namespace?: string
  readonly placement?: string
  readonly priority?: string
  readonly trigger?: { readonly kind?: string }
  readonly retry?: { readonly maxAttempts?: number }
  readonly createdAt: string
  readonly updatedAt: string
  readonly stateSince?: string
  readonly observedAt?: string
  readonly stale?: boolean
  readonly stop?: { readonly outcome?: string; readonly requestedBy?: string; readonly requestedAt?: string }
  /** 1: next of its team and clusters. */
  readonly position?: number
  readonly orMore?: boolean
  readonly waitingFor?: string
  /** How far it is, as far as the gateway knows. */
  readonly progress?: {
    readonly executorsRunning?: number
    readonly executorsMost?: number
    readonly deadlineAt?: string
  }
  /** Executor pods by state. */
  readonly executors?: Readonly<Record<string, number>>
  /** What its attempts used so far. */
  readonly used?: {
    readonly coreHours?: number
    readonly memoryGiBHours?: number
    readonly cost?: { readonly currency?: string; readonly amount?: number }
  }
  readonly links?: Readonly<Record<string, string>>
  readonly attempts: readonly AttemptAnswer[]
  readonly findings?: readonly Finding[]
}

/** One page of jobs, newest first. */
export interface JobsAnswer {
  readonly jobs: readonly JobAnswer[]
  readonly nextToken?: string
}
