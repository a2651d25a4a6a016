/**
 * SparkCluster over the Kubernetes API: each answer is translated once, here. POST with strict field validation, DELETE
 * with a uid precondition in the body, paged LIST and WATCH of whole objects: their state decides whether a job is worth a
 * look. Metadata alone would save 1 of 2.5 kB an object once in six hours, and cost a look at each (../shared/traces).
 */
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import { gatewayLabels } from '../domain/job-spec/rendering/render-spark-application.ts'
import type { ApplicationView } from '../domain/observed.ts'
import type { ClusterTrouble, CreateOutcome, SparkCluster } from '../operations/ports.ts'
import type { ClusterWindow, LogAnswer, LogPlace, LogQuery } from '../operations/api-ports.ts'
import { NoAnswerError, parseJson } from './kubernetes-http.ts'
import type { KubernetesAnswer, KubernetesCall, KubernetesHttp, KubernetesText } from './kubernetes-http.ts'
import { applicationView, at, list, podView, statusMessage, text } from './kubernetes-views.ts'

const GROUP = '/apis/sparkoperator.k8s.io/v1beta2'
/** A job's pods: a driver and at most some thousand executors; a proof of absence needs only to see one. */
const POD_LIMIT = 500
const EVENT_LIMIT = 500

export class KubernetesSparkCluster implements SparkCluster, ClusterWindow {
  private readonly http: KubernetesHttp

  constructor(http: KubernetesHttp) {
    this.http = http
  }

  create(namespace: string, object: JsonObject): Promise<CreateOutcome> {
    return this.post(`${applications(namespace)}?fieldValidation=Strict`, object)
  }

  tryCreate(namespace: string, object: JsonObject): Promise<CreateOutcome> {
    return this.post(`${applications(namespace)}?fieldValidation=Strict&dryRun=All`, object)
  }

  private async post(path: string, object: JsonObject): Promise<CreateOutcome> {
    const answer = await this.call({ method: 'POST', path, body: object })
    if (isTrouble(answer)) return answer
    const { status, body } = answer
    if (status === 201) return { outcome: 'created', uid: text(at(body, 'metadata')['uid']) ?? '' }
    if (status === 409) return { outcome: 'exists' }
    const message = statusMessage(body, status)
    if (status === 403 && message.includes('exceeded quota'))
      return { outcome: 'unavailable', message, retryAfterSeconds: 60 }
    const byWebhook = message.includes('denied the request')
    if (status === 400 || status === 413 || status === 422 || (status === 403 && byWebhook))
      return { outcome: 'refused', message }
    return trouble(answer)
  }

  async get(namespace: string, name: string) {
    const answer = await this.call({ method: 'GET', path: `${applications(namespace)}/${name}` })
    if (isTrouble(answer)) return answer
    if (answer.status === 200) return { outcome: 'found' as const, application: applicationView(answer.body) }
    // Our names are ours alone, so that 404 can only mean this object; the API group's own absence has no `details.name`.
    if (answer.status === 404 && at(answer.body, 'details')['name'] === name) return { outcome: 'absent' as const }
    return trouble(answer)
  }

