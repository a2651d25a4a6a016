/**
 * The boundary to fauxqs 2.4.1, whose own `startFauxqs` we cannot use: it listens on every interface of the machine and
 * serves an S3 that stores tags over objects. Its parts are wired here instead: its SQS store, its SQLite persistence and
 * its HTTP application, the last with a guard that lets SQS through and nothing else.
 *
 * The parts are reached by file, as the package exports only `startFauxqs` and `buildApp`. A new version that moves them
 * fails at the first start, in the test beside every use.
 */
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildApp } from 'fauxqs'

type App = ReturnType<typeof buildApp>
type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>
type SqsStore = Stores['sqsStore']
type SqsQueue = NonNullable<ReturnType<SqsStore['getQueueByName']>>

interface Persistence {
  readonly db: DatabaseSync
  updateMessageReady(messageId: string): void
  loadSqsAndSns(sqsStore: SqsStore, snsStore: Stores['snsStore']): void
  close(): void
}

export interface FauxqsEngine {
  readonly port: number
  /** Makes a queue, or gives an existing one these attributes. */
  putQueue(name: string, attributes: Readonly<Record<string, string>>): SqsQueue
  findQueue(name: string): SqsQueue | undefined
  close(): Promise<void>
}

const ACCOUNT_ID = '000000000000'

/** Listens on 127.0.0.1. Queues and messages of `dataDir` are there before the first request is. */
export async function openFauxqsEngine(options: {
  port: number
  region: string
  dataDir: string | undefined
}): Promise<FauxqsEngine> {
  const { stores, Persistence } = await loadParts()
  const { sqsStore } = stores
  sqsStore.region = options.region
  // Without a host, queue URLs have the host and port of the request that made them.
  sqsStore.host = ''
  const persistence = options.dataDir === undefined ? undefined : new Persistence(options.dataDir)
  if (persistence !== undefined) attachPersistence(persistence, stores)

  const app = buildApp({ logger: false, defaultRegion: options.region, stores })
  refuseOtherServices(app)
  const address = await app.listen({ port: options.port, host: '127.0.0.1' })
  const url = new URL(address)
  correctQueueUrls(sqsStore, url.host)
  return {
    port: Number(url.port),
    findQueue: name => sqsStore.getQueueByName(name),
    putQueue(name, attributes) {
      const existing = sqsStore.getQueueByName(name)
      if (existing !== undefined) {
        existing.setAttributes({ ...attributes })
        return existing
      }
      const arn = `arn:aws:sqs:${options.region}:${ACCOUNT_ID}:${name}`
      return sqsStore.createQueue(name, toQueueUrl(url.host, name), arn, { ...attributes }, {})
    },
    async close() {
      await app.close()
      persistence?.close()
    },
  }
}

async function loadParts(): Promise<{ stores: Stores; Persistence: new (dataDir: string) => Persistence }> {
  const folder = dirname(fileURLToPath(import.meta.resolve('fauxqs')))
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href)
  const sqs = (await load('sqs/sqsStore.js')) as { SqsStore: new () => SqsStore }
  const sns = (await load('sns/snsStore.js')) as { SnsStore: new () => Stores['snsStore'] }
  const s3 = (await load('s3/s3Store.js')) as { S3Store: new () => Stores['s3Store'] }
  const persistence = (await load('persistence.js')) as { PersistenceManager: new (dataDir: string) => Persistence }
  return {
    stores: { sqsStore: new sqs.SqsStore(), snsStore: new sns.SnsStore(), s3Store: new s3.S3Store() },
    Persistence: persistence.PersistenceManager,
  }
}

/** Loads first and attaches then, as fauxqs does: attached, loading would write everything again. */
function attachPersistence(persistence: Persistence, stores: Stores): void {
  // Survives kill -9; waiting for the disk at each message would only guard against a power cut.
  persistence.db.exec('PRAGMA synchronous = NORMAL')
  // fauxqs 2.4.1 writes NULL into a NOT NULL column here: with persistence, making a message visible at once
  // (ChangeMessageVisibility 0) answered 500 and hid the message until the next start.
  const makeReady = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  )
  persistence.updateMessageReady = messageId => void makeReady.run(messageId)
  persistence.loadSqsAndSns(stores.sqsStore, stores.snsStore)
  const attached = persistence as unknown as NonNullable<SqsStore['persistence']>
  stores.sqsStore.persistence = attached
  for (const queue of stores.sqsStore.allQueues()) queue.persistence = attached
}

/** Stored queues remember the port of the process before. */
function correctQueueUrls(sqsStore: SqsStore, host: string): void {
  const byUrl = sqsStore as unknown as { queues: Map<string, { name: string; url: string }> }
  const queues = [...byUrl.queues.values()]
  byUrl.queues.clear()
  for (const queue of queues) {
    queue.url = toQueueUrl(host, queue.name)
    byUrl.queues.set(queue.url, queue)
  }
}

function toQueueUrl(host: string, name: string): string {
  return `http://${host}/${ACCOUNT_ID}/${name}`
}

/** fauxqs also serves SNS, STS and S3 on the same port; only SQS's JSON protocol passes. */
function refuseOtherServices(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    const target = request.headers['x-amz-target']
    const isSqs = typeof target === 'string' && target.startsWith('AmazonSQS.')
    if (isSqs && request.method === 'POST' && request.url === '/') return done()
    void reply.code(501).type('application/x-amz-json-1.0').send({
      __type: 'com.amazonaws.sqs#UnsupportedOperation',
      message: 'The embedded SQS serves the JSON protocol of Amazon SQS at / and nothing else',
    })
  })
}
