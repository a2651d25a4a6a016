/**
 * One recording: everything that the watches of a cluster say about applications whose name begins like the scenario's, about
 * their pods and in events about both, and what was done to them. Watches outlast a restart of the API server.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { kubeconfigAccess } from '../../../local/kubeconfig-clusters.ts'
import { KubernetesHttp, NoAnswerError } from '../../../shared/adapters/kubernetes-http.ts'
import type { KubernetesAnswer } from '../../../shared/adapters/kubernetes-http.ts'
import { trimObject } from './trim-objects.ts'
import type { TraceSource } from './trim-objects.ts'

export interface Recording {
  readonly name: string
  readonly namespace: string
  /** Creates the application (named like the scenario) with this spec; answers the HTTP status. */
  create(spec: object): Promise<number>
  remove(): Promise<void>
  removePod(name: string): Promise<void>
  /** Any other change, as an action of the given type. */
  act(type: string, method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<KubernetesAnswer>
  note(type: string): void
  /** Waits until this is true of what was seen; throws after so many seconds. */
  until(what: string, isTrue: (seen: Seen) => boolean, seconds: number): Promise<void>
  /** Removes the application, waits until everything of it is gone, and answers the trace, one JSON object a line. */
  finish(): Promise<string>
}

export interface Seen {
  readonly state: string | undefined
  /** Names of pods that are there, and their phases. */
  readonly pods: ReadonlyMap<string, string>
  readonly executors: Readonly<Record<string, string>>
  /** All that was seen, as text. */
  readonly text: string
}

type Json = Readonly<Record<string, unknown>>
interface Line {
  readonly t: number
  readonly source: TraceSource | 'action'
  readonly type: string
  readonly object: Json
}

const TIMEOUT_SECONDS = 20
const WATCH_SECONDS = 900
const POLL_MILLISECONDS = 20
const RETRY_MILLISECONDS = 100
/** A restarted API server answers after some seconds. */
const MAX_RETRIES = 600
const GONE_SECONDS = 90
/** What comes after the last pod is gone: late events. */
const AFTERMATH_MILLISECONDS = 1_500
/** Not about services and their endpoints. */
const EVENTS_ABOUT = new Set(['SparkApplication', 'Pod'])
const APPS = '/apis/sparkoperator.k8s.io/v1beta2/namespaces'

/** Begins to watch; `kubeconfig` is an administrator's. */
export async function startRecording(kubeconfig: string, name: string, namespace: string): Promise<Recording> {
  const http = new KubernetesHttp(kubeconfigAccess(kubeconfig), { timeoutSeconds: TIMEOUT_SECONDS })
  const trace = new Trace(name)
  const apps = `${APPS}/${namespace}/sparkapplications`
  const core = `/api/v1/namespaces/${namespace}`
  const sources = [
    ['sparkapplication', apps],
    ['pod', `${core}/pods`],
    ['event', `${core}/events`],
  ] as const
  const watches = await Promise.all(sources.map(([source, path]) => startWatch(kubeconfig, source, path, trace)))
  const act: Recording['act'] = async (type, method, path, body) => {
    const sentAt = trace.begin()
    const answer = await http.call({ method, path, ...(body !== undefined && { body }) })
    trace.add('action', type, { path, status: answer.status }, sentAt)
    return answer
  }
  const remove = async (): Promise<void> => {
    if (trace.applicationIsGone) return
    await act('DELETE', 'DELETE', `${apps}/${name}`)
  }
  const until: Recording['until'] = async (what, isTrue, seconds) => {
    for (let look = 0; look < (seconds * 1000) / POLL_MILLISECONDS; look++) {
      if (isTrue(trace.seen())) return
      await pause(POLL_MILLISECONDS)
    }
    throw new Error(`${name}: waited ${seconds} s for ${what}; state ${trace.seen().state}`)
  }
  return {
    name,
    namespace,
    async create(spec) {
      const metadata = { name, namespace, labels: { 'example.org/job': 'j1' } }
      const body = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', metadata, spec }
      return (await act('CREATE', 'POST', `${apps}?fieldValidation=Strict`, body)).status
    },
    remove,
    removePod: async pod => void (await act('DELETE-POD', 'DELETE', `${core}/pods/${pod}`)),
    act,
    note: type => trace.add('action', type, {}),
    until,
    async finish() {
      await remove()
      await until('everything to be gone', seen => seen.pods.size === 0 && trace.applicationIsGone, GONE_SECONDS)
      await pause(AFTERMATH_MILLISECONDS)
      for (const watch of watches) watch.close()
      http.close()
      return trace.text()
    },
  }
}

