/**
 * The queue is in the gateway, and a cancel leaves nothing: one team with room for one job, and what its administrator sees of each
 * job on the cluster while it waits, is pending, runs, and after.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobIdFor } from '../../../shared/domain/job-identity.ts'
import { objectNameFor } from '../../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { startClusterStack } from '../support/cluster-stack.ts'
import type { ClusterStack } from '../support/cluster-stack.ts'
import { applicationsPath, podsOf } from '../support/real-cluster.ts'
import type { KubernetesObject } from '../support/real-cluster.ts'
import { NOWHERE, putScripts, python } from '../support/specs.ts'
import { waitFor } from '../support/wait-for.ts'

const RUN = `queue-${Date.now()}`
/** A cancel of a job that was created long enough ago takes some seconds; on a busy machine more. */
const CANCEL_SECONDS = 90

let stack: ClusterStack
let namespace: string
beforeAll(async () => {
  stack = await startClusterStack({ alphaJobs: 1 })
  namespace = stack.cluster.namespaces[0]
  await putScripts(stack.admin, namespace)
})
afterAll(() => stack.close())

const objectNameOf = (name: string, id: string): string => objectNameFor(name, id, 1)
const onCluster = async (name: string) => ({
  object: (await stack.admin.get(`${applicationsPath(namespace)}/${name}`)) !== undefined,
  // One that has ended is collected some seconds later, and does nothing.
  pods: (await podsOf(stack.admin, namespace, name)).filter(isLive).length,
})
const isLive = ({ status }: KubernetesObject): boolean => !['Succeeded', 'Failed'].includes(String(status?.['phase']))
const GONE = { object: false, pods: 0 }

describe('a team with room for one job', () => {
  let pending: string
  let next: string

  it('has one that no node can take: it is PENDING, and says why', async () => {
    const spec = python('nowhere', 'count_up.py', ['1'], { driver: { nodeSelector: NOWHERE } })
    pending = await stack.alpha.accepted(`${RUN}-pending`, spec)
    const job = await stack.alpha.until(pending, each => each.reason === 'UNSCHEDULABLE_WAITING')
    expect(job).toMatchObject({ state: 'PENDING', message: expect.stringMatching(/node affinity|node selector/) })
    expect(await onCluster(objectNameOf('nowhere', pending))).toEqual({ object: true, pods: 1 })
  })
  it('has the others wait in the gateway: nothing of them is on the cluster', async () => {
    const waits = await stack.alpha.accepted(`${RUN}-waits`, python('waits', 'count_up.py', ['1']))
    next = await stack.alpha.accepted(`${RUN}-next`, python('next', 'count_up.py', ['600']))
    for (const [name, id] of [
      ['waits', waits],
      ['next', next],
    ] as const) {
      expect((await stack.alpha.until(id, job => job.reason === 'WAITING_FOR_ROOM')).state).toBe('QUEUED')
      expect(await onCluster(objectNameOf(name, id))).toEqual(GONE)
    }
    await stack.alpha.cancel(waits)
    const cancelled = await stack.alpha.untilState(waits, 'CANCELLED', CANCEL_SECONDS)
    expect(cancelled.attempts).toEqual([])
    expect(await onCluster(objectNameOf('waits', waits))).toEqual(GONE)
  })
  it('cancels the pending one: object and pod are gone when it says so', async () => {
    await stack.alpha.cancel(pending)
    await stack.alpha.untilState(pending, 'CANCELLED', CANCEL_SECONDS)
    expect(await onCluster(objectNameOf('nowhere', pending))).toEqual(GONE)
  })
  it('then runs the next one, whose log can be read while it runs', async () => {
    const job = await stack.alpha.untilState(next, 'RUNNING')
    expect(await onCluster(objectNameOf('next', next))).toMatchObject({ object: true })
    expect(job.attempts).toHaveLength(1)
    await stack.alpha.untilLogged(next, 'second 2', 60)
    const first = await stack.alpha.readLog(next)
    expect(first).toMatchObject({ ended: false })
    const more = await waitFor('further lines', 30, async () => {
      const page = await stack.alpha.readLog(next, first?.next)
      return page !== undefined && page.lines.length > 0 ? page.lines.map(line => line.text) : undefined
    })
    const before = first?.lines.map(line => line.text) ?? []
    expect(before.filter(line => more.includes(line))).toEqual([])
    expect(more[0]).toMatch(/^second \d+$/)
  })
  it('cancels the running one: object and pods are gone when it says so', async () => {
    await stack.alpha.cancel(next)
    const job = await stack.alpha.untilState(next, 'CANCELLED', CANCEL_SECONDS)
    expect(job.reason).toBe('CANCELLED_ON_REQUEST')
    expect(await onCluster(objectNameOf('next', next))).toEqual(GONE)
  })
})

describe('a name that somebody else has taken', () => {
  it('fails the job and leaves the other object alone', async () => {
    const key = `${RUN}-taken`
    const name = objectNameOf('taken', jobIdFor('alpha', 'api', key))
    const path = applicationsPath(namespace)
    const theirs = await stack.admin.create(path, {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name, namespace },
      spec: {
        type: 'Scala',
        mode: 'cluster',
        sparkVersion: '4.0.4',
        suspend: true,
        mainApplicationFile: 'local:///theirs.jar',
        driver: {},
        executor: {},
      },
    })
    const id = await stack.alpha.accepted(key, python('taken', 'count_up.py', ['1']))
    const job = await stack.alpha.untilState(id, 'FAILED')
    expect(job).toMatchObject({ reason: 'NAME_CONFLICT' })
    expect((await stack.admin.get(`${path}/${name}`))?.metadata.uid).toBe(theirs.metadata.uid)
    await stack.admin.remove(`${path}/${name}`)
  })
})
