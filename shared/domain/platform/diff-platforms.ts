/**
 * What a change of the platform file would do to teams: each difference with who is affected and how hard. For reviews and
 * for `sparkgate config diff`; pure, and complete: a difference that no row knows is told as it is.
 */
import { canonicalJson } from '../job-spec/canonical-json.ts'
import type { JsonObject, JsonValue } from '../job-spec/canonical-spec.ts'
import { policyNamed } from '../job-spec/policy/resolve-policy.ts'
import type { Platform } from './platform.ts'

/**
 * `breaks`: something that works now stops, or runs on unseen. `restricts`: less is allowed to new jobs. `allows`: more is.
 * `changes`: new jobs are otherwise.
 */
export type ChangeEffect = 'breaks' | 'restricts' | 'allows' | 'changes'

export interface PlatformChange {
  readonly effect: ChangeEffect
  /** Dotted: `teams.payments.limits.cores`. */
  readonly path: string
  /** Names of the teams that notice, in order; empty where none does yet. */
  readonly teams: readonly string[]
  /** One sentence. */
  readonly message: string
}

const EFFECTS: readonly ChangeEffect[] = ['breaks', 'restricts', 'allows', 'changes']

/** The worst first, then by path. Both files are checked (parsePlatform). */
export function diffPlatforms(before: Platform, after: Platform): readonly PlatformChange[] {
  const plain = (platform: Platform) => JSON.parse(canonicalJson(platform as unknown as JsonObject)) as JsonObject
  const changes = [
    ...differences(plain(before), plain(after), []).map(found => describe(found, before, after)),
    ...movedIdentities(before, after),
  ]
  return changes.toSorted(
    (a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect) || (a.path < b.path ? -1 : Number(a.path > b.path)),
  )
}

interface Difference {
  readonly path: readonly string[]
  readonly before: JsonValue | undefined
  readonly after: JsonValue | undefined
}

/** Entries of these are told as a whole when they come or go. */
const NAMED = new Set(['teams', 'clusters', 'policies', 'profiles', 'schedules'])
/** These are data of somebody else's form: what changed in them is told in one. */
const WHOLE = new Set(['defaults', 'spec', 'policies', 'profiles', 'nodes'])

/** Recursion ends with the depth of the schema. */
function differences(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: readonly string[],
): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const isWhole = path.some((name, index) => WHOLE.has(name) && (!NAMED.has(name) || path.length > index + 1))
  if (!isObject(before) || !isObject(after) || isWhole) return [{ path, before, after }]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap(name => differences(before[name], after[name], [...path, name]))
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a row says of a difference; `name` is the entry's. */
interface Told {
  readonly effect: ChangeEffect
  readonly message: string
}
type Row = (found: Difference, name: string) => Told

const said = (value: JsonValue | undefined): string => (value === undefined ? 'nothing' : JSON.stringify(value))
const fromTo = ({ before, after }: Difference): string => `${said(before)} → ${said(after)}`
const always =
  (effect: ChangeEffect, sentence: string): Row =>
  found => ({ effect, message: `${sentence}: ${fromTo(found)}.` })

/** Somebody who has an entry in a list of identities, names or buckets. */
const list =
  (what: string, lost: string): Row =>
  ({ before, after }) => {
    const [had, has] = [textsOf(before), textsOf(after)]
    const [gone, come] = [had.filter(each => !has.includes(each)), has.filter(each => !had.includes(each))]
    const parts = [
      ...(gone.length > 0 ? [`${gone.join(', ')} ${lost}`] : []),
      ...(come.length > 0 ? [`${come.join(', ')} is added`] : []),
    ]
    return {
      effect: gone.length > 0 ? 'breaks' : 'allows',
      message: `${what}: ${parts.join('; ') || 'another order'}.`,
    }
  }

const textsOf = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.map(each => (typeof each === 'string' ? each : canonicalJson(each as JsonValue))) : []

/** A number that bounds: absent is without bound. */
const bound =
  (what: string): Row =>
  found => {
    const [was, is] = [numberOr(found.before), numberOr(found.after)]
    const word = is < was ? 'is lowered' : 'is raised'
    return { effect: is < was ? 'restricts' : 'allows', message: `${what} ${word}: ${fromTo(found)}.` }
  }
const numberOr = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : Infinity)

const entry =
  (what: string, gone: string): Row =>
  ({ before, after }, name) => {
    if (after === undefined) return { effect: 'breaks', message: `${what} ${name} is removed: ${gone}` }
    if (before === undefined) return { effect: 'allows', message: `${what} ${name} is new.` }
    return { effect: 'changes', message: `${what} ${name} is changed.` }
  }

const CLUSTER_STATES = ['active', 'draining', 'off']
const clusterState: Row = (found, name) => {
  const [was, is] = [found.before, found.after].map(state => CLUSTER_STATES.findIndex(each => each === state))
  return { effect: (is ?? 0) > (was ?? 0) ? 'restricts' : 'allows', message: `Cluster ${name}: ${fromTo(found)}.` }
}

