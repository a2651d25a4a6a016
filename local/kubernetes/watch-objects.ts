/**
 * WATCH: a stream of JSON lines from a resourceVersion on, with bookmarks, until its time is over. A version that the
 * history has forgotten is HTTP 200 with one ERROR event (410 Expired), as recorded.
 */
import type { ServerResponse } from 'node:http'
import { renderObject } from './object-form.ts'
import type { ObjectForm } from './object-form.ts'
import type { ObjectStore, StoreChange, StoredObject, StoredPlural } from './object-store.ts'
import { parseFieldSelector, parseLabelSelector } from './selectors.ts'
import { expired, failure } from './status-answer.ts'

export interface WatchRequest {
  readonly plural: StoredPlural
  readonly namespace?: string
  readonly query: URLSearchParams
  readonly form: ObjectForm
}

/** Without timeoutSeconds a real server takes 30 to 60 minutes. */
const DEFAULT_TIMEOUT_SECONDS = 1800
const MAX_TIMEOUT_SECONDS = 86_400
/** A bookmark comes this often and once just before the end. */
const BOOKMARK_SECONDS = 10
const END_BOOKMARK_MS = 50
/** A client that reads nothing is cut off when this much is waiting for it. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024

/** What is wrong with the request before anything is streamed: a garbage version is HTTP 500 (recorded). */
export function checkWatch(request: WatchRequest): void {
  parseLabelSelector(request.query.get('labelSelector'))
  parseFieldSelector(request.plural, request.query.get('fieldSelector'))
  const version = request.query.get('resourceVersion') ?? ''
  if (version !== '' && !/^\d+$/.test(version)) {
    const text = `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`
    throw failure(500, undefined, text)
  }
}

/** Streams into `response` (headers are sent already) until its time is over or the client goes; ends the response. */
export function streamWatch(store: ObjectStore, request: WatchRequest, response: ServerResponse): void {
  const { query, plural } = request
  const matches = matcher(request)
  const send = (type: string, object: unknown): void => {
    // Between its end and its close a stream still hears of changes: they belong to the next watch.
    if (response.writableEnded) return
    response.write(`${JSON.stringify({ type, object })}\n`)
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy()
  }
  const sendChange = (change: StoreChange): void => {
    const type = visibleType(change, matches)
    if (type !== undefined) send(type, renderObject(plural, change.object, request.form, new Date()))
  }
  const bookmark = (annotations?: Record<string, string>): void => {
    if (query.get('allowWatchBookmarks') !== 'true' && query.get('allowWatchBookmarks') !== '1') return
    const metadata = { ...(annotations === undefined ? {} : { annotations }), resourceVersion: String(store.version) }
    send('BOOKMARK', { ...(plural === 'sparkapplications' ? APPLICATION : CORE[plural]), metadata })
  }
  const version = query.get('resourceVersion') ?? ''
  const initial = query.get('sendInitialEvents') === 'true' || version === '' || version === '0'
  if (initial) {
    for (const object of store.list(plural)) {
      if (matches(object)) send('ADDED', renderObject(plural, object, request.form, new Date()))
    }
    if (query.get('sendInitialEvents') === 'true') bookmark({ 'k8s.io/initial-events-end': 'true' })
  } else {
    const changes = store.changesSince(plural, Number(version))
    if ('expired' in changes) {
      send('ERROR', expired(`too old resource version: ${version} (${changes.expired})`).body)
      response.end()
      return
    }
    for (const change of changes) sendChange(change)
  }
  const unsubscribe = store.subscribe(plural, sendChange)
  endLater(response, timeoutSeconds(query), bookmark, unsubscribe)
}

const APPLICATION = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication' }
const CORE = { pods: { kind: 'Pod', apiVersion: 'v1' }, events: { kind: 'Event', apiVersion: 'v1' } }

function matcher(request: WatchRequest): (object: StoredObject) => boolean {
  const labels = parseLabelSelector(request.query.get('labelSelector'))
  const fields = parseFieldSelector(request.plural, request.query.get('fieldSelector'))
  return object =>
    (request.namespace === undefined || object.metadata.namespace === request.namespace) &&
    labels(object) &&
    fields(object)
}

/** An object that begins or ceases to match is ADDED or DELETED for this watch. */
function visibleType(change: StoreChange, matches: (object: StoredObject) => boolean): string | undefined {
  const now = matches(change.object)
  if (change.type !== 'MODIFIED' || change.previous === undefined) return now ? change.type : undefined
  const before = matches(change.previous)
  if (now) return before ? 'MODIFIED' : 'ADDED'
  return before ? 'DELETED' : undefined
}

function timeoutSeconds(query: URLSearchParams): number {
  const given = Number(query.get('timeoutSeconds') ?? '')
  return given > 0 ? Math.min(given, MAX_TIMEOUT_SECONDS) : DEFAULT_TIMEOUT_SECONDS
}

function endLater(response: ServerResponse, seconds: number, bookmark: () => void, unsubscribe: () => void): void {
  const beats = setInterval(bookmark, BOOKMARK_SECONDS * 1000)
  const lastBookmark = setTimeout(bookmark, Math.max(0, seconds * 1000 - END_BOOKMARK_MS))
  const end = setTimeout(() => response.end(), seconds * 1000)
  response.on('close', () => {
    clearInterval(beats)
    clearTimeout(lastBookmark)
    clearTimeout(end)
    unsubscribe()
  })
}
