/**
 * Watches the gateway's SparkApplications and asks for a look at each job that changed. No state of its own and no memory
 * of what was missed: after a gap it goes on from now, and the poll of observe-cluster finds the rest.
 */
import type { JobRef } from '../../../shared/domain/job.ts'
import type { ReconcileQueue, SparkCluster } from '../../../shared/operations/ports.ts'

export interface ForwardDeps {
  readonly cluster: Pick<SparkCluster, 'list' | 'watch'>
  readonly queue: Pick<ReconcileQueue, 'send'>
  /** Length of one watch; the next begins where it ended. */
  readonly watchSeconds: number
  /** Waits, at most until the signal says stop. */
  wait(seconds: number): Promise<void>
  /** One line for people. */
  say(line: string): void
}

/** While the cluster gives no answer, or has just refused us. */
const TROUBLE_SECONDS = 5
const MAX_TROUBLE_SECONDS = 60

/** Runs until `signal` is aborted, and leaves a watch that is under way to itself. Rejects when the queue does not take a message: the pod is then started anew. */
export async function forwardChanges(deps: ForwardDeps, signal: AbortSignal): Promise<void> {
  const sender = new ChangeSender(deps.queue)
  const stopped = new Promise<'stopped'>(resolve => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
  let from: string | undefined
  // Ends with the pod: each turn is one watch of bounded length, or one bounded wait.
  while (!signal.aborted) {
    from ??= await whereToBegin(deps)
    if (from === undefined || signal.aborted) continue
    const watch = deps.cluster.watch(from, deps.watchSeconds, ({ team, jobId }) => {
      if (team !== undefined && jobId !== undefined) sender.add({ team, jobId })
    })
    // A request that is only being opened cannot be ended from outside: the signal does not wait for it.
    const watched = await Promise.race([watch, stopped])
    await sender.sent()
    if (watched === 'stopped') return
    switch (watched.outcome) {
      case 'ended':
        from = watched.resourceVersion
        break
      case 'expired':
        from = undefined
        break
      case 'denied':
      case 'unavailable':
        from = watched.resourceVersion
        await rest(deps, watched)
        break
    }
  }
}

/** The version of now: of a LIST only that is needed, so that it is one object long. */
async function whereToBegin(deps: ForwardDeps): Promise<string | undefined> {
  const listed = await deps.cluster.list({ limit: 1 })
  if (listed.outcome === 'listed') return listed.resourceVersion
  await rest(deps, listed.outcome === 'expired' ? { message: 'the list has expired' } : listed)
  return undefined
}

async function rest(deps: ForwardDeps, trouble: { message: string; retryAfterSeconds?: number }): Promise<void> {
  deps.say(trouble.message)
  await deps.wait(Math.min(MAX_TROUBLE_SECONDS, trouble.retryAfterSeconds ?? TROUBLE_SECONDS))
}

/** Sends at once when idle; what changes while a send is under way goes together, each job once. */
class ChangeSender {
  private readonly queue: ForwardDeps['queue']
  private waiting = new Map<string, JobRef>()
  private sending: Promise<void> | undefined
  private failure: unknown

  constructor(queue: ForwardDeps['queue']) {
    this.queue = queue
  }

  add(ref: JobRef): void {
    this.waiting.set(ref.jobId, ref)
    this.sending ??= this.drain()
  }

  /** Resolves when everything is sent; rejects with the first failure. */
  async sent(): Promise<void> {
    while (this.sending !== undefined) await this.sending
    if (this.failure !== undefined) throw this.failure
  }

  private async drain(): Promise<void> {
    try {
      while (this.waiting.size > 0) {
        const refs = [...this.waiting.values()]
        this.waiting = new Map()
        await this.queue.send(refs, 0)
      }
    } catch (error) {
      this.failure ??= error
    } finally {
      this.sending = undefined
    }
  }
}
