/**
 * `node bench/rate.ts [--quick]`, with the environment of `npm run test:cluster`: our path and a bare `kubectl create` side by side on a
 * real operator. One job at a time: what the gateway adds between asking and COMPLETED. A burst of ten times the operator's rate:
 * sent bare it waits in the operator, sent to us it waits in the gateway.
 */
import { execFile } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { parseArgs, promisify } from 'node:util'
import type { JsonObject } from '../shared/domain/job-spec/canonical-spec.ts'
import { clusterPlatform, reach } from '../test/cluster/support/cluster-stack.ts'
import { gatewayClient } from '../test/cluster/support/gateway-client.ts'
import type { GatewayClient } from '../test/cluster/support/gateway-client.ts'
import { adminOf, applicationsPath, realCluster } from '../test/cluster/support/real-cluster.ts'
import { NOWHERE, putScripts, python } from '../test/cluster/support/specs.ts'
import { waitFor } from '../test/cluster/support/wait-for.ts'
import { startStack } from '../local/stack.ts'
import { watchApplications } from './application-times.ts'
import { QUIET_LOG } from './bench-adapters.ts'
import { quantile, renderReport } from './bench-report.ts'

const ROUNDS = 3
const BURST = 12
/** For one job at a time: no turn is waited for. */
const UNMETERED_PER_SECOND = 10
/** The least that a platform file may say. */
const LEAST_PER_SECOND = 0.01
const LIMIT_SECONDS = 900

const run = promisify(execFile)
const { values } = parseArgs({ options: { quick: { type: 'boolean' } } })
const rounds = values.quick ? 1 : ROUNDS
const burst = values.quick ? 4 : BURST
const tag = Date.now().toString(36)

const cluster = realCluster()
const namespace = cluster.namespaces[0]
const admin = adminOf(cluster)
await putScripts(admin, namespace)
const watcher = watchApplications(adminOf(cluster), namespace)

/** A gateway whose platform file offers the operator so many submissions a second. */
async function withGateway<Result>(
  submitsPerSecond: number,
  use: (gateway: GatewayClient) => Promise<Result>,
): Promise<Result> {
  const platform = clusterPlatform(cluster, { submitsPerSecond })
  const stack = await startStack({ platform, speed: 1, spark: 'off', log: QUIET_LOG, ...reach(cluster) })
  try {
    return await use(gatewayClient(stack.apiUrl, await stack.token('alpha')))
  } finally {
    await stack.close()
  }
}

/** Milliseconds of one job, from asking. */
interface Told {
  readonly name: string
  readonly asked: number
  /** When the asker knew that it was over; only single jobs. */
  readonly told?: number
}

const timeOf = (name: string, state: string): number => watcher.seen.get(name)?.get(state) ?? Number.NaN
const untilSeen = (name: string, state: string): Promise<true> =>
  waitFor(`${name} ${state}`, LIMIT_SECONDS, async () => (watcher.seen.get(name)?.has(state) ? true : undefined))

/** The object that we would render, so that the operator has the same work. */
async function rendered(gateway: GatewayClient, name: string, change: JsonObject): Promise<object> {
  const spec = python(name, 'count_up.py', ['1'], change)
  const { body } = await gateway.call('POST', '/v1/jobs?dryRun=render', spec, {
    'content-type': 'application/json',
    'idempotency-key': `dry-${name}`,
  })
  const [planned] = body['jobs'] as readonly { readonly object: Readonly<Record<string, unknown>> }[]
  return { ...planned?.object, metadata: { name, namespace } }
}

async function bare(name: string, object: object): Promise<Told> {
  const asked = performance.now()
  const child = run(process.env['SPARKGATE_CLUSTER_KUBECTL'] ?? 'kubectl', ['create', '-f', '-'])
  child.child.stdin?.end(JSON.stringify(object))
  await child
  return { name, asked }
}

async function ours(gateway: GatewayClient, name: string, change: JsonObject): Promise<Told & { readonly id: string }> {
  const asked = performance.now()
  const id = await gateway.accepted(name, python(name, 'count_up.py', ['1'], change))
  return { name, asked, id }
}

async function singles(gateway: GatewayClient): Promise<{ bare: Told[]; ours: Told[] }> {
  const all = { bare: [] as Told[], ours: [] as Told[] }
  for (let round = 0; round < rounds; round++) {
    const object = await rendered(gateway, `bare-${tag}-${round}`, {})
    const one = await bare(`bare-${tag}-${round}`, object)
    await untilSeen(one.name, 'COMPLETED')
    all.bare.push({ ...one, told: performance.now() })
    const other = await ours(gateway, `ours-${tag}-${round}`, {})
    const job = await gateway.untilState(other.id, 'SUCCEEDED', LIMIT_SECONDS)
    all.ours.push({ ...other, name: job.attempts[0]?.objectName ?? '', told: performance.now() })
  }
  return all
}

async function remove(told: readonly Told[]): Promise<void> {
  for (const { name } of told) await admin.remove(`${applicationsPath(namespace)}/${name}`)
}

/** Asked as fast as it goes; waits until all are SUBMITTED. */
async function burstBare(gateway: GatewayClient): Promise<Told[]> {
  const object = await rendered(gateway, `burst-${tag}`, { driver: { nodeSelector: NOWHERE } })
  const told: Told[] = []
  for (let number = 0; number < burst; number++) {
    const name = `bare-burst-${tag}-${number}`
    told.push(await bare(name, { ...object, metadata: { name, namespace } }))
  }
  for (const { name } of told) await untilSeen(name, 'SUBMITTED')
  await remove(told)
  return told
}