/** Lines in the order of arrival, and what they amount to. */
class Trace {
  applicationIsGone = false
  private readonly name: string
  private readonly lines: Line[] = []
  private readonly versions = new Map<string, string>()
  private readonly pods = new Map<string, string>()
  private began: number | undefined
  private status: Json = {}

  constructor(name: string) {
    this.name = name
  }

  /** Time runs from the first action on; answers the time now. */
  begin(): number {
    this.began ??= performance.now()
    return this.now()
  }

  now(): number {
    const now = performance.now()
    return Math.round(now - (this.began ?? now)) / 1000
  }

  add(source: Line['source'], type: string, object: Json, t = this.now()): void {
    this.lines.push({ t, source, type, object })
  }

  /** Once for each version of an object: a watch that began anew may say it again. */
  take(source: TraceSource, type: string, object: Json): void {
    const metadata = object['metadata'] as { name: string; uid: string; resourceVersion: string; labels?: Json }
    const about = source === 'event' ? (object['involvedObject'] as { name: string }).name : metadata.name
    const appName = metadata.labels?.['sparkoperator.k8s.io/app-name']
    if (appName !== this.name && !about.startsWith(this.name)) return
    if (source === 'event' && !EVENTS_ABOUT.has((object['involvedObject'] as { kind: string }).kind)) return
    if (type !== 'DELETED' && this.versions.get(metadata.uid) === metadata.resourceVersion) return
    const seenAs = type === 'ADDED' && this.versions.has(metadata.uid) ? 'MODIFIED' : type
    this.versions.set(metadata.uid, metadata.resourceVersion)
    if (source === 'pod') {
      if (type === 'DELETED') this.pods.delete(metadata.name)
      else this.pods.set(metadata.name, String((object['status'] as Json)['phase']))
    }
    if (source === 'sparkapplication') {
      this.applicationIsGone = type === 'DELETED'
      this.status = (object['status'] ?? {}) as Json
    }
    this.add(source, seenAs, trimObject(source, seenAs, object))
  }

  seen(): Seen {
    const { applicationState, executorState } = this.status as {
      applicationState?: { state: string }
      executorState?: Record<string, string>
    }
    return {
      state: applicationState?.state,
      pods: this.pods,
      executors: executorState ?? {},
      text: JSON.stringify(this.lines),
    }
  }

  text(): string {
    const inOrder = this.lines.toSorted((a, b) => a.t - b.t)
    return inOrder.map(line => `${JSON.stringify(line)}\n`).join('')
  }
}

async function startWatch(kubeconfig: string, source: TraceSource, path: string, trace: Trace) {
  const http = new KubernetesHttp(kubeconfigAccess(kubeconfig), { timeoutSeconds: TIMEOUT_SECONDS })
  let version = await listVersion(http, path)
  const closing = new AbortController()
  const onLine = (line: unknown): 'go-on' | 'stop' => {
    const { type, object } = line as { type: string; object: Json }
    if (type === 'ERROR') {
      version = ''
      return 'stop'
    }
    version = (object['metadata'] as { resourceVersion: string }).resourceVersion
    trace.take(source, type, object)
    return 'go-on'
  }
  const follow = async (): Promise<void> => {
    for (let retries = 0; !closing.signal.aborted && retries < MAX_RETRIES; retries++) {
      try {
        // Too old after a restart of the API server: without a version it says first what there is.
        const from = version === '' ? '' : `&resourceVersion=${version}`
        await http.stream(`${path}?watch=1&timeoutSeconds=${WATCH_SECONDS}${from}`, WATCH_SECONDS, onLine)
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error
      }
      await pause(RETRY_MILLISECONDS)
    }
  }
  void follow()
  return {
    close() {
      closing.abort()
      http.close()
    },
  }
}

async function listVersion(http: KubernetesHttp, path: string): Promise<string> {
  const { status, body } = await http.call({ method: 'GET', path: `${path}?limit=1` })
  if (status !== 200) throw new Error(`LIST ${path}: HTTP ${status}`)
  return (body as { metadata: { resourceVersion: string } }).metadata.resourceVersion
}