/** `*` is any name; the first row that fits tells it. */
const ROWS: readonly (readonly [string, Row])[] = [
  ['teams.*', entry('Team', 'nobody sees its jobs any more, and those that wait stay waiting.')],
  ['teams.*.clusters', list('Clusters of the team', 'is gone: what waits for it stays waiting')],
  [
    'teams.*.namespace',
    always('breaks', 'New attempts go to another namespace; its quotas, roles and secrets must be there'),
  ],
  ['teams.*.serviceAccount', always('changes', 'New attempts run as another service account')],
  ['teams.*.policy', always('changes', 'Specs are judged by another policy')],
  ['teams.*.limits.*', bound('A limit of the team')],
  ['teams.*.budgetPerMonth', bound('The budget of a month')],
  ['teams.*.requestsPerMinute', bound('The rate of requests')],
  ['teams.*.claims', list('Claims', 'loses all access')],
  ['teams.*.principals', list('Principals', 'loses all access')],
  ['teams.*.members', list('Members', 'loses this membership')],
  ['teams.*.inboxPrefixes', list('Inbox prefixes', 'is taken no more')],
  ['teams.*.notificationTargets', list('Notification targets', 'can be named no more')],
  ['teams.*.onClusterLost', always('changes', 'What becomes of jobs on a lost cluster')],
  ['clusters.*', entry('Cluster', 'attempts that run there are followed no more.')],
  ['clusters.*.eksName', always('breaks', 'This is another cluster: attempts that run on the old one are lost')],
  ['clusters.*.region', always('breaks', 'This is another cluster: attempts that run on the old one are lost')],
  ['clusters.*.assume.*', always('changes', 'How the gateway gets into the cluster; the roles there must let it')],
  ['clusters.*.assume', always('changes', 'How the gateway gets into the cluster; the roles there must let it')],
  ['clusters.*.endpoint.*', always('changes', 'Where the Kubernetes API is')],
  ['clusters.*.endpoint', always('changes', 'Where the Kubernetes API is')],
  ['clusters.*.state', clusterState],
  ['clusters.*.limits.*', bound('A limit of the cluster')],
  ['clusters.*.submitsPerSecond', bound('The rate of submissions')],
  ['clusters.*.sparkVersions', always('changes', 'Versions of Spark that may run there')],
  ['schedules.*', entry('Schedule', 'it fires no more.')],
  ['schedules.*.team', always('breaks', 'The schedule moves to another team, with new jobs')],
  ['profiles.*', entry('Profile', 'specs that name it are refused.')],
  ['policies.*', entry('Policy', 'teams that had it have another.')],
  ['jwt', always('breaks', 'Tokens are read otherwise')],
  ['jwt.teamClaim', always('breaks', 'Teams are read from another claim: every token must have it')],
  ['jwt.idTokens', always('changes', 'Whether ID tokens are let in')],
  ['admins', list('Admins', 'is no admin any more')],
  ['inboxBuckets', list('Inbox buckets', 'is taken no more')],
  ['retentionDays', bound('How long jobs and their keys are kept')],
  ['deadlines.*', bound('A deadline')],
  ['retry.*', bound('The policy of retries')],
  ['api.*', bound('The rate of requests')],
]

function describe(found: Difference, before: Platform, after: Platform): PlatformChange {
  const [kind = '', name = ''] = found.path
  const row = ROWS.find(([pattern]) => fits(pattern.split('.'), found.path))?.[1] ?? always('changes', 'Changed')
  return { path: found.path.join('.'), teams: teamsOf(kind, name, before, after), ...row(found, name) }
}

const fits = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length === path.length && pattern.every((part, index) => part === '*' || part === path[index])

/** The teams that notice a change of an entry. */
function teamsOf(kind: string, name: string, before: Platform, after: Platform): readonly string[] {
  const all = [...new Set([...Object.keys(before.teams), ...Object.keys(after.teams)])]
  const has = (test: (platform: Platform, team: string) => boolean): readonly string[] =>
    all.filter(team => [before, after].some(platform => Object.hasOwn(platform.teams, team) && test(platform, team)))
  const rules: Readonly<Record<string, () => readonly string[]>> = {
    teams: () => [name],
    clusters: () => has((platform, team) => platform.teams[team]?.clusters.includes(name) === true),
    schedules: () => has((platform, team) => platform.schedules[name]?.team === team),
    policies: () => all.filter(team => policyText(before, team) !== policyText(after, team)),
    admins: () => [],
  }
  return (Object.hasOwn(rules, kind) ? rules[kind]?.() : undefined) ?? all
}

/** The whole policy that a team has, with what it extends. */
function policyText(platform: Platform, team: string): string {
  const name = Object.hasOwn(platform.teams, team) ? platform.teams[team]?.policy : undefined
  return name === undefined ? '' : JSON.stringify(policyNamed(name, platform.policies))
}

/** An identity that means another team afterwards sees other jobs: worth a line of its own. */
function movedIdentities(before: Platform, after: Platform): readonly PlatformChange[] {
  const [had, has] = [ownersOf(before), ownersOf(after)]
  return [...had].flatMap(([identity, was]) => {
    const is = has.get(identity)
    if (is === undefined || is === was) return []
    const message = `${identity} moves from team ${was} to team ${is}, and sees its jobs.`
    return [{ effect: 'breaks' as const, path: `teams.${is}`, teams: [was, is], message }]
  })
}

function ownersOf({ teams }: Platform): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(teams).flatMap(([name, { claims, principals, members, inboxPrefixes }]) => [
      ...claims.map(each => [`Claim ${each}`, name] as const),
      ...principals.map(each => [`Principal ${each}`, name] as const),
      ...members.map(each => ['claim' in each ? `Claim ${each.claim}` : `Principal ${each.principal}`, name] as const),
      ...inboxPrefixes.map(each => [`Inbox prefix ${each}`, name] as const),
    ]),
  )
}
