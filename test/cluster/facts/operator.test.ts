/** What the gateway leans on in the operator, tried on the real one (docs/operator-facts.md): how a job runs, ends and goes. */
import { afterAll, describe, expect, it } from 'vitest'
import { diagnoseFailure } from '../../../shared/domain/diagnosis.ts'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { meaningOf } from '../../../shared/domain/operator-state.ts'
import { kubectlMust } from '../support/kubectl.ts'
import { podsPath } from '../support/real-cluster.ts'
import { NOWHERE } from '../support/specs.ts'
import { waitFor } from '../support/wait-for.ts'
import { openTrials } from './trial.ts'

const trials = openTrials('run')
afterAll(() => trials.close())

/** In the executor's Python, which no setting of Spark holds back. */
const EATS_MEMORY = `
from pyspark.sql import SparkSession

def eat(row):
    hog = []
    while True:
        hog.append(b"x" * (32 << 20))

spark = SparkSession.builder.getOrCreate()
spark.sparkContext.parallelize([1], 1).map(eat).count()
`
const EARLY_SUCCESS = ['0', 'early']
/** Twice the operator's longest delay before it would look again. */
const WATCHED_SECONDS = 12
const sleeping = (seconds: number) => ({
  mainApplicationFile: 'local:///opt/spark/examples/src/main/python/sleep.py',
  arguments: [String(seconds)],
})

/** True for all of the given seconds. */
async function stays(seconds: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  const broken = await waitFor('the time', seconds + 30, async () => {
    if (!(await isSo())) return 'broken'
    return performance.now() > end ? 'kept' : undefined
  })
  return broken === 'kept'
}

describe.concurrent('restartPolicy Never', () => {
  it('runs a job once: FAILED is the end, with one execution, one submission and one driver', async () => {
    const name = trials.name('once')
    const failed = await trials.run(trials.application(name), 'FAILED')
    expect(failed.status).toMatchObject({ executionAttempts: 1, submissionAttempts: 1 })
    expect(failed.errorMessage).toBe('driver container failed with ExitCode: 1, Reason: Error')
    const { uid } = (await trials.driver(name)).metadata
    const isTheSame = async () =>
      (await trials.get(name))?.state === 'FAILED' && (await trials.driver(name)).metadata.uid === uid
    expect(await stays(WATCHED_SECONDS, isTheSame)).toBe(true)
  })
})

describe.concurrent('a driver whose phase nobody knows', () => {
  it('makes the state UNKNOWN, which is no end: it goes with the phase', async () => {
    const name = trials.name('unknown')
    // No node takes it, so no kubelet contradicts: an administrator says its phases.
    const driver = { cores: 1, memory: '512m', coreRequest: '100m', serviceAccount: 'spark', nodeSelector: NOWHERE }
    await trials.run(trials.application(name, { driver }), 'SUBMITTED')
    const say = (phase: string): void => {
      const how = ['-n', trials.namespace, '--subresource=status', '--type=merge']
      kubectlMust('patch', 'pod', `${name}-driver`, ...how, '-p', JSON.stringify({ status: { phase } }))
    }
    for (const [phase, state, meaning] of [
      ['Running', 'RUNNING', 'running'],
      ['Unknown', 'UNKNOWN', 'running'],
      ['Running', 'RUNNING', 'running'],
      ['Unknown', 'UNKNOWN', 'running'],
      ['Succeeded', 'COMPLETED', 'succeeded'],
    ] as const) {
      say(phase)
      expect(meaningOf((await trials.until(name, state)).state)).toBe(meaning)
    }
  })
})

describe.concurrent('a new object', () => {
  it('has no status before its spark-submit has returned', async () => {
    const name = trials.name('new')
    await trials.post(trials.application(name))
    expect((await trials.get(name))?.state).toBe('')
    await trials.driver(name)
    await trials.until(name, 'SUBMITTED', 'RUNNING', 'FAILED')
  })
  it('that is suspended from the beginning is never submitted', async () => {
    const name = trials.name('parked')
    await trials.run(trials.application(name, { suspend: true }), 'SUSPENDED')
    expect(await trials.pods(name)).toEqual([])
  })
  it('hands its labels and its uid on to the driver', async () => {
    const name = trials.name('labels')
    const object = trials.application(name, { arguments: EARLY_SUCCESS }, { labels: { 'example.org/of': 'the-job' } })
    const { uid } = await trials.run(object, 'COMPLETED')
    const driver = await trials.driver(name)
    expect(driver.metadata.labels).toMatchObject({
      'example.org/of': 'the-job',
      'sparkoperator.k8s.io/app-name': name,
      'spark-role': 'driver',
    })
    expect(await trials.pods(name)).toMatchObject([{ role: 'driver', ownerUid: uid, phase: 'Succeeded' }])
  })
})

