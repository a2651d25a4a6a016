/**
 * Some hundred jobs, three of twenty with real drivers, while the gateway, all of the local stack, the operator and the API server are
 * killed and the network between gateway and cluster is cut. Judged from outside: the audit log and an administrator's watches.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REMOTE_SETTINGS, REMOTE_TIMEOUT_SECONDS } from '../../../local/local-platform.ts'
import { clusterPlatform } from '../support/cluster-stack.ts'
import { killPart } from '../support/cluster-parts.ts'
import type { KilledPart } from '../support/cluster-parts.ts'
import { kubectlMust } from '../support/kubectl.ts'
import { adminOf, applicationsPath, realCluster } from '../support/real-cluster.ts'
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
import { ChaosStack, countStates } from './chaos-stack.ts'
import type { ListedJob } from './chaos-stack.ts'
import { watchNamespace } from './pod-watch.ts'
import type { PodWatch } from './pod-watch.ts'

/** Three of twenty run for real, the others are objects that no node takes. `JUDGED_JOBS=200` is the long run. */
const JOBS = Number(process.env['JUDGED_JOBS'] ?? 60)
const REAL = Math.round(JOBS * 0.15)
const NEVER = JOBS - REAL
/** Of those that never start: made last, seen by the operator when it comes back, and cancelled as pending ones. */
const KEPT = 5
/** The others, called RUNNING by an administrator in the operator's absence; first only so few. */
const MANY = NEVER - KEPT
const FEW = 5
/** The platform says what no operator can: the gateway slows down by its lag (sixteen times at most), and a run must end. */
const SUBMITS_PER_SECOND = 50
const OVER = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT']
/** Drivers that start together. */
const AT_ONCE = 10
/** Longer than the gateway's time-out of 5 s. */
const CUT_MILLISECONDS = 12_000
const WINDOW_MILLISECONDS = 20_000
const MAX_WINDOWS = 4
/** At most so many a minute are as many: a watch more or less in a window, half more for a busy machine. */
const asFlat = (requests: number): number => requests * 1.5 + 4
/** So long without a look: the changes of before have been looked at. */
const SETTLED_SECONDS = 5

let cluster: RealCluster
let admin: Admin
let stack: ChaosStack
let watch: PodWatch
let namespace: string
let auditLog: string
let auditFrom: number
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
  auditFrom = auditPosition(auditLog)
  watch = await watchNamespace(admin, namespace)
  stack = await ChaosStack.start(clusterPlatform(cluster, { submitsPerSecond: SUBMITS_PER_SECOND }), eks)
}, 120_000)
afterAll(async () => {
  operator?.restart()
  await stack.close()
  // Ends the watches' requests, which would go on for a minute.
  admin.close()
  await watch.close()
}, 120_000)

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

const untilJobs = (what: string, isIt: (jobs: readonly ListedJob[]) => boolean) => stack.untilJobs(what, isIt)
const inState = (jobs: readonly ListedJob[], ...states: string[]): number =>
  jobs.filter(job => states.includes(job.state)).length
/** Other namespaces are others' business. */
const audit = (): AuditEntry[] =>
  readAudit(auditLog, auditFrom).filter(({ objectRef }) => [undefined, namespace].includes(objectRef?.namespace))
/** What an identity asked for in a minute since `from`; real drivers go their way and are not counted. */
const askedBy = (identity: 'observe' | 'reconcile', from: number): number => {
  const entries = audit().filter(({ requestURI }) => !requestURI.includes('tiny-'))
  return requestsPerMinute(entries, identity, from, Date.now())
}

/**
 * What both identities ask for in a minute, once what has just happened was looked at: the least of some windows, because looks
 * that were put off while the cluster was away come minutes later. A gateway that asks of each job asks in every window.
 */
async function quietRequests(enough: number): Promise<number> {
  await waitFor('looks to end', SETTLED_SECONDS * 12, async () =>
    askedBy('reconcile', Date.now() - SETTLED_SECONDS * 1000) === 0 ? true : undefined,
  )
  let least = Infinity
  for (let window = 0; window < MAX_WINDOWS && least > enough; window++) {
    const from = Date.now()
    await pause(WINDOW_MILLISECONDS)
    const [observe, reconcile] = [askedBy('observe', from), askedBy('reconcile', from)]
    console.log(`requests a minute: observe ${observe.toFixed(1)}, reconcile ${reconcile.toFixed(1)}`)
    least = Math.min(least, observe + reconcile)
  }
  return least
}

