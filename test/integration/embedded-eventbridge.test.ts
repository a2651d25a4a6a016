/** The embedded EventBridge through the real SDK. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmbeddedEventBridge, type EmbeddedEventBridge } from '../../local/aws/eventbridge/eventbridge-server.ts'

const MODULE_URL = new URL('../../local/aws/eventbridge/eventbridge-server.ts', import.meta.url).href
const ENTRY: PutEventsRequestEntry = {
  Source: 'sparkgate',
  DetailType: 'Job state changed',
  Detail: JSON.stringify({ jobId: 'j1', state: 'RUNNING' }),
  EventBusName: 'arn:aws:events:us-east-1:000000000000:event-bus/sparkgate',
  Resources: ['job/j1'],
}

let bus: EmbeddedEventBridge
const told: string[] = []

beforeEach(async () => {
  told.length = 0
  bus = await startEmbeddedEventBridge({
    now: () => Date.parse('2026-11-21T12:00:00.250Z'),
    onEvent: ({ event }) => {
      told.push(event.id)
    },
  })
})
afterEach(() => bus.close())

test('an event is kept as its targets would see it, and the callback is told', async () => {
  const answer = await putEvents(bus.url, [ENTRY])
  const id = answer.Entries?.[0]?.EventId
  expect(answer.FailedEntryCount).toBe(0)
  expect(bus.events).toEqual([
    {
      eventBusName: 'sparkgate',
      event: {
        version: '0',
        id,
        'detail-type': 'Job state changed',
        source: 'sparkgate',
        account: '000000000000',
        time: '2026-11-21T12:00:00Z',
        region: 'us-east-1',
        resources: ['job/j1'],
        detail: { jobId: 'j1', state: 'RUNNING' },
      },
    },
  ])
  await vi.waitFor(() => expect(told).toEqual([id]))
})

test('each entry is judged for itself', async () => {
  const answer = await putEvents(bus.url, [
    { ...ENTRY, Detail: '[1]' },
    ENTRY,
    { ...ENTRY, Source: '' },
    { ...ENTRY, DetailType: undefined },
    { ...ENTRY, Source: 'aws.s3' },
    { ...ENTRY, Detail: '{"half"' },
  ])
  expect(answer.FailedEntryCount).toBe(5)
  expect(answer.Entries?.map(entry => entry.ErrorCode)).toEqual([
    'MalformedDetail',
    undefined,
    'InvalidArgument',
    'InvalidArgument',
    'NotAuthorizedForSourceException',
    'MalformedDetail',
  ])
  expect(bus.events).toHaveLength(1)
})

test('more than 10 entries, or more than 1 MB, are refused as a whole', async () => {
  const eleven = putEvents(
    bus.url,
    Array.from({ length: 11 }, () => ENTRY),
  )
  await expect(eleven).rejects.toMatchObject({ name: 'ValidationException' })
  const half = { ...ENTRY, Detail: JSON.stringify({ text: 'x'.repeat(600 * 1024) }) }
  expect((await putEvents(bus.url, [half])).FailedEntryCount).toBe(0)
  await expect(putEvents(bus.url, [half, half])).rejects.toThrow(/Total size/)
  expect(bus.events).toHaveLength(1)
})

test('throttling on request is met by the SDK, which tries again', async () => {
  bus.throttleNext(1)
  const answer = await putEvents(bus.url, [ENTRY])
  expect(answer.$metadata.attempts).toBe(2)
  expect(bus.events).toHaveLength(1)
})

test('with a data folder, events survive kill -9, and a torn last line does not stop the start', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-eventbridge-'))
  try {
    const code = `
      import { startEmbeddedEventBridge } from ${JSON.stringify(MODULE_URL)}
      const { url } = await startEmbeddedEventBridge({ dataDir: ${JSON.stringify(dataDir)} })
      console.log(url)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [url] = (await once(child.stdout, 'data')) as [Buffer]
    const { Entries } = await putEvents(url.toString().trim(), [ENTRY, ENTRY])
    child.kill('SIGKILL')
    await once(child, 'exit')
    await appendFile(join(dataDir, 'events.jsonl'), '{"eventBusName":"spa')

    const restarted = await startEmbeddedEventBridge({ dataDir })
    expect(restarted.events.map(({ event }) => event.id)).toEqual(Entries?.map(({ EventId }) => EventId))
    await putEvents(restarted.url, [ENTRY])
    await restarted.close()
    const again = await startEmbeddedEventBridge({ dataDir })
    expect(again.events).toHaveLength(3)
    await again.close()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

function putEvents(endpoint: string, Entries: PutEventsRequestEntry[]) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return new EventBridgeClient({ endpoint, region: 'us-east-1', credentials }).send(new PutEventsCommand({ Entries }))
}
