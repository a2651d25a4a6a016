/** `sparkgate clusters | pause | resume | usage | whoami`: how the gateway stands, a team, and who asks; stopping and resuming. */
import { connect } from './api-client.ts'
import { EXIT, textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { agoText, durationText } from './relative-time.ts'
import { factLines, scalarText } from './show-object.ts'
import { showText } from './terminal-text.ts'
import { renderTable } from './text-table.ts'
import type { Cell } from './text-table.ts'
import { writeAnswer } from './write-answer.ts'

type Row = Readonly<Record<string, unknown>>

/** What `clusters` can do beside listing. */
export const CLUSTER_ACTIONS = ['drain', 'resume'] as const

/** Lists clusters with their health; `drain NAME` and `resume NAME` are for admins. */
export async function clusters(given: Arguments): Promise<number> {
  const [action, name, ...more] = given.positionals
  const api = await connect(given.options)
  if (action !== undefined) {
    if (!(CLUSTER_ACTIONS as readonly string[]).includes(action) || name === undefined || more.length > 0)
      throw new UsageError('clusters takes nothing, drain CLUSTER, or resume CLUSTER')
    const path = `/v1/clusters/${encodeURIComponent(name)}/${action}`
    const body = await postReason(api, path, given, `\`clusters ${action}\``)
    await writeAnswer(given, { whole: body, names: [name], text: () => factLines(body) })
    return EXIT.ok
  }
  const { body } = await api.send({ method: 'GET', path: '/v1/clusters', offer: '`clusters`' })
  const rows = (body as { readonly clusters: readonly ClusterAnswer[] }).clusters
  await writeAnswer(given, {
    whole: body,
    names: rows.map(({ name }) => name),
    text: () => clusterTable(rows, Date.now()),
  })
  return EXIT.ok
}

/** Stops the admission of a team: what runs goes on, what waits stays in the queue. For admins. */
export const pause = (given: Arguments): Promise<number> => setAdmission('pause', given)

/** Ends a pause. For admins. */
export const resume = (given: Arguments): Promise<number> => setAdmission('resume', given)

async function setAdmission(action: 'pause' | 'resume', given: Arguments): Promise<number> {
  const [team, ...more] = given.positionals
  if (team === undefined || more.length > 0) throw new UsageError(`${action} takes one TEAM`)
  const api = await connect(given.options)
  const body = await postReason(api, `/v1/teams/${encodeURIComponent(team)}/${action}`, given, `\`${action}\``)
  await writeAnswer(given, { whole: body, names: [team], text: () => usageLines(body as UsageAnswer) })
  return EXIT.ok
}

/** With `--reason` as its body, where there is one. */
async function postReason(
  api: Awaited<ReturnType<typeof connect>>,
  path: string,
  given: Arguments,
  offer: string,
): Promise<unknown> {
  const reason = textOption(given.options, 'reason')
  const body = reason === undefined ? undefined : { text: JSON.stringify({ reason }), contentType: 'application/json' }
  return (await api.send({ method: 'POST', path, offer, ...(body !== undefined && { body }) })).body
}

/** What a team uses and may use; the caller's own unless `--team` names one. */
export async function usage(given: Arguments): Promise<number> {
  if (given.positionals.length > 0) throw new UsageError('usage takes no operand; --team names another team')
  const api = await connect(given.options)
  const team = textOption(given.options, 'team') ?? (await ownTeam(api))
  const path = `/v1/teams/${encodeURIComponent(team)}/usage`
  const { body } = await api.send({ method: 'GET', path, offer: '`usage`' })
  await writeAnswer(given, { whole: body, names: [team], text: () => usageLines(body as UsageAnswer) })
  return EXIT.ok
}

/** Who the gateway takes the caller for. */
export async function whoami(given: Arguments): Promise<number> {
  const api = await connect(given.options)
  const { body } = await api.send({ method: 'GET', path: '/v1/whoami', offer: '`whoami`' })
  const whole = { ...(body as Row), gateway: api.url.href, credentials: api.identity.from }
  await writeAnswer(given, {
    whole,
    names: [scalarText((body as Row)['team'] ?? '')],
    text: () => factLines(whole),
  })
  return EXIT.ok
}

async function ownTeam(api: Awaited<ReturnType<typeof connect>>): Promise<string> {
  const { body } = await api.send({ method: 'GET', path: '/v1/whoami', offer: '`whoami`: say --team' })
  const { team } = body as { team?: unknown }
  if (typeof team !== 'string') throw new UsageError('the gateway does not say which team you are: give --team')
  return team
}

type Amounts = Readonly<Partial<Record<'jobs' | 'cores' | 'memoryMiB', number>>>

interface ClusterAnswer {
  readonly name: string
  readonly state: string
  readonly admits: boolean
  readonly why?: string
  readonly api: string
  readonly reachableAt?: string
  readonly lagMilliseconds?: number
  /** For admins. */
  readonly usage?: Amounts
  readonly limits?: Amounts
}

function clusterTable(clusters: readonly ClusterAnswer[], now: number): readonly string[] {
  const head = ['CLUSTER', 'STATE', 'ADMITS', 'API', 'SEEN', 'LAG', 'JOBS', 'CORES', 'WHY']
  const used = ({ usage, limits }: ClusterAnswer, of: keyof Amounts): string =>
    usage === undefined ? '' : `${usage[of] ?? 0}${limits?.[of] === undefined ? '' : `/${limits[of]}`}`
  const rows = clusters.map((cluster): readonly Cell[] => [
    cluster.name,
    cluster.state,
    cluster.admits ? { text: 'yes', colour: 'green' } : { text: 'no', colour: 'red' },
    cluster.api,
    agoText(cluster.reachableAt, now),
    cluster.lagMilliseconds === undefined ? '' : durationText(cluster.lagMilliseconds),
    used(cluster, 'jobs'),
    used(cluster, 'cores'),
    cluster.why ?? '',
  ])
  return renderTable(head, rows)
}

interface UsageAnswer {
  readonly team: string
  readonly usage: Amounts
  readonly limits: Amounts
  readonly left: Amounts
  readonly spending?: {
    readonly month: string
    readonly currency: string
    readonly spent: number
    readonly budget?: number
  }
  readonly paused?: { readonly reason?: string }
}

const DIMENSIONS = [
  ['jobs', 'jobs'],
  ['cores', 'cores'],
  ['memoryMiB', 'memory (MiB)'],
] as const

function usageLines({ team, usage, limits, left, spending, paused }: UsageAnswer): readonly string[] {
  const rows = DIMENSIONS.map(([field, title]) => [
    title,
    String(usage[field] ?? 0),
    limits[field] === undefined ? 'no limit' : String(limits[field]),
    left[field] === undefined ? '' : String(left[field]),
  ])
  const stopped = paused === undefined ? [] : [`Stopped: ${showText(paused.reason ?? '')}`]
  const money = spending === undefined ? [] : [spendingLine(spending)]
  return [`team ${showText(team)}`, ...stopped, ...renderTable(['', 'USED', 'LIMIT', 'LEFT'], rows), ...money]
}

function spendingLine({ month, currency, spent, budget }: NonNullable<UsageAnswer['spending']>): string {
  const said = `Spent in ${showText(month)}: ${spent.toFixed(2)}`
  if (budget === undefined) return `${said} ${showText(currency)}`
  const end = spent < budget ? '' : '; no new attempt begins before the next month'
  return `${said} of ${budget} ${showText(currency)} (${Math.floor((spent * 100) / Math.max(budget, 1e-6))} %)${end}`
}