/** Waits for the objects of all that never start, calls them RUNNING as the operator would, and answers quietRequests. */
async function quietOnceAllRun(count: number, enough = asFlat(0)): Promise<number> {
  const areThere = (found: readonly ListedJob[]): boolean =>
    inState(found.filter(isNever), 'PENDING', 'RUNNING') === count
  await untilJobs(`${count} objects`, areThere)
  const objects = await onCluster('never-')
  expect(objects).toHaveLength(count)
  const names = objects.map(({ metadata }) => metadata.name)
  const status = { applicationState: { state: 'RUNNING' }, driverInfo: {} }
  const how = ['-n', namespace, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]
  kubectlMust('patch', 'sparkapplications.sparkoperator.k8s.io', ...names, ...how)
  await untilJobs('running jobs', found => inState(found.filter(isNever), 'RUNNING') === count)
  return quietRequests(enough)
}

describe(`${JOBS} jobs while everything is killed`, () => {
  let quietWithMany = 0
  let quietWithFew = 0
  let jobs: readonly ListedJob[] = []

  it('takes and starts the real ones, over a kill of the gateway and a cut of the network', async () => {
    await Promise.all(numbers(Math.min(REAL, AT_ONCE)).map(tiny))
    await untilJobs('some drivers', found => inState(found, 'RUNNING', ...OVER) >= 2)
    await stack.killGateway()
    await stack.startGateway()
    for (const number of numbers(REAL).slice(AT_ONCE)) await tiny(number)
    stack.way.cut()
    await pause(CUT_MILLISECONDS)
    stack.way.mend()
    const found = await untilJobs('a third of them to be over', each => inState(each, ...OVER) >= REAL / 3)
    expect(found).toHaveLength(REAL)
  })

  it('creates the first that never start while the operator is away', async () => {
    operator = await killPart('operator')
    for (const number of numbers(FEW)) await never(number)
    quietWithFew = await quietOnceAllRun(FEW)
    expect(quietWithFew).toBeGreaterThan(0)
  })

  it('creates the others while the API server and the whole stack are killed', async () => {
    const others = numbers(MANY).slice(FEW)
    for (const number of others.slice(0, others.length / 2)) await never(number)
    const server = await killPart('kube-apiserver')
    await pause(2_000)
    server.restart()
    for (const number of others.slice(others.length / 2)) await never(number)
    await stack.killEverything()
    await stack.startEmulators()
    await stack.startGateway()
    quietWithMany = await quietOnceAllRun(MANY, asFlat(quietWithFew))
    expect(quietWithMany).toBeGreaterThan(0)
  })

  it('cancels most of them over a kill and a cut: none is left on the cluster', async () => {
    const wanted = (await untilJobs('jobs', found => found.length > 0)).filter(isNever).slice(FEW)
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
    await untilJobs('cancels', found => inState(found, 'CANCELLED') === wanted.length)
    expect(await onCluster('never-')).toHaveLength(FEW)
  })

  it('ends every job when the operator is back', async () => {
    for (const number of numbers(NEVER).slice(MANY)) await never(number)
    const last = await untilJobs('the last objects', found => inState(found.filter(isNever), 'PENDING') === KEPT)
    // Their objects would be news to the operator.
    const called = last.filter(job => isNever(job) && job.state === 'RUNNING')
    for (const { id } of called) await stack.post(`/v1/jobs/${id}/cancel`)
    await untilJobs('the last cancels', found => inState(found, 'CANCELLED') === MANY)
    operator?.restart()
    operator = undefined
    const found = await untilJobs('pending and ended jobs', each => each.every(isPendingOrOver))
    const kept = found.filter(job => !OVER.includes(job.state))
    expect(kept).toHaveLength(KEPT)
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
  it(`asked the cluster as often for ${MANY} running jobs as for ${FEW}`, () => {
    expect(quietWithMany).toBeGreaterThan(0)
    expect(quietWithMany).toBeLessThanOrEqual(asFlat(quietWithFew))
  })
})

const isNever = (job: ListedJob): boolean => job.name.startsWith('never-')
/** The operator has said of it that no node takes its driver. */
const isPendingOrOver = (job: ListedJob): boolean =>
  OVER.includes(job.state) || (isNever(job) && job.reason === 'UNSCHEDULABLE_WAITING')

async function onCluster(prefix: string): Promise<readonly KubernetesObject[]> {
  return (await admin.list(applicationsPath(namespace))).filter(({ metadata }) => metadata.name.startsWith(prefix))
}
