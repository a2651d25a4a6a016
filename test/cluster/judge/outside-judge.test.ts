/**
 * 200 jobs, 30 of them with real drivers, while the gateway, all of the local stack, the operator and the API server are killed and the
 * network between gateway and cluster is cut. Judged from outside: the audit log and an administrator's watches.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REMOTE_SETTINGS, REMOTE_TIMEOUT_SECONDS } from '../../../local/local-platform.ts'
import { clusterPlatform } from '../support/cluster-stack.ts'
import { adminOf, realCluster } from '../support/real-cluster.ts'
import type { Admin, KubernetesObject, RealCluster } from '../support/real-cluster.ts'
import { NOWHERE, putScripts, python } from '../support/specs.ts'
import { waitFor } from '../support/wait-for.ts'
import {
  auditPosition,
  identityOf,
  judgeCreates,
  judgeFences,
  judgeRights,
  neverCreated,
  readAudit,
  requestsPerMinute,
} from './audit-judge.ts'
import type { AuditEntry } from './audit-judge.ts'
import { ChaosStack } from './chaos-stack.ts'
import type { ListedJob } from './chaos-stack.ts'
import { killPart } from './cluster-parts.ts'
import type { KilledPart } from './cluster-parts.ts'
import { watchNamespace } from './pod-watch.ts'
import type { PodWatch } from './pod-watch.ts'

/** 200 in all: three of twenty run for real, the others are objects that no node takes. `JUDGED_JOBS` makes it shorter. */
const JOBS = Number(process.env['JUDGED_JOBS'] ?? 200)
const REAL = Math.round(JOBS * 0.15)
const NEVER = JOBS - REAL
/** Of those that never start: stay when the operator comes back, and are cancelled as pending ones. */
const KEPT = 5
/** The platform says what no operator can: the gateway slows down by its lag (sixteen times at most), and a run must end. */
const SUBMITS_PER_SECOND = 50
const OVER = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT']
/** Longest wait for one part of the run, on a busy machine of two cores. */
const PART_SECONDS = 420
const CUT_MILLISECONDS = 12_000
const WINDOW_MILLISECONDS = 30_000

let cluster: RealCluster
let admin: Admin
let stack: ChaosStack
let watch: PodWatch
let namespace: string
let auditLog: string
let auditFrom: number
let restoreQuota: () => Promise<void>
let operator: KilledPart | undefined

beforeAll(async () => {
  cluster = realCluster()
  const { eks, auditLog: log } = cluster
  if (eks === undefined || log === undefined)
    throw new Error('the judge needs a cluster with an audit log: ../shared/cluster')
  auditLog = log
  admin = adminOf(cluster)
  namespace = cluster.namespaces[0]
  await putScripts(admin, namespace)
  restoreQuota = await liftQuota()
  auditFrom = auditPosition(auditLog)
  watch = await watchNamespace(admin, namespace)
  stack = await ChaosStack.start(clusterPlatform(cluster, { submitsPerSecond: SUBMITS_PER_SECOND }), eks)
}, 120_000)
afterAll(async () => {
  operator?.restart()
  await restoreQuota()
  await stack.close()
  // Ends the watches' requests, which would go on for a minute.
  admin.close()
  await watch.close()
}, 120_000)

