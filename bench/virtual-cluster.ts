/**
 * A cluster and its operator in virtual time: objects take the course that ../shared/traces recorded of a job that succeeds
 * (success.jsonl: eight writes of the status, half of them about executors), each with its watch event. Requests are
 * counted by verb.
 */
import { applicationView } from '../shared/adapters/kubernetes-views.ts'
import type { JsonObject } from '../shared/domain/job-spec/canonical-spec.ts'
import type { ApplicationView, PodView } from '../shared/domain/observed.ts'
import type { CreateOutcome, SparkCluster } from '../shared/operations/ports.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface VirtualClusterOptions {
  readonly time: VirtualTime
  /** Waits for as long as a request takes. */
  readonly travel: () => Promise<void>
  /** From the driver's start to its end; Infinity: until `endDriver`. */
  readonly runSeconds: number
  /** Told of each status write that says another state than the one before. */
  readonly onState?: (name: string, state: string) => void
}

/** Seconds after the create, and what the status says then; as recorded, rounded. */
const START_COURSE = [
  { at: 7.1, state: 'SUBMITTED', executors: {} },
  { at: 7.15, state: 'SUBMITTED', executors: {} },
  { at: 8.2, state: 'RUNNING', executors: {} },
  { at: 20.4, state: 'RUNNING', executors: { PENDING: 1 } },
  { at: 21.2, state: 'RUNNING', executors: { RUNNING: 1 } },
] as const
const RUNNING_AT = 8.2
/** Of the operator's lag only this much is its work; the rest is spark-submit (../shared/traces). */
const SUBMISSION_BEGINS = 0.1
/** Counted from the driver's end. Ends within the start's course are put behind it. */
const END_COURSE = [
  { at: 0, state: 'RUNNING', executors: { COMPLETED: 1 } },
  { at: 3.1, state: 'SUCCEEDING', executors: { COMPLETED: 1 } },
  { at: 3.12, state: 'COMPLETED', executors: { COMPLETED: 1 } },
] as const
/** What an API server remembers for a watch that goes on (facts of the operator: 75 s and more). */
const HISTORY_MILLISECONDS = 120_000

interface Watcher {
  readonly onChange: (application: ApplicationView) => void
}

export class VirtualCluster implements SparkCluster {
  readonly requests = new Map<string, number>()
  private readonly views = new Map<string, ApplicationView>()
  private readonly history: { readonly version: number; readonly time: number; readonly view: ApplicationView }[] = []
  private readonly watchers = new Set<Watcher>()
  private version = 1
  private readonly options: VirtualClusterOptions

  constructor(options: VirtualClusterOptions) {
    this.options = options
  }

  async create(namespace: string, object: JsonObject): Promise<CreateOutcome> {
    await this.request('create')
    const metadata = object['metadata'] as JsonObject & { readonly name: string }
    if (this.views.has(metadata.name)) return { outcome: 'exists' }
    const uid = `uid-${this.version + 1}`
    const creationTimestamp = new Date(this.options.time.now()).toISOString()
    const view = applicationView({ ...object, metadata: { ...metadata, namespace, uid, creationTimestamp } })
    this.write(metadata.name, view)
    this.follow(metadata.name)
    return { outcome: 'created', uid }
  }

  async get(_namespace: string, name: string) {
    await this.request('get')
    const application = this.views.get(name)
    return application === undefined ? { outcome: 'absent' as const } : { outcome: 'found' as const, application }
  }

  async listPods(_namespace: string, name: string) {
    await this.request('list pods')
    const view = this.views.get(name)
    return { outcome: 'listed' as const, pods: view === undefined ? [] : driverOf(view) }
  }

  async listExecutorFailures() {
    await this.request('list events')
    return { outcome: 'listed' as const, messages: [] }
  }

  async delete(_namespace: string, name: string) {
    await this.request('delete')
    this.views.delete(name)
    return { outcome: 'deleted' as const }
  }

  async list({ limit, continueFrom = '0' }: { readonly limit: number; readonly continueFrom?: string }) {
    await this.request('list')
    const end = Number(continueFrom) + limit
    const applications = [...this.views.values()].slice(Number(continueFrom), end)
    const more = end < this.views.size && { continueFrom: String(end) }
    return { outcome: 'listed' as const, applications, resourceVersion: String(this.version), ...more }
  }

  async watch(from: string, seconds: number, onChange: Watcher['onChange']) {
    await this.request('watch')
    for (const { version, view } of this.history) if (version > Number(from)) onChange(view)
    const watcher = { onChange }
    this.watchers.add(watcher)
    await this.options.time.sleep(seconds * 1000)
    this.watchers.delete(watcher)
    return { outcome: 'ended' as const, resourceVersion: String(this.version) }
  }

  /** Forgets all objects. */
  clear(): void {
    this.views.clear()
    this.history.length = 0
  }

  endDriver(name: string): void {
    for (const { at, state, executors } of END_COURSE)
      this.options.time.after(at * 1000, () => this.change(name, state, executors))
  }

  private follow(name: string): void {
    const { time, runSeconds } = this.options
    for (const { at, state, executors } of START_COURSE)
      time.after(at * 1000, () => this.change(name, state, executors))
    const end = Math.max(RUNNING_AT + runSeconds, START_COURSE.at(-1)?.at ?? 0)
    if (Number.isFinite(end)) time.after(end * 1000, () => this.endDriver(name))
  }

  private change(name: string, operatorState: string, executors: Readonly<Record<string, number>>): void {
    const view = this.views.get(name)
    if (view === undefined) return
    const submittedAt = view.submittedAt ?? (view.createdAt ?? 0) + SUBMISSION_BEGINS * 1000
    this.write(name, { ...view, operatorState, executors, submittedAt })
    if (view.operatorState !== operatorState) this.options.onState?.(name, operatorState)
  }

  private write(name: string, view: ApplicationView): void {
    const version = ++this.version
    const now = this.options.time.now()
    const stored = { ...view, resourceVersion: String(version) }
    this.views.set(name, stored)
    this.history.push({ version, time: now, view: stored })
    while ((this.history[0]?.time ?? now) < now - HISTORY_MILLISECONDS) this.history.shift()
    for (const { onChange } of this.watchers) onChange(stored)
  }

  private async request(verb: string): Promise<void> {
    this.requests.set(verb, (this.requests.get(verb) ?? 0) + 1)
    await this.options.travel()
  }
}

function driverOf({ name, uid, operatorState }: ApplicationView): readonly PodView[] {
  const phase = { '': undefined, SUBMITTED: 'Pending', RUNNING: 'Running' }[operatorState] ?? 'Succeeded'
  if (operatorState === '') return []
  const ended = phase === 'Succeeded' && { exitCode: 0, terminatedReason: 'Completed' }
  const container = { name: 'spark-kubernetes-driver', ...ended }
  const pod = { name: `${name}-driver`, role: 'driver' as const, phase, ownerUid: uid, deleting: false }
  return [{ ...pod, conditions: [], containers: [container] }]
}
