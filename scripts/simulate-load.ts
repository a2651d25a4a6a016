/**
 * `node scripts/simulate-load.ts --clusters 8 --rate 12 --minutes 10`: the gateway in virtual time (bench/virtual-gateway.ts) with
 * several clusters under a steady stream of jobs: whether admission keeps up, how many Lambda executions run at once, and what the
 * busiest items of the table take. The rows of docs/capacity.md come from here.
 */
import { parseArgs } from 'node:util'
import { SHORT_SPEC, submission } from '../bench/bench-adapters.ts'
import { sum } from '../bench/virtual-counts.ts'
import { startVirtualGateway } from '../bench/virtual-gateway.ts'
import { parsePlatform } from '../shared/domain/platform/platform.ts'

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '8' },
    teams: { type: 'string', default: '20' },
    /** Jobs a second that come in. */
    rate: { type: 'string', default: '12' },
    minutes: { type: 'string', default: '10' },
    /** Jobs that come all at once before: whether the steady stream is served while they drain. */
    burst: { type: 'string', default: '0' },
    concurrency: { type: 'string', default: '40' },
  },
})
const [clusterCount, teamCount, rate, minutes, concurrency] = [
  Number(values.clusters),
  Number(values.teams),
  Number(values.rate),
  Number(values.minutes),
  Number(values.concurrency),
] as const
/** What begins at once settles in this time; only what comes after is counted. */
const WARM_UP_SECONDS = 120
const RUN_SECONDS = 60

interface KeyedCommand {
  readonly input: {
    readonly Key?: Key
    readonly Item?: Key
    readonly TransactItems?: readonly Record<string, { Key?: Key; Item?: Key }>[]
  }
}
type Key = Readonly<Record<string, { readonly S?: string }>>

const clusters = Object.fromEntries(
  Array.from({ length: clusterCount }, (_, index) => [`c${index}`, { eksName: `c${index}`, region: 'eu-central-1' }]),
)
const teams = Object.fromEntries(
  Array.from({ length: teamCount }, (_, index) => [
    `t${index}`,
    { clusters: Object.keys(clusters), namespace: `team-t${index}`, claims: [`t${index}`] },
  ]),
)
const platform = parsePlatform({ clusters, teams })
const seen = { created: 0, ended: 0, waits: [] as number[] }
const acceptedAt = new Map<string, number>()
const gateway = startVirtualGateway({
  platform,
  runSeconds: RUN_SECONDS,
  maximumConcurrency: concurrency,
  onJob: (before, after) => {
    if (before === undefined) acceptedAt.set(after.jobId, gateway.time.now())
    if (before?.state === 'SUBMITTING' && after.state === 'PENDING') {
      seen.created++
      seen.waits.push(gateway.time.now() - (acceptedAt.get(after.jobId) ?? 0))
    }
    if (after.state === 'SUCCEEDED' && before?.state !== 'SUCCEEDED') seen.ended++
  },
})
const { time, dynamodb, functions, queues } = gateway

/** Writes by item, jobs' own left out: those are spread. */
const writes = new Map<string, number>()
const { client } = dynamodb
const send = client.send.bind(client) as (command: unknown) => Promise<unknown>
const noteWrite = (key: Key | undefined): void => {
  const pk = key?.['pk']?.S
  if (pk === undefined || pk.startsWith('JOB#')) return
  const name = `${pk} ${key?.['sk']?.S ?? ''}`
  writes.set(name, (writes.get(name) ?? 0) + 1)
}
Object.assign(client, {
  send: (command: KeyedCommand) => {
    const name = command.constructor.name
    if (/^(Put|Update|Delete)Item/.test(name)) noteWrite(command.input.Key ?? command.input.Item)
    for (const part of command.input.TransactItems ?? [])
      for (const [kind, { Key: key, Item: item }] of Object.entries(part))
        if (kind !== 'ConditionCheck') noteWrite(key ?? item)
    return send(command)
  },
})

let submitted = 0
const submitFor = async (seconds: number): Promise<void> => {
  const gap = Math.round(1000 / rate)
  for (let second = 0; second < seconds * rate; second++) {
    void gateway.submit({ ...submission(`load-${submitted}`, SHORT_SPEC), team: `t${submitted % teamCount}` })
    submitted++
    await time.runFor(gap)
  }
}

for (let number = 0; number < Number(values.burst); number++)
  void gateway.submit({ ...submission(`burst-${number}`, SHORT_SPEC), team: `t${number % teamCount}` })
await submitFor(WARM_UP_SECONDS)
const before = {
  ...seen,
  submitted,
  at: time.now(),
  writes: new Map(writes),
  functions: snapshot(),
  sqs: sqsRequests(),
}
const units = writeUnits()
await submitFor(minutes * 60)
const seconds = (time.now() - before.at) / 1000
const waits = seen.waits.slice(before.created).toSorted((a, b) => a - b)
const per = (value: number): string => (value / seconds).toFixed(2)
console.log(`${clusterCount} clusters, ${teamCount} teams, ${rate} jobs a second for ${minutes} minutes`)
console.log(
  `submitted ${per(submitted - before.submitted)}/s, created ${per(seen.created - before.created)}/s, ended ${per(seen.ended - before.ended)}/s`,
)
console.log(
  `wait to object: p50 ${quantile(waits, 0.5)} s, p95 ${quantile(waits, 0.95)} s, max ${quantile(waits, 1)} s; messages waiting ${queues.reconcile.length}`,
)
console.log(`write units ${per(writeUnits() - units)}/s, SQS requests ${per(sqsRequests() - before.sqs)}/s`)
for (const [name, { count, milliseconds, timeouts }] of functions) {
  const was = before.functions.get(name) ?? { count: 0, milliseconds: 0, timeouts: 0 }
  const atOnce = (milliseconds - was.milliseconds) / 1000 / seconds
  console.log(
    `${name}: ${per(count - was.count)} invocations/s, ${atOnce.toFixed(1)} at once, ${timeouts - was.timeouts} time-outs`,
  )
}
const hottest = [...writes]
  .map(([name, count]) => [name, count - (before.writes.get(name) ?? 0)] as const)
  .toSorted((a, b) => b[1] - a[1])
for (const [name, count] of hottest.slice(0, 8)) console.log(`  ${name}: ${per(count)} writes/s`)

function quantile(sorted: readonly number[], share: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return (value / 1000).toFixed(1)
}
function snapshot() {
  return new Map([...functions].map(([name, value]) => [name, { ...value }]))
}
function writeUnits(): number {
  return sum([...dynamodb.bills.values()].map(bill => bill.writeUnits))
}
function sqsRequests(): number {
  return sum([...queues.reconcile.requests.values(), ...queues.observe.requests.values()])
}
// Handlers leave timers of the real clock behind (the edge's time limits).
process.exit(0)
