/** What real Spark survives, seen from outside: too little memory (with the gateway's remedy), a lost executor, a changing load. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startClusterStack } from '../support/cluster-stack.ts'
import type { ClusterStack } from '../support/cluster-stack.ts'
import type { JobSeen } from '../support/gateway-client.ts'
import { applicationsPath, podsOf, podsPath } from '../support/real-cluster.ts'
import type { KubernetesObject } from '../support/real-cluster.ts'
import { putScripts, python, SCRIPTS_MOUNT, SCRIPTS_PATH } from '../support/specs.ts'
import { waitFor } from '../support/wait-for.ts'

const RUN = `recovery-${Date.now()}`

let stack: ClusterStack
beforeAll(async () => {
  stack = await startClusterStack()
  await putScripts(stack.admin, stack.cluster.namespaces[0])
})
afterAll(() => stack.close())

const executorsOf = async (job: JobSeen): Promise<readonly KubernetesObject[]> => {
  const pods = await podsOf(stack.admin, job.namespace, job.attempts.at(-1)?.objectName ?? '')
  return pods.filter(
    ({ metadata, status }) =>
      metadata.labels?.['spark-role'] === 'executor' &&
      metadata.deletionTimestamp === undefined &&
      status?.['phase'] === 'Running',
  )
}

describe.concurrent('a driver that needs more memory than it asked for', () => {
  it('is killed by the kernel, and SUCCEEDS on the second attempt with more on its pod', async () => {
    // The container of attempt 1 has 512 + 384 MiB, that of attempt 2 768 + 576 MiB; the JVM takes about 150 MiB.
    const spec = python('hungry', 'allocate.py', ['900'], { driver: { memoryOverhead: '384m' } })
    const job = await stack.alpha.untilState(await stack.alpha.accepted(`${RUN}-oom`, spec), 'SUCCEEDED')
    expect(job.attempts.map(({ outcome, reason }) => ({ outcome, reason }))).toEqual([
      { outcome: 'FAILED', reason: 'DRIVER_OUT_OF_MEMORY' },
      { outcome: 'SUCCEEDED', reason: 'COMPLETED' },
    ])
    expect(job.attempts[1]?.remedies).toEqual([expect.objectContaining({ role: 'driver', factor: 1.5 })])
    const [first, second] = job.attempts.map(attempt => attempt.objectName)
    const [driver] = await podsOf(stack.admin, job.namespace, second ?? '')
    const resources = { limits: { memory: '1344Mi' }, requests: { memory: '1344Mi' } }
    expect(driver?.spec).toMatchObject({ containers: [{ resources }] })
    expect(await stack.admin.get(`${applicationsPath(job.namespace)}/${first}`)).toBeUndefined()
  })
})

describe.concurrent('an executor that is taken away in the middle', () => {
  it('hands its blocks on, is replaced, and the job ends with the right sum', async () => {
    const script = `${SCRIPTS_PATH}/decommission.sh`
    const spec = python('resilient', 'keep_shuffle.py', ['100000', '20'], {
      sparkConf: {
        'spark.decommission.enabled': 'true',
        'spark.storage.decommission.enabled': 'true',
        'spark.storage.decommission.shuffleBlocks.enabled': 'true',
        'spark.storage.decommission.rddBlocks.enabled': 'true',
        'spark.kubernetes.decommission.script': script,
      },
      executor: { instances: 2, volumeMounts: [SCRIPTS_MOUNT] },
    })
    const id = await stack.alpha.accepted(`${RUN}-executor`, spec)
    await stack.alpha.untilLogged(id, 'shuffled: 40 groups')
    const running = await stack.alpha.get(id)
    const [victim] = await waitFor('two executors', 60, async () => {
      const found = await executorsOf(running)
      return found.length === 2 ? found : undefined
    })
    await stack.admin.remove(`${podsPath(running.namespace)}/${victim?.metadata.name}`)
    const replaced = await waitFor('a third executor', 90, async () => {
      const numbers = (await executorsOf(running)).map(pod => pod.metadata.labels?.['spark-exec-id'])
      return numbers.includes('3') ? numbers : undefined
    })
    expect(replaced).not.toContain(victim?.metadata.labels?.['spark-exec-id'])
    const job = await stack.alpha.untilState(id, 'SUCCEEDED')
    expect(job.attempts).toHaveLength(1)
    const log = await stack.alpha.untilLogged(id, 'sum:', 20)
    expect(log).toContain('sum: 4999950000 of 4999950000')
    expect(log).toMatch(/[Dd]ecommission/)
  })
})

describe.concurrent('dynamic allocation', () => {
  it('grows to its maximum and shrinks to its minimum', async () => {
    const spec = python('elastic', 'grow_and_shrink.py', [], {
      dynamicAllocation: {
        enabled: true,
        initialExecutors: 1,
        minExecutors: 1,
        maxExecutors: 3,
        shuffleTrackingEnabled: true,
      },
      sparkConf: {
        'spark.dynamicAllocation.executorIdleTimeout': '5s',
        'spark.dynamicAllocation.schedulerBacklogTimeout': '1s',
        'spark.dynamicAllocation.sustainedSchedulerBacklogTimeout': '1s',
      },
    })
    const id = await stack.alpha.accepted(`${RUN}-elastic`, spec)
    const running = await stack.alpha.untilState(id, 'RUNNING')
    const untilThereAre = (count: number) =>
      waitFor(`${count} executors`, 120, async () =>
        (await executorsOf(running)).length === count ? count : undefined,
      )
    await untilThereAre(1)
    await untilThereAre(3)
    await untilThereAre(1)
    const job = await stack.alpha.untilState(id, 'SUCCEEDED')
    expect(job.attempts).toHaveLength(1)
    expect(await stack.alpha.untilLogged(id, 'shrunk: 1 executors', 20)).toContain('grown: 3 executors')
  })
})
