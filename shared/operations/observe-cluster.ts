/**
 * observeCluster: one turn of the status poll of one cluster. It watches all the gateway's SparkApplications in one
 * request (lists them only at the start and after the server forgot our place), and asks for a look at each job that
 * changed. One chain a cluster: the sequence number lets only one of two duplicates go on. An accelerator: correctness
 * never depends on it.
 */
import { smoothLag } from '../domain/admission/cluster-health.ts'
import type { JobRef } from '../domain/job.ts'
import type { ApplicationView } from '../domain/observed.ts'
import { lookForOrphans } from './look-for-orphans.ts'
import type { OrphanDeps } from './look-for-orphans.ts'
import type {
  ClusterTrouble,
  ObserveQueue,
  ObserverState,
  Random,
  ReconcileQueue,
  SparkCluster,
  SparkClusters,
} from './ports.ts'

export interface ObserveDeps extends OrphanDeps {
  readonly random: Random
  readonly clusters: SparkClusters
  readonly reconcileQueue: ReconcileQueue
  readonly observeQueue: ObserveQueue
  /** Length of one watch: shorter than the function's time limit and than the server's watch history (75 s). */
  readonly watchSeconds: number
}

/** A chain without a sign of life for this many watches is dead; anyone may start a new one. */
const DEAD_AFTER_WATCHES = 3
/** Pages of one LIST: 200 × 250 objects are more than one API server should hold. */
const MAX_PAGES = 200
const PAGE = 250
const TROUBLE_DELAY_SECONDS = 5
/**
 * All objects are listed this often although nothing changed: orphans (rule 10), and whatever a watch missed, be it a change or a
 * removal. So nobody has to look at a running job that is silent: requests do not grow with the number of jobs.
 */
const RELIST_SECONDS = 6 * 3_600
/** While a cluster cannot be watched, each of its active jobs is looked at this often: slower, and still honest. */
const POLL_SECONDS = 300
/** Three times that without any sign of success is more than the chain's own delays explain. */
const UNOBSERVED_SECONDS = 3 * POLL_SECONDS
/** Active jobs of one page, and pages of one poll: 100,000 jobs are more than one cluster runs. */
const POLL_PAGE = 500
const MAX_POLL_PAGES = 200

/** Starts the chain of a cluster unless one is alive. */
export async function ensureObserved(
  deps: Pick<ObserveDeps, 'observers' | 'observeQueue' | 'clock' | 'random' | 'watchSeconds'>,
  cluster: string,
): Promise<void> {
  const now = deps.clock.now()
  const state = await deps.observers.get(cluster)
  const deadAfter = deps.watchSeconds * DEAD_AFTER_WATCHES * 1000
  if (state?.active && now - state.tickedAt < deadAfter) return
  const from = state?.sequence ?? 0
  const next: ObserverState = {
    ...state,
    cluster,
    sequence: from + 1,
    active: true,
    tickedAt: now,
    // Before the chain began nothing was there to look at.
    ...(state?.active !== true && { polledAt: now }),
    writer: deps.random.next(),
  }
  if ((await deps.observers.advance(from, next)) === 'conflict') return
  await deps.observeQueue.send({ cluster, sequence: next.sequence }, 0)
}

/**
 * In place of an observer that gets nowhere (it does not run, or dies in each turn): asks for a look at every active job. The chain
 * itself polls while it runs and the cluster is silent.
 */
export async function pollUnobserved(
  deps: Pick<ObserveDeps, 'observers' | 'store' | 'reconcileQueue' | 'clock' | 'random'>,
  cluster: string,
): Promise<void> {
  const now = deps.clock.now()
  const state = await deps.observers.get(cluster)
  if (state?.active !== true) return
  const lastSeenAt = Math.max(state.reachableAt ?? 0, state.polledAt ?? 0)
  if (now - lastSeenAt < UNOBSERVED_SECONDS * 1000) return
  // A chain that has moved meanwhile is alive, and polls by itself.
  const polled = { ...state, polledAt: now, writer: deps.random.next() }
  if ((await deps.observers.advance(state.sequence, polled)) === 'conflict') return
  await forActive(deps, cluster, active => active)
}

