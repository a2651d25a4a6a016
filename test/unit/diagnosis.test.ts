import { describe, expect, it } from 'vitest'
import { diagnoseFailure, diagnoseWaiting } from '../../shared/domain/diagnosis.ts'
import { makeApplication, makeDriver } from '../support/make-job.ts'

const container = (change: object) => [{ name: 'spark-kubernetes-driver', ...change }]
const submission = (cause: string) =>
  `failed to submit spark application: failed to run spark-submit: failed to run spark-submit: WARNING: Using incubator modules\n${'log line\n'.repeat(20)}Exception in thread "main" io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: https://10.96.0.1/api/v1/namespaces/team-b/pods. Message: ${cause}\n\tat stack`

describe('a failed attempt is classified by its evidence', () => {
  it.each([
    ['driver container failed with ExitCode: 1, Reason: Error', 'USER_CODE_FAILED'],
    ['driver container failed with ExitCode: 137, Reason: OOMKilled', 'DRIVER_OUT_OF_MEMORY'],
    ['driver container failed with ExitCode: 0, Reason: OOMKilled', 'DRIVER_OUT_OF_MEMORY'],
    ['driver container failed with ExitCode: 52, Reason: Error', 'DRIVER_OUT_OF_MEMORY'],
    ['driver container failed with ExitCode: 143, Reason: Error', 'DRIVER_LOST'],
    ['driver container failed with ExitCode: 137, Reason: Error', 'DRIVER_LOST'],
    ['driver container failed with ExitCode: 101, Reason: Error', 'MAIN_CLASS_NOT_FOUND'],
    ['driver container failed with ExitCode: 2, Reason: Error', 'MAIN_FILE_NOT_FOUND'],
    ['driver pod not found', 'DRIVER_LOST'],
    ['driver container status missing', 'DRIVER_LOST'],
    [
      submission(
        'pods "x-driver" is forbidden: exceeded quota: team-b, requested: cpu=2, used: cpu=7, limited: cpu=8.',
      ),
      'QUOTA_EXCEEDED',
    ],
    [submission('pods "x-driver" is forbidden: failed quota: q: must specify limits.cpu.'), 'SUBMISSION_REFUSED'],
    [
      submission('error looking up service account team-b/nobody: serviceaccount "nobody" not found.'),
      'SUBMISSION_REFUSED',
    ],
    [submission('pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath'), 'SUBMISSION_REFUSED'],
    [
      submission('Internal error occurred: failed calling webhook "mutate-pod.sparkoperator.k8s.io"'),
      'PLATFORM_FAILED',
    ],
    [submission('something new'), 'SUBMISSION_FAILED'],
    ['failed to submit spark application: driver pod already exist', 'PLATFORM_FAILED'],
    ['failed to submit spark application: failed to run spark-submit: signal: killed', 'PLATFORM_FAILED'],
  ])('%#: → %s', (errorMessage, reason) => {
    expect(diagnoseFailure(makeApplication('FAILED', { errorMessage }), [])).toMatchObject({
      meaning: 'failed',
      reason,
    })
  })
  it('takes the cause out of the front of a failed submission', () => {
    const found = diagnoseFailure(makeApplication('FAILED', { errorMessage: submission('exceeded quota: team-b') }), [])
    expect(found).toMatchObject({ message: 'exceeded quota: team-b' })
  })
  it('believes the pod where the operator says less', () => {
    const application = makeApplication('FAILED', {
      errorMessage: 'driver container failed with ExitCode: 1, Reason: Error',
    })
    const oom = [makeDriver('Failed', { containers: container({ exitCode: 0, terminatedReason: 'OOMKilled' }) })]
    expect(diagnoseFailure(application, oom)).toMatchObject({ reason: 'DRIVER_OUT_OF_MEMORY' })
    const drained = [makeDriver('Failed', { conditions: [{ type: 'DisruptionTarget', status: 'True' }] })]
    expect(diagnoseFailure(application, drained)).toMatchObject({ reason: 'DRIVER_LOST' })
  })
  it('blames the executors when they were killed for memory', () => {
    const executor = {
      ...makeDriver('Failed'),
      name: 'exec-1',
      role: 'executor' as const,
      containers: container({ exitCode: 143, terminatedReason: 'OOMKilled' }),
    }
    const application = makeApplication('FAILED', {
      errorMessage: 'driver container failed with ExitCode: 1, Reason: Error',
    })
    expect(diagnoseFailure(application, [makeDriver('Failed'), executor])).toMatchObject({
      reason: 'EXECUTOR_OUT_OF_MEMORY',
    })
  })
  it("does not take another object's driver for its own", () => {
    const application = makeApplication('FAILED', { errorMessage: 'driver pod already exist' })
    expect(diagnoseFailure(application, [makeDriver('Running', { ownerUid: 'uid-other' })])).toMatchObject({
      meaning: 'failed',
    })
  })
})

describe('a wait is explained while it lasts', () => {
  it.each([
    ['ErrImagePull', 'IMAGE_PULL_WAITING'],
    ['ImagePullBackOff', 'IMAGE_PULL_WAITING'],
    ['ErrImageNeverPull', 'IMAGE_PULL_WAITING'],
    ['CreateContainerConfigError', 'CONTAINER_CONFIG_WAITING'],
    ['ContainerCreating', 'DRIVER_STARTING'],
  ])('%s → %s', (waitingReason, reason) => {
    expect(
      diagnoseWaiting([makeDriver('Pending', { containers: container({ waitingReason, waitingMessage: 'why' }) })]),
    ).toMatchObject({ reason })
  })
  it('names what no node has', () => {
    const pod = makeDriver('Pending', {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 3 Insufficient cpu.',
        },
      ],
    })
    expect(diagnoseWaiting([pod])).toMatchObject({
      reason: 'UNSCHEDULABLE_WAITING',
      message: expect.stringContaining('Insufficient cpu'),
      atDeadline: 'UNSCHEDULABLE',
    })
  })
  it('says that the operator is at work before there is a driver', () => {
    expect(diagnoseWaiting([])).toMatchObject({ reason: 'OPERATOR_SUBMITTING' })
  })
})