describe.concurrent('an object that is deleted', () => {
  it('before its submission has ended leaves no driver behind', async () => {
    const name = trials.name('gone')
    await trials.post(trials.application(name))
    await trials.admin.remove(
      `/apis/sparkoperator.k8s.io/v1beta2/namespaces/${trials.namespace}/sparkapplications/${name}`,
    )
    expect(await stays(WATCHED_SECONDS, async () => (await trials.pods(name)).every(pod => pod.deleting))).toBe(true)
  })
  it('by its time to live goes so many seconds after its end, with its driver', async () => {
    const name = trials.name('ttl')
    await trials.run(trials.application(name, { arguments: EARLY_SUCCESS, timeToLiveSeconds: 5 }), 'COMPLETED')
    await waitFor('the object to go', 60, async () => ((await trials.get(name)) === undefined ? true : undefined))
    const noPods = async () => ((await trials.pods(name)).length === 0 ? true : undefined)
    expect(await waitFor('its driver to go', 60, noPods)).toBe(true)
  })
})

describe.concurrent('a driver pod', () => {
  it('that somebody deletes is a failure with 143, and nothing runs again', async () => {
    const name = trials.name('deleted')
    await trials.run(trials.application(name, sleeping(300)), 'RUNNING')
    const { uid } = (await trials.driver(name)).metadata
    await trials.admin.remove(`${podsPath(trials.namespace)}/${name}-driver`)
    const failed = await trials.until(name, 'FAILED')
    expect(failed.errorMessage).toBe('driver container failed with ExitCode: 143, Reason: Error')
    const isAnother = async () => (await trials.pods(name)).some(pod => pod.role === 'driver' && !pod.deleting)
    expect(await stays(WATCHED_SECONDS, async () => !(await isAnother()))).toBe(true)
    const view = { name, uid: failed.uid, resourceVersion: '', operatorState: 'FAILED', executors: {} }
    expect(uid).not.toBe('')
    expect(diagnoseFailure({ ...view, errorMessage: failed.errorMessage }, [])).toMatchObject({ reason: 'DRIVER_LOST' })
  })
  it('of another owner under the name fails the submission, and is left alone', async () => {
    const name = trials.name('taken')
    const pod = { name: 'main', image: 'images.invalid/none', resources: { requests: { cpu: '10m', memory: '16Mi' } } }
    const { metadata } = await trials.admin.create(podsPath(trials.namespace), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-driver` },
      spec: { containers: [pod], nodeSelector: { 'example.org/no-such': 'node' } },
    })
    const failed = await trials.run(trials.application(name), 'FAILED')
    expect(failed.errorMessage).toMatch(/driver pod already exist$/)
    expect((await trials.driver(name)).metadata.uid).toBe(metadata.uid)
    await trials.admin.remove(`${podsPath(trials.namespace)}/${name}-driver`)
  })
})

describe.concurrent('an executor that the kernel kills for memory', () => {
  /** With `deleteOnTermination` as Spark has it, its pod is gone before the driver fails (trace executor-oom-job-fails). */
  it('shows it after the end of the job where ended executors are kept', async () => {
    const name = trials.name('exec-oom')
    const configMaps = `/api/v1/namespaces/${trials.namespace}/configmaps`
    await trials.admin.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { 'eat.py': EATS_MEMORY },
    })
    const { driver, executor } = trials.application(name)['spec'] as { driver: JsonObject; executor: JsonObject }
    const spec = {
      mainApplicationFile: 'local:///opt/scripts/eat.py',
      arguments: [],
      sparkConf: { 'spark.task.maxFailures': '1' },
      driver: { ...driver, configMaps: [{ name, path: '/opt/scripts' }] },
      executor: { ...executor, deleteOnTermination: false },
    }
    const failed = await trials.run(trials.application(name, spec), 'FAILED')
    await trials.admin.remove(`${configMaps}/${name}`)
    const view = { name, uid: failed.uid, resourceVersion: '', operatorState: 'FAILED', executors: {} }
    const found = diagnoseFailure({ ...view, errorMessage: failed.errorMessage }, await trials.pods(name))
    expect(found).toMatchObject({ reason: 'EXECUTOR_OUT_OF_MEMORY' })
  })
})