/** Without the namespace's quota for pods; what puts it back. */
async function liftQuota(): Promise<() => Promise<void>> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`
  const quotas = await admin.list(path)
  for (const quota of quotas) await admin.remove(`${path}/${quota.metadata.name}`)
  return async () => {
    for (const { metadata, spec } of quotas) await admin.create(path, { metadata: { name: metadata.name }, spec })
  }
}

/** Asks until it was taken: the same key is the same job. */
async function submit(name: string, spec: unknown): Promise<void> {
  await waitFor(`${name} to be taken`, 120, async () =>
    (await stack.post('/v1/jobs', { body: spec, key: name })) ? true : undefined,
  )
}
const tiny = (number: number) => submit(`tiny-${number}`, python(`tiny-${number}`, 'count_up.py', ['1']))
const never = (number: number) =>
  submit(`never-${number}`, python(`never-${number}`, 'count_up.py', ['1'], { driver: { nodeSelector: NOWHERE } }))
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

async function untilJobs(what: string, isIt: (jobs: readonly ListedJob[]) => boolean): Promise<readonly ListedJob[]> {
  let last: readonly ListedJob[] = []
  return waitFor(
    what,
    PART_SECONDS,
    async () => {
      last = (await stack.jobs()) ?? last
      return isIt(last) ? last : undefined
    },
    () => `; states: ${JSON.stringify(countStates(last))}`,
  )
}

function countStates(jobs: readonly ListedJob[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { state, reason } of jobs) counts[`${state} ${reason}`] = (counts[`${state} ${reason}`] ?? 0) + 1
  return counts
}

const inState = (jobs: readonly ListedJob[], ...states: string[]): number =>
  jobs.filter(job => states.includes(job.state)).length
/** Other namespaces are others' business. */
const audit = (): AuditEntry[] =>
  readAudit(auditLog, auditFrom).filter(({ objectRef }) => [undefined, namespace].includes(objectRef?.namespace))
/** Requests a minute of both identities, while the run does nothing but wait. */
async function quietRequests(): Promise<number> {
  const from = Date.now()
  await pause(WINDOW_MILLISECONDS)
  return requestsPerMinute(audit(), 'observe', from, Date.now())
}

describe(`${JOBS} jobs while everything is killed`, () => {
  let quietWithMany = 0
  let quietWithFew = 0
  let jobs: readonly ListedJob[] = []

  it('takes and starts the real ones, over a kill of the gateway and a cut of the network', async () => {
    await Promise.all(numbers(10).map(tiny))
    await untilJobs('some drivers', found => inState(found, 'RUNNING', ...OVER) >= 2)
    await stack.killGateway()
    await stack.startGateway()
    for (const number of numbers(REAL).slice(10)) await tiny(number)
    stack.way.cut()
    await pause(CUT_MILLISECONDS)
    stack.way.mend()
    const found = await untilJobs('a third of them to be over', each => inState(each, ...OVER) >= REAL / 3)
    expect(found).toHaveLength(REAL)
  })

  it('creates those that never start while the operator is away and the API server and the whole stack are killed', async () => {
    operator = await killPart('operator')
    for (const number of numbers(NEVER / 2)) await never(number)
    const server = await killPart('kube-apiserver')
    await pause(2_000)
    server.restart()
    for (const number of numbers(NEVER).slice(NEVER / 2)) await never(number)
    await stack.killEverything()
    await stack.startEmulators()
    await stack.startGateway()
    await untilJobs(
      'all objects',
      found => found.length === REAL + NEVER && inState(found, 'QUEUED', 'SUBMITTING') === 0,
    )
    expect(await onCluster('never-')).toHaveLength(NEVER)
    quietWithMany = await quietRequests()
  })

  it('cancels most of them over a kill and a cut: none is left on the cluster', async () => {
    const wanted = (await untilJobs('jobs', found => found.length > 0)).filter(
      job => job.name.startsWith('never-') && Number(job.name.slice('never-'.length)) >= KEPT,
    )
    for (const [index, job] of wanted.entries()) {
      if (index === Math.floor(wanted.length * 0.3)) {
        await stack.killGateway()
        await stack.startGateway()
      }
      if (index === Math.floor(wanted.length * 0.6)) stack.way.cut()
      await waitFor('a cancel', 60, async () => ((await stack.post(`/v1/jobs/${job.id}/cancel`)) ? true : undefined))
    }
    await pause(CUT_MILLISECONDS / 2)
    stack.way.mend()
    await untilJobs('cancels', found => inState(found, 'CANCELLED') === NEVER - KEPT)
    const left = await onCluster('never-')
    expect(left.map(object => object.metadata.name)).toHaveLength(KEPT)
  })

  it('ends every job when the operator is back', async () => {
    operator?.restart()
    operator = undefined
    await untilJobs('real jobs', found => found.filter(isTiny).every(job => OVER.includes(job.state)))
    quietWithFew = await quietRequests()
    const kept = (await untilJobs('the rest', () => true)).filter(job => !OVER.includes(job.state))
    for (const { id } of kept) await stack.post(`/v1/jobs/${id}/cancel`)
    jobs = await untilJobs('all', found => found.every(job => OVER.includes(job.state)))
    expect(countStates(jobs)).toEqual({
      'SUCCEEDED COMPLETED': REAL,
      'CANCELLED CANCELLED_ON_REQUEST': NEVER,
    })
  })

  it('created each attempt exactly once, and nothing else', () => {
    const entries = audit()
    expect(judgeCreates(entries, jobs, watch.uids)).toEqual([])
    expect(neverCreated(entries, jobs, watch.uids)).toEqual([])
  })
  it('never had two live drivers of one job', () => {
    expect(watch.drivers).toBeGreaterThanOrEqual(REAL)
    expect(watch.doubles).toEqual([])
  })
  it('created nothing after a fence', () => {
    const onTheWay = REMOTE_SETTINGS.maxReadAgeSeconds + REMOTE_TIMEOUT_SECONDS
    expect(judgeFences(audit(), jobs, onTheWay)).toEqual([])
  })
  it('used no right that it was not granted', () => {
    const entries = audit()
    expect(entries.filter(entry => identityOf(entry) === 'reconcile').length).toBeGreaterThan(REAL + NEVER)
    expect(judgeRights(entries)).toEqual([])
  })
  it('observed with as many requests a minute for 190 jobs as for five', () => {
    console.log(`observe: ${quietWithMany} requests a minute with ${NEVER} jobs, ${quietWithFew} with ${KEPT}`)
    expect(quietWithMany).toBeGreaterThan(0)
    expect(quietWithMany).toBeLessThanOrEqual(quietWithFew * 1.5 + 4)
  })
})

const isTiny = (job: ListedJob): boolean => job.name.startsWith('tiny-')

async function onCluster(prefix: string): Promise<readonly KubernetesObject[]> {
  const objects = await admin.list(`/apis/sparkoperator.k8s.io/v1beta2/namespaces/${namespace}/sparkapplications`)
  return objects.filter(object => object.metadata.name.startsWith(prefix))
}
