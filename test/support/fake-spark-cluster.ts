/**
 * SparkCluster in memory: objects, pods, a log of every effect, and outcomes that a test queues up (`answerNext`). Nothing
 * moves by itself; tests set states as the operator would.
 */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { ApplicationView, PodView } from '../../shared/domain/observed.ts'
import type { ClusterTrouble, CreateOutcome, SparkCluster } from '../../shared/operations/ports.ts'
import { applicationView } from '../../shared/adapters/kubernetes-views.ts'
import { gatewayLabels } from '../../shared/domain/job-spec/rendering/render-spark-application.ts'

type Method = 'create' | 'get' | 'listPods' | 'listExecutorFailures' | 'delete' | 'list' | 'watch'

export interface StoredApplication {
  object: JsonObject
  view: ApplicationView
}

export class FakeSparkCluster implements SparkCluster {
  readonly applications = new Map<string, StoredApplication>()
  readonly pods = new Map<string, PodView[]>()
  /** What the operator's events say of an application's executors, by `namespace/name`. */
  readonly executorFailures = new Map<string, string[]>()
  /** Every effect that reached the cluster, in order. */
  readonly log: { method: Method; name: string; outcome: string }[] = []
  private readonly next: { method: Method; answer: ClusterTrouble; happens: boolean }[] = []
  private version = 0
  private readonly changes: { version: number; view: ApplicationView }[] = []

  /** The next call of `method` is answered so; with `happens`, after it took effect (commit, then lose the answer). */
  answerNext(method: Method, answer: ClusterTrouble, happens = false): void {
    this.next.push({ method, answer, happens })
  }

  private takeAnswer(method: Method) {
    const index = this.next.findIndex(each => each.method === method)
    return index === -1 ? undefined : this.next.splice(index, 1)[0]
  }

  creates(name?: string): number {
    return this.log.filter(
      each => each.method === 'create' && each.outcome === 'created' && (name === undefined || each.name === name),
    ).length
  }

  async create(namespace: string, object: JsonObject): Promise<CreateOutcome> {
    const name = (object['metadata'] as { name: string }).name
    const planned = this.takeAnswer('create')
    if (planned !== undefined && !planned.happens) return planned.answer
    const key = `${namespace}/${name}`
    const exists = this.applications.has(key)
    this.log.push({ method: 'create', name, outcome: exists ? 'exists' : 'created' })
    if (!exists) {
      this.version++
      const uid = `uid-${this.version}`
      const view = applicationView({
        ...object,
        metadata: { ...(object['metadata'] as JsonObject), uid, resourceVersion: String(this.version) },
      })
      this.applications.set(key, { object, view })
    }
    if (planned !== undefined) return planned.answer
    return exists ? { outcome: 'exists' } : { outcome: 'created', uid: this.applications.get(key)?.view.uid ?? '' }
  }

  async get(namespace: string, name: string) {
    const planned = this.takeAnswer('get')
    if (planned !== undefined) return planned.answer
    const stored = this.applications.get(`${namespace}/${name}`)
    return stored === undefined
      ? { outcome: 'absent' as const }
      : { outcome: 'found' as const, application: stored.view }
  }

  async listPods(namespace: string, name: string) {
    const planned = this.takeAnswer('listPods')
    if (planned !== undefined) return planned.answer
    return { outcome: 'listed' as const, pods: this.pods.get(`${namespace}/${name}`) ?? [] }
  }

  async listExecutorFailures(namespace: string, name: string) {
    const planned = this.takeAnswer('listExecutorFailures')
    if (planned !== undefined) return planned.answer
    return { outcome: 'listed' as const, messages: this.executorFailures.get(`${namespace}/${name}`) ?? [] }
  }

  async delete(namespace: string, name: string, uid: string) {
    const planned = this.takeAnswer('delete')
    if (planned !== undefined && !planned.happens) return planned.answer
    const key = `${namespace}/${name}`
    const stored = this.applications.get(key)
    this.log.push({
      method: 'delete',
      name,
      outcome: stored === undefined ? 'absent' : stored.view.uid === uid ? 'deleted' : 'other-uid',
    })
    if (stored !== undefined && stored.view.uid !== uid) return { outcome: 'other-uid' as const }
    this.applications.delete(key)
    this.pods.delete(key)
    if (stored !== undefined) this.changed(stored)
    return planned?.answer ?? { outcome: 'deleted' as const }
  }

  async list(page: { readonly limit: number; readonly continueFrom?: string }) {
    const planned = this.takeAnswer('list')
    if (planned !== undefined) return planned.answer
    const all = [...this.applications.values()].filter(isManaged).map(each => each.view)
    const start = Number(page.continueFrom ?? 0)
    const end = start + page.limit
    return {
      outcome: 'listed' as const,
      applications: all.slice(start, end),
      resourceVersion: String(this.version),
      ...(end < all.length && { continueFrom: String(end) }),
    }
  }

  async watch(from: string, _seconds: number, onChange: (application: ApplicationView) => void) {
    const planned = this.takeAnswer('watch')
    if (planned !== undefined) return { ...planned.answer, resourceVersion: from }
    for (const change of this.changes) if (change.version > Number(from)) onChange(change.view)
    return { outcome: 'ended' as const, resourceVersion: String(this.version) }
  }

  /** What the operator would write. */
  setState(name: string, operatorState: string, more: Partial<ApplicationView> = {}, namespace = 'team-a'): void {
    const stored = this.applications.get(`${namespace}/${name}`)
    if (stored === undefined) throw new Error(`there is no ${name}`)
    this.version++
    stored.view = { ...stored.view, operatorState, resourceVersion: String(this.version), ...more }
    this.changed(stored)
  }

  setPods(name: string, pods: PodView[], namespace = 'team-a'): void {
    this.pods.set(`${namespace}/${name}`, pods)
  }

  /** Somebody else deletes it. */
  remove(name: string, namespace = 'team-a'): void {
    this.applications.delete(`${namespace}/${name}`)
  }

  private changed(stored: StoredApplication): void {
    if (isManaged(stored)) this.changes.push({ version: ++this.version, view: stored.view })
  }
}

const isManaged = ({ object }: StoredApplication): boolean =>
  ((object['metadata'] as JsonObject)['labels'] as JsonObject | undefined)?.[gatewayLabels.managed] === 'true'
