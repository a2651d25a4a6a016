import { describe, expect, it } from 'vitest'
import { DEFAULT_ENGINE_SETTINGS } from '../../shared/domain/engine-settings.ts'
import { attemptToLookAt, decideNextStep } from '../../shared/domain/next-step/next-step.ts'
import type { NextStep } from '../../shared/domain/next-step/step.ts'
import { JOB_STATES } from '../../shared/domain/job-state.ts'
import type { JobState } from '../../shared/domain/job-state.ts'
import type { Job } from '../../shared/domain/job.ts'
import type { Observed } from '../../shared/domain/observed.ts'
import { OPERATOR_STATES } from '../../shared/domain/operator-state.ts'
import { makeApplication, makeAttempt, makeDriver, makeJob, NOW } from '../support/make-job.ts'

const decide = (job: Job, observed: Observed = { kind: 'nothing' }, now = NOW) =>
  decideNextStep({ job, observed, now, settings: DEFAULT_ENGINE_SETTINGS, jitter: 0.5 })

const seen = (operatorState: string | undefined, pods = [makeDriver('Running')]): Observed => ({
  kind: 'seen',
  application: operatorState === undefined ? undefined : makeApplication(operatorState),
  pods,
})

/** A step in one word: what happens, and for records the state (and attempt, when it changes). */
function word(step: NextStep): string {
  if (step.step === 'record') return step.job.attempt > 1 ? `${step.job.state}#${step.job.attempt}` : step.job.state
  return step.step
}

const STATES = Object.keys(JOB_STATES) as JobState[]

describe('the table: every job state × everything that can be seen', () => {
  const observations: Record<string, Observed> = {
    nothing: { kind: 'nothing' },
    unavailable: { kind: 'unavailable', denied: false, message: 'no answer' },
    denied: { kind: 'unavailable', denied: true, message: 'forbidden' },
    absent: seen(undefined, []),
    'absent, driver lives': seen(undefined),
    foreign: { kind: 'seen', application: makeApplication('RUNNING', { uid: 'uid-9', jobId: 'jother' }), pods: [] },
    ...Object.fromEntries(Object.keys(OPERATOR_STATES).map(state => [`operator ${state || '(empty)'}`, seen(state)])),
  }
  const pendingWaits = [
    'operator (empty)',
    'operator SUBMITTED',
    'operator SUBMISSION_FAILED',
    'operator PENDING_RERUN',
    'operator INVALIDATING',
    'operator RESUMING',
    'operator SUSPENDING',
    'operator SUSPENDED',
  ]
  const running = ['operator RUNNING', 'operator SUCCEEDING', 'operator FAILING', 'operator UNKNOWN']
  const expected: Partial<Record<JobState, Record<string, string>>> = {
    PENDING: {
      nothing: 'throws',
      unavailable: 'wait',
      denied: 'wait',
      absent: 'wait',
      'absent, driver lives': 'wait',
      foreign: 'FAILED',
      ...Object.fromEntries(pendingWaits.map(name => [name, 'wait'])),
      ...Object.fromEntries(running.map(name => [name, 'RUNNING'])),
      'operator COMPLETED': 'SUCCEEDED',
      'operator FAILED': 'FAILED',
    },
    RUNNING: {
      nothing: 'throws',
      unavailable: 'wait',
      denied: 'wait',
      absent: 'wait',
      'absent, driver lives': 'wait',
      foreign: 'FAILED',
      ...Object.fromEntries([...pendingWaits, ...running].map(name => [name, 'wait'])),
      'operator COMPLETED': 'SUCCEEDED',
      'operator FAILED': 'FAILED',
    },
    CANCELLING: {
      nothing: 'throws',
      unavailable: 'wait',
      denied: 'wait',
      absent: 'CANCELLED',
      'absent, driver lives': 'wait',
      foreign: 'CANCELLED',
      ...Object.fromEntries(Object.keys(OPERATOR_STATES).map(state => [`operator ${state || '(empty)'}`, 'delete'])),
    },
  }
  for (const state of STATES) {
    for (const [name, observed] of Object.entries(observations)) {
      const row = JOB_STATES[state]
      // QUEUED without attempts joins the queue; it and SUBMITTING look at nothing; what is over stays over.
      const want = row.terminal
        ? 'nothing'
        : state === 'QUEUED'
          ? 'QUEUED'
          : state === 'SUBMITTING'
            ? 'create'
            : (expected[state]?.[name] ?? 'MISSING FROM THE TABLE')
      it(`${state} × ${name} → ${want}`, () => {
        const outcome = () => word(decide(makeJob(state), observed))
        if (want === 'throws') expect(outcome).toThrow(/nobody looked/)
        else expect(outcome()).toBe(want)
      })
    }
  }
})