  async listPods(namespace: string, name: string) {
    const selector = encodeURIComponent(`sparkoperator.k8s.io/app-name=${name}`)
    const answer = await this.call({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}&limit=${POD_LIMIT}`,
    })
    if (isTrouble(answer)) return answer
    if (answer.status !== 200) return trouble(answer)
    return { outcome: 'listed' as const, pods: list((answer.body as { items?: unknown }).items).map(podView) }
  }

  async listExecutorFailures(namespace: string, name: string) {
    const selector = encodeURIComponent(`involvedObject.name=${name},reason=SparkExecutorFailed`)
    const answer = await this.call({
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/events?fieldSelector=${selector}&limit=${EVENT_LIMIT}`,
    })
    if (isTrouble(answer)) return answer
    if (answer.status !== 200) return trouble(answer)
    const messages = list((answer.body as { items?: unknown }).items).map(event => text(event['message']) ?? '')
    return { outcome: 'listed' as const, messages }
  }

  async readLog({ namespace, pod, container }: LogPlace, query: LogQuery): Promise<LogAnswer> {
    const { tailLines, sinceTime, limitBytes } = query
    const parameters = new URLSearchParams({ timestamps: 'true', limitBytes: String(limitBytes) })
    if (tailLines !== undefined) parameters.set('tailLines', String(tailLines))
    if (sinceTime !== undefined) parameters.set('sinceTime', sinceTime)
    if (container !== undefined) parameters.set('container', container)
    const path = `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}/log?${parameters.toString()}`
    const answer = await this.read(path)
    if ('outcome' in answer) return answer
    const { text: body, ...rest } = answer
    const { status } = rest
    if (status === 200) return { outcome: 'read', text: body }
    // A pod without a node has an empty log.
    if (status === 204) return { outcome: 'waiting', message: 'The pod has no node yet.' }
    const parsed = parseJson(body)
    if (status === 404) return { outcome: 'absent' }
    if (status === 400) return { outcome: 'waiting', message: statusMessage(parsed, status) }
    return trouble({ ...rest, body: parsed })
  }

  async delete(namespace: string, name: string, uid: string) {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid }, propagationPolicy: 'Background' }
    const answer = await this.call({ method: 'DELETE', path: `${applications(namespace)}/${name}`, body })
    if (isTrouble(answer)) return answer
    if (answer.status === 200 || answer.status === 202 || answer.status === 404) return { outcome: 'deleted' as const }
    if (answer.status === 409) return { outcome: 'other-uid' as const }
    return trouble(answer)
  }

  async list(page: { readonly limit: number; readonly continueFrom?: string }) {
    const query = new URLSearchParams({ labelSelector: `${gatewayLabels.managed}=true`, limit: String(page.limit) })
    if (page.continueFrom !== undefined) query.set('continue', page.continueFrom)
    const answer = await this.call({
      method: 'GET',
      path: `${GROUP}/sparkapplications?${query.toString()}`,
    })
    if (isTrouble(answer)) return answer
    if (answer.status === 410) return { outcome: 'expired' as const }
    if (answer.status !== 200) return trouble(answer)
    const metadata = at(answer.body, 'metadata')
    const continueFrom = text(metadata['continue'])
    return {
      outcome: 'listed' as const,
      applications: list((answer.body as { items?: unknown }).items).map(applicationView),
      resourceVersion: text(metadata['resourceVersion']) ?? '',
      ...(continueFrom !== undefined && continueFrom !== '' && { continueFrom }),
    }
  }

  async watch(from: string, seconds: number, onChange: (application: ApplicationView) => void) {
    let resourceVersion = from
    let expired = false
    const query = new URLSearchParams({
      watch: '1',
      labelSelector: `${gatewayLabels.managed}=true`,
      resourceVersion: from,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
    })
    const changes = new ChangeFilter(onChange)
    const onLine = (line: unknown): 'go-on' | 'stop' => {
      const { type, object } = line as { type?: string; object?: unknown }
      if (type === 'ERROR') {
        expired = at(line, 'object')['code'] === 410
        return 'stop'
      }
      resourceVersion = text(at(object, 'metadata')['resourceVersion']) ?? resourceVersion
      if (type !== 'BOOKMARK') changes.see(applicationView(object), type === 'DELETED')
      return 'go-on'
    }
    try {
      const answer = await this.http.stream(`${GROUP}/sparkapplications?${query.toString()}`, seconds, onLine)
      if (expired || answer.status === 410) return { outcome: 'expired' as const }
      if (answer.status !== 200) return { ...trouble(answer), resourceVersion }
      return { outcome: 'ended' as const, resourceVersion }
    } catch (error) {
      if (error instanceof NoAnswerError)
        return { outcome: 'unavailable' as const, message: error.message, resourceVersion }
      throw error
    }
  }

  private async read(path: string): Promise<KubernetesText | ClusterTrouble> {
    try {
      return await this.http.readText(path)
    } catch (error) {
      if (error instanceof NoAnswerError) return { outcome: 'unavailable', message: error.message }
      throw error
    }
  }

  private async call(call: KubernetesCall): Promise<KubernetesAnswer | ClusterTrouble> {
    try {
      return await this.http.call(call)
    } catch (error) {
      if (error instanceof NoAnswerError) return { outcome: 'unavailable', message: error.message }
      throw error
    }
  }
}

/** Executors come and go many times a minute; a job has to be looked at only when its own state or id changed. */
class ChangeFilter {
  private readonly seen = new Map<string, string>()
  private readonly onChange: (application: ApplicationView) => void

  constructor(onChange: (application: ApplicationView) => void) {
    this.onChange = onChange
  }

  see(application: ApplicationView, deleted: boolean): void {
    const state = deleted ? 'deleted' : application.operatorState
    // A new object in the state '' is our own create: nothing to look at yet.
    if (this.seen.get(application.uid) === state || (state === '' && !this.seen.has(application.uid))) return
    this.seen.set(application.uid, state)
    this.onChange(application)
  }
}

const applications = (namespace: string): string => `${GROUP}/namespaces/${namespace}/sparkapplications`

const isTrouble = (answer: KubernetesAnswer | ClusterTrouble): answer is ClusterTrouble => 'outcome' in answer

/** 401 and 403: access, for a person. 404 of something that must exist: set-up, for a person. The rest may pass. */
function trouble(answer: KubernetesAnswer): ClusterTrouble {
  const message = statusMessage(answer.body, answer.status)
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    return { outcome: 'denied', message: `The cluster refuses the gateway (HTTP ${answer.status}): ${message}` }
  }
  return {
    outcome: 'unavailable',
    message: `The cluster answered HTTP ${answer.status}: ${message}`,
    ...(answer.retryAfterSeconds !== undefined && { retryAfterSeconds: answer.retryAfterSeconds }),
  }
}
