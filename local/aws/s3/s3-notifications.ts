/**
 * Event notifications: what S3 tells a queue or function about an object, delivered at least once.
 *
 * The event is stored by the transaction that stores the object and deleted when `notify` has resolved, so a crash in
 * between delivers it again after the restart. A rejected delivery is repeated with a growing delay while others go on.
 * Differences: events come in milliseconds, not seconds, and mostly in order; nobody may rely on either.
 */
import type { S3Database } from './s3-database.ts'
import type { ObjectVersion } from './s3-store.ts'

/** Fact: the S3 User Guide, "Event message structure", version 2.1. */
export interface S3Event {
  readonly Records: readonly [S3EventRecord]
}

export interface S3EventRecord {
  readonly eventVersion: string
  readonly eventSource: 'aws:s3'
  readonly awsRegion: string
  readonly eventTime: string
  /** Without the `s3:` of the configuration. */
  readonly eventName: S3EventName
  readonly userIdentity: { readonly principalId: string }
  readonly requestParameters: { readonly sourceIPAddress: string }
  readonly responseElements: Readonly<Record<'x-amz-request-id' | 'x-amz-id-2', string>>
  readonly s3: {
    readonly s3SchemaVersion: string
    readonly configurationId: string
    readonly bucket: {
      readonly name: string
      readonly ownerIdentity: { readonly principalId: string }
      readonly arn: string
    }
    readonly object: {
      /** URL-encoded, a space as `+`. */
      readonly key: string
      /** Bytes; missing when the object was removed. */
      readonly size?: number
      readonly eTag?: string
      readonly versionId: string
      /** Hexadecimal; rises with the writes of a key. */
      readonly sequencer: string
    }
  }
}

export type S3EventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete'
  | 'ObjectRemoved:DeleteMarkerCreated'

export interface S3Notifications {
  /** Stores the event, if anybody wants it. Call inside the transaction that makes it true, then `wake` after it. */
  record(eventName: S3EventName, version: ObjectVersion, requestId: string): void
  /** Starts delivering what is stored. */
  wake(): void
  /** Stops; deliveries under way may still finish, and are repeated after the next start if they do not. */
  close(): void
}

const MAX_DELIVERIES_AT_ONCE = 10
/** While so many wait for another attempt, no new one is taken up; they stay stored. */
const MAX_WAITING_FOR_RETRY = 1_000
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 10_000
/** About a quarter of an hour; then the event stays stored until the next start. */
const MAX_ATTEMPTS = 100

export interface NotificationOptions {
  readonly region: string
  readonly notify: ((event: S3Event) => Promise<void>) | undefined
  /** Which events are told, e.g. `ObjectCreated:`; an event is told if its name starts with one of them. */
  readonly eventPrefixes: readonly string[]
}

/** Delivers what an earlier process left as soon as it is woken. */
export function createS3Notifications(database: S3Database, options: NotificationOptions): S3Notifications {
  const { notify, eventPrefixes, region } = options
  const insert = database.sql.prepare('INSERT INTO notifications (event) VALUES (?)')
  const deliveries = notify === undefined ? undefined : createDeliveries(database, notify)
  return {
    record(eventName, version, requestId) {
      if (notify === undefined || !eventPrefixes.some(prefix => eventName.startsWith(prefix))) return
      const sequence = version.isLatest ? version.sequence : database.nextSequence()
      insert.run(JSON.stringify(renderEvent(eventName, version, { sequence, requestId, region })))
    },
    wake: () => deliveries?.wake(),
    close: () => deliveries?.close(),
  }
}

interface Delivery {
  readonly id: number
  readonly event: S3Event
  readonly attempt: number
}

function createDeliveries(
  database: S3Database,
  notify: (event: S3Event) => Promise<void>,
): { wake: () => void; close: () => void } {
  const remove = database.sql.prepare('DELETE FROM notifications WHERE id = ?')
  const list = database.sql.prepare('SELECT id, event FROM notifications WHERE id > ? ORDER BY id LIMIT ?')
  const timers = new Set<NodeJS.Timeout>()
  let lastTaken = 0
  let underWay = 0
  let isClosed = false

  function wake(): void {
    if (isClosed) return
    const room = Math.min(MAX_DELIVERIES_AT_ONCE - underWay, MAX_WAITING_FOR_RETRY - timers.size)
    if (room <= 0) return
    for (const row of list.all(lastTaken, room)) {
      lastTaken = Number(row['id'])
      void deliver({ id: lastTaken, event: JSON.parse(String(row['event'])) as S3Event, attempt: 1 })
    }
  }

  async function deliver(delivery: Delivery): Promise<void> {
    underWay += 1
    const outcome = await tryNotify(notify, delivery.event)
    underWay -= 1
    // The database is closed as well: what was taken just now is told again after the next start.
    if (isClosed) return
    if (outcome.isTaken) remove.run(delivery.id)
    else retryLater(delivery, outcome.failure)
    wake()
  }

  function retryLater({ id, event, attempt }: Delivery, failure: unknown): void {
    if (attempt >= MAX_ATTEMPTS) {
      console.error(`The embedded S3 gave up on notification ${id} after ${attempt} attempts:`, failure)
      return
    }
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS)
    const timer = setTimeout(() => {
      timers.delete(timer)
      void deliver({ id, event, attempt: attempt + 1 })
    }, delayMs)
    timers.add(timer)
  }

  function close(): void {
    isClosed = true
    for (const timer of timers) clearTimeout(timer)
  }

  return { wake, close }
}

async function tryNotify(
  notify: (event: S3Event) => Promise<void>,
  event: S3Event,
): Promise<{ isTaken: true } | { isTaken: false; failure: unknown }> {
  try {
    await notify(event)
    return { isTaken: true }
  } catch (failure) {
    return { isTaken: false, failure }
  }
}

function renderEvent(
  eventName: S3EventName,
  version: ObjectVersion,
  context: { sequence: number; requestId: string; region: string },
): S3Event {
  const owner = { principalId: 'AWS:SPARKGATELOCAL' }
  const isCreated = eventName.startsWith('ObjectCreated:')
  const object = {
    key: encodeEventKey(version.key),
    ...(isCreated ? { size: version.size, eTag: version.eTag } : {}),
    versionId: version.versionId,
    sequencer: context.sequence.toString(16).toUpperCase().padStart(18, '0'),
  }
  const record: S3EventRecord = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: context.region,
    eventTime: new Date(version.lastModifiedMs).toISOString(),
    eventName,
    userIdentity: owner,
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': context.requestId, 'x-amz-id-2': 'embedded' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'embedded',
      bucket: { name: version.bucket, ownerIdentity: owner, arn: `arn:aws:s3:::${version.bucket}` },
      object,
    },
  }
  return { Records: [record] }
}

/** As Java's URLEncoder does it, but for slashes: a space is `+`, and `*` stays. */
function encodeEventKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()~]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
}