describe('QUEUED', () => {
  it('waits for its back-off before it takes a turn', () => {
    const job = makeJob('QUEUED', { notBefore: NOW + 5_000 })
    expect(decide(job)).toMatchObject({ step: 'wait', until: NOW + 5_000, job: { reason: 'BACKING_OFF' } })
  })
  const claim = { cluster: 'main', cores: 1, memoryMiB: 1_024, attempt: 1 }
  it('joins the queue, asks for room, takes a turn, waits for it, then begins the attempt', () => {
    const joined = decide(makeJob('QUEUED'))
    expect(joined).toMatchObject({ step: 'record', job: { readyAt: NOW, reason: 'WAITING_FOR_ROOM' } })
    const inQueue = makeJob('QUEUED', { readyAt: NOW - 1_000, stateSince: NOW - 1_000 })
    expect(decide(inQueue)).toMatchObject({ step: 'ask-for-admission', until: NOW - 1_000 + 86_400_001 })
    expect(decide(makeJob('QUEUED', { claim }))).toEqual({ step: 'reserve-turn' })
    expect(decide(makeJob('QUEUED', { claim, submitAt: NOW + 700 }))).toMatchObject({ step: 'wait', until: NOW + 700 })
    expect(decide(makeJob('QUEUED', { claim, submitAt: NOW }))).toEqual({ step: 'begin-attempt' })
  })
  it('looks at what it depends on before it joins the queue, and never again', () => {
    const dependsOn = { jobs: ['ja'], when: 'all-succeeded' } as const
    expect(decide(makeJob('QUEUED', { dependsOn }))).toEqual({ step: 'look-at-dependencies' })
    const attempts = [makeAttempt({ endedAt: NOW, goneAt: NOW })]
    expect(decide(makeJob('QUEUED', { dependsOn, attempt: 2, attempts }))).toMatchObject({ job: { readyAt: NOW } })
  })
  it('waits for a far turn only until its deadline', () => {
    const job = makeJob('QUEUED', { stateSince: NOW, claim, submitAt: NOW + 100 * 86_400_000 })
    expect(decide(job)).toMatchObject({ step: 'wait', until: NOW + 86_400_001 })
  })
  it('times out when nothing moved within its deadline', () => {
    const job = makeJob('QUEUED', { stateSince: NOW - 86_401_000 })
    expect(decide(job)).toMatchObject({
      step: 'record',
      job: { state: 'CANCELLING', stop: { outcome: 'TIMED_OUT', reason: 'QUEUED_TOO_LONG' } },
    })
  })
})

