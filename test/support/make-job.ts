/** Builders of test data: a job in each state, pods, applications, a platform. */
import type { ApplicationView, PodView } from '../../shared/domain/observed.ts'
import type { Attempt, Job } from '../../shared/domain/job.ts'
import type { JobState } from '../../shared/domain/job-state.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'

export const NOW = Date.parse('2026-11-21T12:00:00Z')
export const JOB_ID = 'jabcdefghijklmnopqrstuvwx'

export function makeAttempt(change: Partial<Attempt> = {}): Attempt {
  return {
    number: 1,
    objectName: 'etl-abcdefghijkl-a1',
    submittingAt: NOW - 120_000,
    createTries: 0,
    uid: 'uid-1',
    createdAt: NOW - 118_000,
    settledAt: NOW - 118_000,
    remedies: [],
    ...change,
  }
}

export function makeJob(state: JobState, change: Partial<Job> = {}): Job {
  const attempted = state !== 'QUEUED' && state !== 'REJECTED'
  return {
    schemaVersion: 1,
    version: 3,
    jobId: JOB_ID,
    team: 'payments',
    name: 'etl',
    trigger: { kind: 'api', caller: 'ada' },
    documentHash: 'd'.repeat(64),
    specHash: 's'.repeat(64),
    cluster: 'main',
    namespace: 'team-a',
    serviceAccount: 'spark',
    state,
    reason: state === 'QUEUED' ? 'WAITING_FOR_TURN' : 'RUNNING',
    message: '',
    attempt: 1,
    attempts: attempted ? [makeAttempt()] : [],
    retry: { maxAttempts: 3, authorRetries: 0, firstDelaySeconds: 30, maxDelaySeconds: 900 },
    deadlines: { queuedSeconds: 86_400, pendingSeconds: 3_600, runningSeconds: 7_200 },
    createdAt: NOW - 130_000,
    updatedAt: NOW - 60_000,
    stateSince: NOW - 60_000,
    ...(state === 'CANCELLING' && {
      stop: {
        outcome: 'CANCELLED',
        requestedAt: NOW - 1_000,
        requestedBy: 'ada',
        reason: 'CANCELLED_ON_REQUEST',
        message: 'Cancelled by ada.',
      },
    }),
    findings: [],
    ...change,
  }
}

export function makeApplication(operatorState: string, change: Partial<ApplicationView> = {}): ApplicationView {
  return {
    name: 'etl-abcdefghijkl-a1',
    uid: 'uid-1',
    resourceVersion: '7',
    jobId: JOB_ID,
    team: 'payments',
    attempt: 1,
    specHash: 's'.repeat(64),
    operatorState,
    executors: {},
    ...change,
  }
}

export function makeDriver(phase: string, change: Partial<PodView> = {}): PodView {
  return {
    name: 'etl-abcdefghijkl-a1-driver',
    role: 'driver',
    phase,
    ownerUid: 'uid-1',
    deleting: false,
    conditions: [],
    containers: [],
    ...change,
  }
}

export const makePlatform = (change: Record<string, unknown> = {}): Platform =>
  parsePlatform({
    clusters: { main: { eksName: 'sparkgate-test', region: 'eu-central-1' } },
    teams: {
      payments: {
        clusters: ['main'],
        namespace: 'team-a',
        claims: ['payments'],
        principals: ['arn:aws:iam::111122223333:role/payments-ci'],
        inboxPrefixes: ['payments/'],
      },
      risk: { clusters: ['main'], namespace: 'team-b', claims: ['risk'], inboxPrefixes: ['risk/', 'payments/risk/'] },
    },
    inboxBuckets: ['inbox'],
    ...change,
  })