export async function observeCluster(
  deps: ObserveDeps,
  tick: { cluster: string; sequence: number },
): Promise<'went-on' | 'stopped' | 'duplicate'> {
  const state = await deps.observers.get(tick.cluster)
  if (state === undefined || state.sequence !== tick.sequence || !state.active) return 'duplicate'
  // Claimed before the watch: a duplicate that arrives meanwhile finds another sequence.
  const claimed = { ...state, sequence: state.sequence + 1, tickedAt: deps.clock.now(), writer: deps.random.next() }
  if ((await deps.observers.advance(state.sequence, claimed)) === 'conflict') return 'duplicate'

  const listIsOld = deps.clock.now() - (state.listedAt ?? 0) > RELIST_SECONDS * 1000
  const seen = await watchOnce(deps, tick.cluster, listIsOld ? undefined : state.resourceVersion)
  const goesOn = seen.changes > 0 || (await deps.store.hasActiveJobs(tick.cluster))
  const { resourceVersion: _old, ...rest } = claimed
  const polledAt = seen.trouble ? await pollActive(deps, state) : undefined
  const next: ObserverState = {
    ...rest,
    ...(polledAt !== undefined && { polledAt }),
    sequence: claimed.sequence + 1,
    writer: deps.random.next(),
    active: goesOn,
    tickedAt: deps.clock.now(),
    ...(seen.listedAt !== undefined && { listedAt: seen.listedAt }),
    ...(!seen.trouble && { reachableAt: deps.clock.now() }),
    ...lagAfter(state, seen.lags),
    ...(goesOn && seen.resourceVersion !== undefined && { resourceVersion: seen.resourceVersion }),
  }
  if ((await deps.observers.advance(claimed.sequence, next)) === 'conflict') return 'duplicate'
  if (!goesOn) return 'stopped'
  await deps.observeQueue.send({ cluster: tick.cluster, sequence: next.sequence }, seen.delaySeconds)
  return 'went-on'
}

interface Seen {
  /** Where the next watch goes on; absent: list. */
  readonly resourceVersion?: string
  readonly changes: number
  readonly delaySeconds: number
  readonly listedAt?: number
  /** Milliseconds from create to submission of what was submitted meanwhile. */
  readonly lags?: readonly number[]
  /** The cluster could not be listed or watched. */
  readonly trouble?: true
}

/** Asks for a look at every active job, unless that was done a short while ago. Answers when it was done. */
async function pollActive(deps: ObserveDeps, state: ObserverState): Promise<number | undefined> {
  const now = deps.clock.now()
  if (now - (state.polledAt ?? state.tickedAt) < POLL_SECONDS * 1000) return state.polledAt ?? state.tickedAt
  await forActive(deps, state.cluster, active => active)
  return now
}

/** Asks for a look at those of a cluster's active jobs that `choose` leaves of each page. */
async function forActive(
  { store, reconcileQueue }: Pick<ObserveDeps, 'store' | 'reconcileQueue'>,
  cluster: string,
  choose: (refs: readonly JobRef[]) => readonly JobRef[],
): Promise<void> {
  let from: string | undefined
  for (let page = 0; page < MAX_POLL_PAGES; page++) {
    const { refs, next } = await store.listActive(cluster, POLL_PAGE, from)
    const chosen = choose(refs)
    if (chosen.length > 0) await reconcileQueue.send(chosen, 0)
    if (next === undefined) break
    from = next
  }
}

async function watchOnce(deps: ObserveDeps, name: string, from: string | undefined): Promise<Seen> {
  const cluster = deps.clusters.of(name)
  const startedAt = deps.clock.now()
  const listed: Seen =
    from === undefined ? await listAll(deps, cluster, name) : { resourceVersion: from, changes: 0, delaySeconds: 0 }
  if (listed.resourceVersion === undefined) return listed
  let { changes } = listed
  const sends = new Sender(deps.reconcileQueue)
  const lags: number[] = []
  // A list of ten thousand takes a while of the function's time.
  const left = Math.max(1, Math.floor(deps.watchSeconds - (deps.clock.now() - startedAt) / 1000))
  const watched = await cluster.watch(listed.resourceVersion, left, application => {
    changes++
    sends.add(application)
    const lag = lagOf(application)
    if (lag !== undefined && lags.length < MAX_LAGS) lags.push(lag)
  })
  await sends.finish()
  switch (watched.outcome) {
    case 'ended':
      return { ...listed, resourceVersion: watched.resourceVersion, changes, lags }
    case 'expired':
      return { changes, delaySeconds: 0, lags }
    case 'denied':
    case 'unavailable':
      return {
        ...listed,
        resourceVersion: watched.resourceVersion,
        changes,
        delaySeconds: delayAfter(watched),
        trouble: true,
      }
  }
}