describe('attempt n+1 needs proof that n is over (rule 6)', () => {
  const retrying = (change = {}) =>
    makeJob('QUEUED', {
      attempt: 2,
      attempts: [makeAttempt({ endedAt: NOW - 50_000, outcome: 'FAILED', ...change })],
      claim: { cluster: 'main', cores: 1, memoryMiB: 1_024, attempt: 1 },
      submitAt: NOW,
    })
  it('deletes the object of attempt n by its uid', () => {
    expect(decide(retrying(), seen('FAILED', []))).toEqual({
      step: 'delete',
      objectName: 'etl-abcdefghijkl-a1',
      uid: 'uid-1',
    })
  })
  it('waits while a pod of it lives', () => {
    expect(decide(retrying(), seen(undefined, [makeDriver('Running')]))).toMatchObject({
      step: 'wait',
      job: { reason: 'CLEANING_UP' },
    })
  })
  it('waits while a create of it could still arrive', () => {
    const young = retrying({ settledAt: NOW - 10_000 })
    expect(decide(young, seen(undefined, []))).toMatchObject({ step: 'wait', until: NOW + 25_000 })
  })
  it('counts that from when it was read back, not from what the record says: its write may have taken long', () => {
    const unread = retrying({ settledAt: undefined })
    const waits = decide(unread, seen(undefined, []))
    expect(waits).toMatchObject({ step: 'wait', until: NOW + 35_000, job: { attempts: [{ settledAt: NOW }] } })
  })
  it('records the proof, and begins only then', () => {
    const proved = decide(retrying(), seen(undefined, [makeDriver('Failed')]))
    expect(proved).toMatchObject({ step: 'record', job: { state: 'QUEUED', attempts: [{ goneAt: NOW }] } })
    // Its room goes back with the proof, and not before.
    if (proved.step !== 'record') throw new Error('no record')
    expect([proved.job.claim, proved.job.submitAt]).toEqual([undefined, undefined])
    expect(decide(proved.job)).toMatchObject({ step: 'record', job: { readyAt: NOW } })
  })
  it('proves the attempt whose object came back, and leaves the proof of a later one as it is', () => {
    const later = makeAttempt({ number: 2, uid: 'uid-2', endedAt: NOW - 9_000, goneAt: NOW - 8_000 })
    const job = { ...retrying(), attempt: 3, attempts: [...retrying().attempts, later] }
    expect(decide(job, seen(undefined, []))).toMatchObject({
      step: 'record',
      job: {
        attempts: [
          { number: 1, goneAt: NOW },
          { number: 2, goneAt: NOW - 8_000 },
        ],
      },
    })
  })
  it('proves nothing while the cluster cannot be asked', () => {
    expect(decide(retrying(), { kind: 'unavailable', denied: false, message: 'down' })).toMatchObject({ step: 'wait' })
  })
})

describe('absence is not an end (rule 9)', () => {
  it('notes the first absence and waits the grace', () => {
    expect(decide(makeJob('RUNNING'), seen(undefined, []))).toMatchObject({
      step: 'wait',
      until: NOW + 60_000,
      job: { attempts: [{ absentSince: NOW }] },
    })
  })
  it('says VANISHED after the grace, and does not run it again', () => {
    const job = makeJob('RUNNING', { attempts: [makeAttempt({ absentSince: NOW - 61_000 })] })
    expect(decide(job, seen(undefined, []))).toMatchObject({
      step: 'record',
      job: { state: 'FAILED', reason: 'VANISHED', attempt: 1 },
    })
  })
  it('forgets the absence when the object is seen again', () => {
    const job = makeJob('RUNNING', { attempts: [makeAttempt({ absentSince: NOW - 61_000 })] })
    const step = decide(job, seen('RUNNING'))
    expect(step.step === 'wait' && step.job.attempts[0]).not.toHaveProperty('absentSince')
  })
})