async function burstOurs(gateway: GatewayClient): Promise<Told[]> {
  const asked: (Told & { id: string })[] = []
  for (let number = 0; number < burst; number++)
    asked.push(await ours(gateway, `ours-burst-${tag}-${number}`, { driver: { nodeSelector: NOWHERE } }))
  const told: Told[] = []
  for (const each of asked) {
    const job = await gateway.until(each.id, found => found.state === 'PENDING', LIMIT_SECONDS)
    const name = job.attempts[0]?.objectName ?? ''
    await untilSeen(name, 'SUBMITTED')
    told.push({ name, asked: each.asked })
  }
  for (const { id } of asked) await gateway.cancel(id)
  for (const { id } of asked) await gateway.untilOver(id, LIMIT_SECONDS)
  return told
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1)
const spread = (values: readonly number[]): string =>
  `${seconds(quantile(values, 0.5))} (${seconds(quantile(values, 1))})`

function singleRow(what: string, told: readonly Told[]): string[] {
  const between = (from: string, to: string) => told.map(({ name }) => timeOf(name, to) - timeOf(name, from))
  return [
    what,
    spread(told.map(({ name, asked }) => timeOf(name, 'created') - asked)),
    spread(between('created', 'SUBMITTED')),
    spread(between('SUBMITTED', 'RUNNING')),
    spread(between('RUNNING', 'COMPLETED')),
    spread(told.map(({ name, told: at = Number.NaN }) => at - timeOf(name, 'COMPLETED'))),
    spread(told.map(({ asked, told: at = Number.NaN }) => at - asked)),
  ]
}

const total = (told: readonly Told[]): number =>
  quantile(
    told.map(({ asked, told: at = Number.NaN }) => at - asked),
    0.5,
  )

function burstRow(what: string, told: readonly Told[]): string[] {
  const first = Math.min(...told.map(({ asked }) => asked))
  const lastAsked = Math.max(...told.map(({ asked }) => asked)) - first
  const lag = told.map(({ name }) => timeOf(name, 'SUBMITTED') - timeOf(name, 'created'))
  return [
    what,
    String(told.length),
    seconds(lastAsked),
    spread(lag),
    seconds(makespan(told)),
    inOperator(told).toString(),
  ]
}

const makespan = (told: readonly Told[]): number =>
  Math.max(...told.map(({ name }) => timeOf(name, 'SUBMITTED'))) - Math.min(...told.map(({ asked }) => asked))

/** Most objects that were in the operator's queue at a time. */
const inOperator = (told: readonly Told[]): number =>
  Math.max(
    ...told.map(({ name }) => {
      const at = timeOf(name, 'created')
      return told.filter(each => timeOf(each.name, 'created') <= at && timeOf(each.name, 'SUBMITTED') > at).length
    }),
  )

try {
  const load = loadavg()[0]?.toFixed(1)
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${load}\n`)
  const [one, bareTold] = await withGateway(UNMETERED_PER_SECOND, async gateway => [
    await singles(gateway),
    await burstBare(gateway),
  ])
  await remove([...one.bare, ...one.ours])
  const overhead = total(one.ours) / total(one.bare)
  console.log(
    renderReport({
      title: 'One job on a real operator',
      how: `A driver without a SparkSession, ${rounds} rounds of one job each way in turn; medians (and the longest) in seconds, by an administrator's watch. "told": from COMPLETED until the asker knew, by a watch (bare) or by asking our API four times a second.`,
      columns: ['path', 'asked → created', '→ SUBMITTED', '→ RUNNING', '→ COMPLETED', '→ told', 'all'],
      rows: [singleRow('kubectl create', one.bare), singleRow('Sparkgate', one.ours)],
      verdicts: [
        {
          budget: 'all of it at most 1.25 × bare (our own expectation)',
          measured: `${overhead.toFixed(2)} ×`,
          met: overhead <= 1.25,
        },
      ],
    }),
  )
  const operatorPerSecond = Math.max((burst * 1000) / makespan(bareTold), LEAST_PER_SECOND)
  const oursTold = await withGateway(operatorPerSecond, burstOurs)
  const lagOf = (told: readonly Told[]): number =>
    quantile(
      told.map(({ name }) => timeOf(name, 'SUBMITTED') - timeOf(name, 'created')),
      1,
    )
  console.log(
    renderReport({
      title: 'A burst at ten times the rate of a real operator',
      how: `${burst} jobs whose drivers no node takes (only spark-submit runs), asked one after the other as fast as it goes; the gateway offers the operator the rate that it was just seen to take, ${operatorPerSecond.toFixed(2)} a second. Medians (and the longest) in seconds.`,
      columns: ['path', 'jobs', 'all asked after', 'operator lag', 'all SUBMITTED after', 'most in the operator'],
      rows: [burstRow('kubectl create', bareTold), burstRow('Sparkgate', oursTold)],
      verdicts: [
        {
          budget: 'longest lag of the operator at most half of bare (our own expectation)',
          measured: `${(lagOf(oursTold) / lagOf(bareTold)).toFixed(2)} ×`,
          met: lagOf(oursTold) <= lagOf(bareTold) / 2,
        },
        {
          budget: 'all submitted within 1.25 × bare (our own expectation)',
          measured: `${(makespan(oursTold) / makespan(bareTold)).toFixed(2)} ×`,
          met: makespan(oursTold) <= makespan(bareTold) * 1.25,
        },
      ],
    }),
  )
} finally {
  await watcher.close()
  admin.close()
}
