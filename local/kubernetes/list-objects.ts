/**
 * LIST: resourceVersion semantics, pages with continue tokens, selectors. Pages of one list show one moment: the rest
 * of a list is kept until it is asked for, for as long as a real server keeps it (about five minutes).
 */
import type { ObjectStore, StoredObject, StoredPlural } from './object-store.ts'
import { parseFieldSelector, parseLabelSelector } from './selectors.ts'
import { badRequest, expired, failure } from './status-answer.ts'

export interface ListRequest {
  readonly plural: StoredPlural
  readonly namespace?: string
  readonly query: URLSearchParams
}

export interface ListPage {
  readonly items: readonly StoredObject[]
  /** `resourceVersion`, `continue`, `remainingItemCount`. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Snapshots older than this are forgotten, as etcd compacts. */
const SNAPSHOT_SECONDS = 300
const MAX_SNAPSHOTS = 200
/** How long the server waits for a resourceVersion that it has not seen yet (recorded: 3 s). */
export const TOO_LARGE_WAIT_MS = 3000

const EXPIRED_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue ' +
  'parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token ' +
  'results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and ' +
  'now may show up in the list.'

interface ContinueToken {
  readonly v: string
  /** -1: whatever is there now. */
  readonly rv: number
  readonly start: string
}

/** Keeps the snapshots; one per server. */
export class Lister {
  readonly #store: ObjectStore
  readonly #snapshots = new Map<string, { readonly objects: readonly StoredObject[]; readonly atMs: number }>()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** Throws StatusError: 400 for bad parameters, 410 for old versions and tokens, 504 for versions from the future. */
  async list(request: ListRequest): Promise<ListPage> {
    const { query } = request
    const labels = parseLabelSelector(query.get('labelSelector'))
    const fields = parseFieldSelector(request.plural, query.get('fieldSelector'))
    const token = query.get('continue')
    const base = token ? this.#resume(request, parseContinue(token)) : await this.#start(request)
    const matching = base.objects.filter(object => labels(object) && fields(object))
    // A list from the cache (resourceVersion=0) ignores limit.
    const limit = query.get('resourceVersion') === '0' ? 0 : Number(query.get('limit') ?? 0)
    const items = limit > 0 ? matching.slice(0, limit) : matching
    const metadata: Record<string, unknown> = { resourceVersion: String(base.version) }
    const last = items.at(-1)
    if (items.length < matching.length && last !== undefined) {
      this.#remember(request, base.version, base.all)
      metadata.continue = encodeContinue(base.version, startAfter(last, request.namespace))
      const selecting = query.has('labelSelector') || query.has('fieldSelector')
      if (!selecting) metadata.remainingItemCount = matching.length - items.length
    }
    return { items, metadata }
  }

  /** Every continue token is expired from now on. */
  forgetSnapshots(): void {
    this.#snapshots.clear()
  }

  async #start(request: ListRequest): Promise<Base> {
    const wanted = request.query.get('resourceVersion') ?? ''
    if (wanted !== '' && !/^\d+$/.test(wanted)) throw invalidVersion(wanted)
    const version = Number(wanted)
    if (version > this.#store.version) await this.#waitFor(version)
    if (request.query.get('resourceVersionMatch') === 'Exact' && version !== this.#store.version) {
      throw expired('The resourceVersion for the provided list is too old.')
    }
    const objects = this.#store.list(request.plural, request.namespace)
    return { objects, all: objects, version: this.#store.version }
  }

  #resume(request: ListRequest, token: ContinueToken): Base {
    const snapshot = this.#snapshots.get(snapshotKey(request, token.rv))
    const fresh = snapshot !== undefined && Date.now() - snapshot.atMs < SNAPSHOT_SECONDS * 1000
    if (token.rv !== -1 && !fresh) {
      throw expired(EXPIRED_CONTINUE, { continue: encodeContinue(-1, token.start) })
    }
    const all = snapshot?.objects ?? this.#store.list(request.plural, request.namespace)
    const objects = all.filter(object => startAfter(object, request.namespace) > token.start)
    return { objects, all, version: token.rv === -1 ? this.#store.version : token.rv }
  }

  #remember(request: ListRequest, version: number, objects: readonly StoredObject[]): void {
    const key = snapshotKey(request, version)
    if (!this.#snapshots.has(key)) this.#snapshots.set(key, { objects, atMs: Date.now() })
    const [oldest] = this.#snapshots.keys()
    if (this.#snapshots.size > MAX_SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest)
  }

  async #waitFor(version: number): Promise<void> {
    const until = Date.now() + TOO_LARGE_WAIT_MS
    while (this.#store.version < version && Date.now() < until) {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    if (this.#store.version >= version) return
    const text = `Too large resource version: ${version}, current: ${this.#store.version}`
    const error = failure(504, 'Timeout', `Timeout: ${text}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    })
    Object.assign(error.headers, { 'Retry-After': '1' })
    throw error
  }
}

interface Base {
  /** What this page and the following ones are taken from. */
  readonly objects: readonly StoredObject[]
  /** The whole list at that moment. */
  readonly all: readonly StoredObject[]
  readonly version: number
}

function invalidVersion(text: string): Error {
  return failure(
    400,
    'BadRequest',
    `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  )
}

function snapshotKey(request: ListRequest, version: number): string {
  return `${request.plural} ${request.namespace ?? '*'} ${version}`
}

/** etcd key behind an object, relative to what is listed. */
function startAfter(object: StoredObject, namespace: string | undefined): string {
  return `/${namespace === undefined ? `${object.metadata.namespace}/` : ''}${object.metadata.name}\0`
}

function encodeContinue(rv: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url')
}

function parseContinue(token: string): ContinueToken {
  try {
    const parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Partial<ContinueToken>
    if (parsed.v === 'meta.k8s.io/v1' && typeof parsed.rv === 'number' && typeof parsed.start === 'string') {
      return { v: parsed.v, rv: parsed.rv, start: parsed.start.startsWith('/') ? parsed.start : `/${parsed.start}` }
    }
  } catch {
    // Falls through to the same answer as a token of another shape.
  }
  throw badRequest(
    'invalid continue token: continue key is not valid: invalid character looking for beginning of value',
  )
}