describe('failures', () => {
  const failed = (errorMessage: string, pods = [makeDriver('Failed')], job = makeJob('RUNNING')) =>
    decide(job, { kind: 'seen', application: makeApplication('FAILED', { errorMessage }), pods })
  it('tries again with more memory after OOMKilled', () => {
    const step = failed('driver container failed with ExitCode: 137, Reason: OOMKilled')
    expect(step).toMatchObject({
      step: 'record',
      job: { state: 'QUEUED', attempt: 2, attempts: [{ reason: 'DRIVER_OUT_OF_MEMORY', outcome: 'FAILED' }] },
    })
    if (step.step === 'record') expect(step.job.notBefore).toBe(NOW + 30_000)
  })
  it('fails with what the program did when the author asked for no repeats', () => {
    expect(failed('driver container failed with ExitCode: 1, Reason: Error')).toMatchObject({
      step: 'record',
      job: { state: 'FAILED', reason: 'USER_CODE_FAILED' },
    })
  })
  it('repeats the program as often as the author asked', () => {
    const job = makeJob('RUNNING', {
      retry: { maxAttempts: 3, authorRetries: 1, firstDelaySeconds: 10, maxDelaySeconds: 900 },
    })
    expect(word(failed('driver container failed with ExitCode: 1, Reason: Error', [], job))).toBe('QUEUED#2')
    const second = {
      ...job,
      attempt: 2,
      attempts: [makeAttempt({ reason: 'USER_CODE_FAILED', goneAt: NOW }), makeAttempt({ number: 2 })],
    }
    expect(word(failed('driver container failed with ExitCode: 1, Reason: Error', [], second))).toBe('FAILED#2')
  })
  it('stops at the last attempt', () => {
    const job = makeJob('RUNNING', {
      attempt: 3,
      attempts: [1, 2, 3].map(number => makeAttempt({ number, ...(number < 3 && { goneAt: NOW }) })),
    })
    expect(failed('driver container failed with ExitCode: 137, Reason: OOMKilled', [], job)).toMatchObject({
      job: { state: 'FAILED', reason: 'DRIVER_OUT_OF_MEMORY' },
    })
  })
  it('follows a driver that the operator lost track of (rule 6)', () => {
    const text = 'failed to submit spark application: driver pod already exist'
    expect(failed(text, [makeDriver('Running')])).toMatchObject({ step: 'wait' })
    expect(failed(text, [makeDriver('Succeeded')])).toMatchObject({ job: { state: 'SUCCEEDED' } })
    // It may still run; nobody tells of it, so it is looked at soon.
    expect(failed(text, [makeDriver('Pending')])).toMatchObject({ step: 'wait', until: NOW + 300_000 })
    expect(failed(text, [makeDriver('Failed')])).toMatchObject({
      job: { state: 'QUEUED', attempt: 2, attempts: [{ reason: 'PLATFORM_FAILED' }] },
    })
  })
  it('runs again where the lost driver never starts, unless it waits for something that may come', () => {
    const stranded = (seconds: number, driver = makeDriver('Pending'), job = makeJob('PENDING')) => {
      const application = makeApplication('FAILED', {
        errorMessage: 'failed to submit spark application: driver pod already exist',
        submittedAt: NOW - seconds * 1000,
      })
      return decide(job, { kind: 'seen', application, pods: [driver] })
    }
    expect(stranded(590)).toMatchObject({ step: 'wait', until: NOW + 10_000 })
    expect(stranded(600)).toMatchObject({
      job: { state: 'QUEUED', attempt: 2, attempts: [{ reason: 'PLATFORM_FAILED' }] },
    })
    // Without a further attempt nobody would free its place on the node.
    const { retry } = makeJob('PENDING')
    const last = makeJob('PENDING', { retry: { ...retry, maxAttempts: 1 } })
    expect(stranded(600, makeDriver('Pending'), last)).toMatchObject({
      job: { state: 'CANCELLING', stop: { outcome: 'TIMED_OUT', reason: 'PLATFORM_FAILED' } },
    })
    const unscheduled = { conditions: [{ type: 'PodScheduled', status: 'False', message: 'no node' }] }
    expect(stranded(600, makeDriver('Pending', unscheduled))).toMatchObject({ step: 'wait' })
  })
})

