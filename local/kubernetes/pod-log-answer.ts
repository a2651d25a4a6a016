/**
 * GET pods/log: what the API server and kubelet answer, including why there is no log yet.
 */
import type { ObjectStore } from './object-store.ts'
import type { LogQuery, PodLogs } from './pod-logs.ts'
import type { ResourceRoute } from './request-route.ts'
import { badRequest, notFound } from './status-answer.ts'

/** The kubelet's words for a container that waits for its image. */
const WAITING_TEXTS: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
}

/** Throws 404 and 400 as the real one does; a pod without a node has an empty log (204). */
export function answerPodLog(
  cluster: { readonly store: ObjectStore; readonly logs: PodLogs },
  route: ResourceRoute,
  query: URLSearchParams,
): { readonly code: number; readonly text: Buffer } {
  const { namespace = '', name = '' } = route
  const pod = cluster.store.get('pods', namespace, name)
  if (pod === undefined) throw notFound({ group: '', plural: 'pods', kind: 'Pod' }, name)
  const [container] = pod.spec.containers
  const wanted = query.get('container') ?? container.name
  if (wanted !== container.name) throw badRequest(`container ${wanted} is not valid for pod ${name}`)
  if (query.get('previous') === 'true') {
    throw badRequest(`previous terminated container "${container.name}" in pod "${name}" not found`)
  }
  if (pod.spec.nodeName === undefined) return { code: 204, text: Buffer.alloc(0) }
  const waiting = pod.status.containerStatuses?.[0].state.waiting
  if (waiting !== undefined || pod.status.containerStatuses === undefined) {
    const reason = waiting?.reason ?? 'ContainerCreating'
    throw badRequest(
      `container "${container.name}" in pod "${name}" is waiting to start: ${WAITING_TEXTS[reason] ?? reason}`,
    )
  }
  return { code: 200, text: cluster.logs.read(pod.metadata.uid, parseLogQuery(query)) }
}

function parseLogQuery(query: URLSearchParams): LogQuery {
  const sinceTime = query.get('sinceTime')
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime)))
    throw badRequest(`invalid sinceTime ${JSON.stringify(sinceTime)}`)
  return {
    ...count(query, 'tailLines'),
    ...count(query, 'limitBytes'),
    ...count(query, 'sinceSeconds'),
    ...(sinceTime === null ? {} : { sinceTime }),
    timestamps: query.get('timestamps') === 'true',
  }
}

function count(query: URLSearchParams, name: 'tailLines' | 'limitBytes' | 'sinceSeconds'): LogQuery {
  const text = query.get(name)
  if (text === null) return {}
  if (!/^\d+$/.test(text))
    throw badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be greater than or equal to 0`)
  return { [name]: Number(text) }
}