/** Asks for a look at each job that a list has changed or that it does not show any more. */
async function listAll(deps: ObserveDeps, cluster: SparkCluster, name: string): Promise<Seen> {
  let continueFrom: string | undefined
  let changes = 0
  const there = new Set<string>()
  for (let page = 0; page < MAX_PAGES; page++) {
    const listed = await cluster.list({ limit: PAGE, ...(continueFrom !== undefined && { continueFrom }) })
    if (listed.outcome === 'expired') return { changes, delaySeconds: 1 }
    if (listed.outcome !== 'listed') return { changes, delaySeconds: delayAfter(listed), trouble: true }
    for (const { jobId } of listed.applications) if (jobId !== undefined) there.add(jobId)
    const refs = await lookForOrphans(deps, name, listed.applications)
    changes += refs.length
    if (refs.length > 0) await deps.reconcileQueue.send(refs, 0)
    if (listed.continueFrom === undefined) {
      await forActive(deps, name, active => active.filter(({ jobId }) => !there.has(jobId)))
      return { resourceVersion: listed.resourceVersion, changes, delaySeconds: 0, listedAt: deps.clock.now() }
    }
    continueFrom = listed.continueFrom
  }
  return { changes, delaySeconds: TROUBLE_DELAY_SECONDS }
}

/** Measured lags of one watch that count. */
const MAX_LAGS = 1_000

/** Only the first sighting as SUBMITTED: later states say the same again. */
function lagOf({ operatorState, createdAt, submittedAt }: ApplicationView): number | undefined {
  if (operatorState !== 'SUBMITTED' || createdAt === undefined || submittedAt === undefined) return undefined
  return Math.max(0, submittedAt - createdAt)
}

function lagAfter(state: ObserverState, lags: readonly number[] = []): { readonly lagMilliseconds?: number } {
  if (lags.length === 0) return {}
  return { lagMilliseconds: lags.reduce<number | undefined>(smoothLag, state.lagMilliseconds) ?? 0 }
}

const delayAfter = (trouble: ClusterTrouble): number =>
  Math.min(900, trouble.outcome === 'unavailable' ? (trouble.retryAfterSeconds ?? TROUBLE_DELAY_SECONDS) : 60)

function refOf(application: ApplicationView): JobRef[] {
  const { team, jobId } = application
  return team === undefined || jobId === undefined ? [] : [{ team, jobId }]
}

/** Sends changed ids while the watch goes on: at once when idle, together while a send is under way. */
class Sender {
  private readonly queue: ReconcileQueue
  private waiting = new Map<string, JobRef>()
  private sending: Promise<void> | undefined
  private failure: unknown

  constructor(queue: ReconcileQueue) {
    this.queue = queue
  }

  add(application: ApplicationView): void {
    for (const ref of refOf(application)) this.waiting.set(ref.jobId, ref)
    if (this.failure === undefined) this.sending ??= this.drain()
  }

  private async drain(): Promise<void> {
    try {
      while (this.waiting.size > 0 && this.failure === undefined) {
        const batch = [...this.waiting.values()]
        this.waiting = new Map()
        await this.queue.send(batch, 0)
      }
    } catch (error) {
      this.failure = error
    } finally {
      this.sending = undefined
    }
  }

  /**
   * All sent, or the error of the first send that failed. The chain then ends without moving its place forward; the sweep
   * starts it again from there.
   */
  async finish(): Promise<void> {
    while (this.sending !== undefined) await this.sending
    if (this.failure !== undefined) throw this.failure
  }
}