describe('deadlines', () => {
  const stuck = makeJob('PENDING', { attempts: [makeAttempt({ submittingAt: NOW - 3_601_000 })] })
  it('says why the driver never started', () => {
    const pod = makeDriver('Pending', {
      containers: [{ name: 'spark-kubernetes-driver', waitingReason: 'ImagePullBackOff', waitingMessage: 'not found' }],
    })
    expect(decide(stuck, seen('SUBMITTED', [pod]))).toMatchObject({
      job: { state: 'CANCELLING', stop: { outcome: 'TIMED_OUT', reason: 'IMAGE_PULL_FAILED' } },
    })
  })
  it('never takes the empty state for a failure before the deadline (rule 11)', () => {
    const young = makeJob('PENDING', { attempts: [makeAttempt({ submittingAt: NOW - 3_500_000 })] })
    expect(decide(young, seen('', []))).toMatchObject({ step: 'wait', job: { reason: 'OPERATOR_SUBMITTING' } })
  })
  it('ends a program that runs too long, and only where there is a limit', () => {
    const since = [makeAttempt({ runningAt: NOW - 7_201_000 })]
    expect(word(decide(makeJob('RUNNING', { attempts: since }), seen('RUNNING')))).toBe('CANCELLING')
    const { runningSeconds: _none, ...deadlines } = makeJob('RUNNING').deadlines
    expect(decide(makeJob('RUNNING', { attempts: since, deadlines }), seen('RUNNING'))).toMatchObject({ step: 'wait' })
  })
})

describe('the running deadline', () => {
  it.each(['RUNNING', 'SUSPENDED', 'SUSPENDING', 'SUBMITTED', 'PENDING_RERUN', 'UNKNOWN'])(
    'holds for a job that runs while the operator says %s',
    operatorState => {
      const job = (runningAt: number) => makeJob('RUNNING', { attempts: [makeAttempt({ runningAt })] })
      const late = decide(job(NOW - 7_201_000), seen(operatorState))
      expect(late).toMatchObject({ job: { state: 'CANCELLING', stop: { reason: 'RUNNING_TOO_LONG' } } })
      expect(decide(job(NOW - 7_000_000), seen(operatorState))).toMatchObject({ step: 'wait', until: NOW + 200_001 })
    },
  )
})

describe('looks', () => {
  it('are rare for a running job, but never later than its deadline', () => {
    const started = (runningAt: number) => makeJob('RUNNING', { attempts: [makeAttempt({ runningAt })] })
    expect(decide(started(NOW - 7_000_000), seen('RUNNING'))).toMatchObject({ until: NOW + 200_001 })
    const { runningSeconds: _none, ...deadlines } = makeJob('RUNNING').deadlines
    expect(decide({ ...started(NOW), deadlines }, seen('RUNNING'))).toMatchObject({ until: NOW + 7 * 86_400_000 })
  })
  it('grow rarer while a job is pending, and end at its deadline', () => {
    const waited = (seconds: number) =>
      makeJob('PENDING', {
        stateSince: NOW - seconds * 1000,
        attempts: [makeAttempt({ submittingAt: NOW - seconds * 1000 })],
      })
    const delay = (seconds: number) => {
      const step = decide(waited(seconds), seen('SUBMITTED', [makeDriver('Pending')]))
      return step.step === 'wait' ? (step.until - NOW) / 1000 : undefined
    }
    expect([0, 20, 400, 2_000, 3_500].map(delay)).toEqual([5, 10, 200, 300, 100.001])
  })
})

