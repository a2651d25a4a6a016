/** Queues, observer store, inbox and bus in memory; they record what reached them. */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { JobRef } from '../../shared/domain/job.ts'
import type {
  EventBus,
  InboxObject,
  JobEvent,
  ObserveQueue,
  ObserverState,
  ObserverStore,
  Orphan,
  ReconcileQueue,
  SpecInbox,
} from '../../shared/operations/ports.ts'

export class FakeReconcileQueue implements ReconcileQueue {
  readonly sent: { ref: JobRef; delaySeconds: number }[] = []
  failNext = 0
  async send(refs: readonly JobRef[], delaySeconds: number): Promise<void> {
    if (this.failNext > 0) {
      this.failNext--
      throw new Error('the queue did not take it')
    }
    for (const { team, jobId } of refs) this.sent.push({ ref: { team, jobId }, delaySeconds })
  }
  readonly removals: Orphan[] = []
  async askForRemoval(orphan: Orphan): Promise<void> {
    this.removals.push(orphan)
  }
  /** Delays of the passes that were asked for. */
  readonly passes: number[] = []
  async askForPass(delaySeconds: number): Promise<void> {
    this.passes.push(delaySeconds)
  }
}

export class FakeObserveQueue implements ObserveQueue {
  readonly sent: { cluster: string; sequence: number; delaySeconds: number }[] = []
  failNext = 0
  async send(tick: { readonly cluster: string; readonly sequence: number }, delaySeconds: number): Promise<void> {
    if (this.failNext > 0) {
      this.failNext--
      throw new Error('the queue did not take it')
    }
    this.sent.push({ ...tick, delaySeconds })
  }
}

export class FakeObserverStore implements ObserverStore {
  readonly states = new Map<string, ObserverState>()
  private readonly orphans = new Map<string, number>()
  async noteOrphan({ cluster, uid }: Orphan, now: number): Promise<number> {
    const first = this.orphans.get(`${cluster}/${uid}`) ?? now
    this.orphans.set(`${cluster}/${uid}`, first)
    return first
  }
  async get(cluster: string): Promise<ObserverState | undefined> {
    return this.states.get(cluster)
  }
  async advance(from: number, next: ObserverState): Promise<'saved' | 'conflict'> {
    if ((this.states.get(next.cluster)?.sequence ?? 0) !== from) return 'conflict'
    this.states.set(next.cluster, next)
    return 'saved'
  }
}

export class FakeInbox implements SpecInbox {
  readonly objects = new Map<string, InboxObject>()
  readonly reports = new Map<string, JsonObject>()
  async read(
    at: { readonly bucket: string; readonly key: string; readonly version: string },
    maxBytes: number,
  ): Promise<InboxObject> {
    const found = this.objects.get(`${at.bucket}/${at.key}@${at.version}`) ?? { outcome: 'missing' }
    if (found.outcome === 'read' && found.bytes.length > maxBytes)
      return { outcome: 'too-large', size: found.bytes.length }
    return found
  }
  async writeReport(at: { readonly bucket: string; readonly key: string }, report: JsonObject): Promise<void> {
    this.reports.set(`${at.bucket}/${at.key}`, report)
  }
}

export class FakeBus implements EventBus {
  readonly events: JobEvent[] = []
  async publish(events: readonly JobEvent[]): Promise<void> {
    const refused = events.filter(event => event.detailType === '')
    this.events.push(...events.filter(event => event.detailType !== ''))
    if (refused.length > 0) throw new Error(`${refused.length} of ${events.length} events were not taken`)
  }
}