describe('CANCELLING', () => {
  it('ends at once when no attempt was ever made', () => {
    expect(decide(makeJob('CANCELLING', { attempts: [] }))).toMatchObject({
      step: 'record',
      job: { state: 'CANCELLED', reason: 'CANCELLED_ON_REQUEST' },
    })
  })
  it('waits until no create can be in flight when the create never answered', () => {
    const { uid: _uid, createdAt: _createdAt, settledAt: _settledAt, ...unanswered } = makeAttempt()
    const waits = decide(makeJob('CANCELLING', { attempts: [unanswered] }), seen(undefined, []))
    expect(waits).toMatchObject({ step: 'wait', until: NOW + 35_000 })
    if (waits.step !== 'wait') throw new Error('no wait')
    expect(decide(waits.job, seen(undefined, []), NOW + 35_000)).toMatchObject({
      job: { state: 'CANCELLED', attempts: [{ outcome: 'STOPPED' }] },
    })
  })
  it('deletes an object of its identity although the create never answered', () => {
    const { uid: _uid, createdAt: _createdAt, ...unanswered } = makeAttempt()
    expect(decide(makeJob('CANCELLING', { attempts: [unanswered] }), seen('RUNNING'))).toMatchObject({
      step: 'delete',
      uid: 'uid-1',
    })
  })
  it('ends when the last of its attempts is proved, each with its own outcome', () => {
    const ended = { endedAt: NOW - 50_000, outcome: 'FAILED' as const }
    const attempts = [makeAttempt(ended), makeAttempt({ number: 2, uid: 'uid-2' })]
    const first = decide(makeJob('CANCELLING', { attempt: 2, attempts }), seen(undefined, []))
    const states = { state: 'CANCELLING', attempts: [ended, { goneAt: NOW, outcome: 'STOPPED' }] }
    expect(first).toMatchObject({ step: 'record', job: states })
    if (first.step !== 'record') throw new Error('no record')
    expect(decide(first.job, seen(undefined, []))).toMatchObject({
      job: { state: 'CANCELLED', attempts: [{ ...ended, goneAt: NOW }, { outcome: 'STOPPED' }] },
    })
  })
  it('looks at the attempt before it while that one has no proof', () => {
    const job = makeJob('CANCELLING', { attempt: 2, attempts: [makeAttempt({ endedAt: NOW })] })
    expect(attemptToLookAt(job)?.number).toBe(1)
  })
})

describe('a deadline for everything', () => {
  const late = { deadlines: { queuedSeconds: 86_400, pendingSeconds: 3_600, totalSeconds: 60 } }
  it.each(['QUEUED', 'SUBMITTING', 'PENDING', 'RUNNING'] as const)('ends a job that is %s', state => {
    const step = decide(makeJob(state, { ...late, createdAt: NOW - 61_000 }), seen('RUNNING'))
    expect(step).toMatchObject({
      job: { state: 'CANCELLING', stop: { outcome: 'TIMED_OUT', reason: 'TOTAL_TOO_LONG' } },
    })
  })
  it('counts from the day it was opened again', () => {
    const job = makeJob('RUNNING', { ...late, createdAt: NOW - 61_000, reopenedAt: NOW - 10_000 })
    expect(decide(job, seen('RUNNING'))).toMatchObject({ step: 'wait' })
  })
})

describe('a lost cluster', () => {
  const down: Observed = { kind: 'unavailable', denied: false, message: 'no answer' }
  const lost = { attempts: [makeAttempt({ unreachableSince: NOW - 2_000_000 })] }
  it('is waited for, for ever', () => {
    expect(decide(makeJob('RUNNING', lost), down)).toMatchObject({ step: 'wait' })
  })
  it('is left, where the team accepts that the driver may still run', () => {
    const step = decide(makeJob('RUNNING', { ...lost, moveAfterSeconds: 1_800 }), down)
    expect(step).toMatchObject({
      step: 'record',
      job: { state: 'QUEUED', attempt: 2, attempts: [{ abandonedAt: NOW, reason: 'CLUSTER_LOST' }] },
    })
    if (step.step === 'record') expect(attemptToLookAt(step.job)).toBeUndefined()
  })
  it('is never left by a fenced job: CANCELLED means that nothing runs', () => {
    expect(decide(makeJob('CANCELLING', { ...lost, moveAfterSeconds: 1_800 }), down)).toMatchObject({ step: 'wait' })
  })
  it('is counted from the first silence', () => {
    const step = decide(makeJob('RUNNING', { moveAfterSeconds: 1_800 }), down)
    expect(step).toMatchObject({ step: 'wait', job: { attempts: [{ unreachableSince: NOW }] } })
  })
  it('forgets the silence when it answers', () => {
    const step = decide(makeJob('RUNNING', lost), seen('RUNNING'))
    expect(step.step === 'wait' && step.job.attempts[0]?.unreachableSince).toBeUndefined()
  })
})
