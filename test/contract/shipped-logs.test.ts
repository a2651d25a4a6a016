/** Shipped logs on our own CloudWatch: the contract, pages, trouble; and that Fluent Bit names streams as they are read. */
import { afterEach, describe, expect, it } from 'vitest'
import { CloudWatchShippedLogs } from '../../shared/adapters/cloudwatch-shipped-logs.ts'
import { AssumeRoleError } from '../../shared/adapters/assumed-credentials.ts'
import { POD_LOG_STREAM_TEMPLATE, podOfStream } from '../../shared/domain/pod-log-streams.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import { readShippedLog } from '../../shared/operations/read-shipped-log.ts'
import type { LogCursor } from '../../shared/operations/job-log.ts'
import type { Config } from '../../shared/runtime/config.ts'
import { lazyShippedLogs } from '../../shared/runtime/lazy-shipped-logs.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import { TEST_KEYS, TEST_REGION } from '../support/embedded-table.ts'
import { startFakeCloudWatch } from '../support/fake-cloudwatch-logs.ts'
import { shippedLogsContract } from './shipped-logs.contract.ts'

const GROUP = '/sparkgate/main/pods'
const EXECUTOR = 'team-a.etl-a1.etl-a1-0123456789abcdef-exec-1.spark-kubernetes-executor'
const place = { cluster: 'main', namespace: 'team-a', objectName: 'etl-a1', role: 1 }
const all = { since: 0, seen: 0 }

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function open(change: { readonly keys?: typeof TEST_KEYS; readonly group?: string } = {}) {
  const cloudWatch = await startFakeCloudWatch(GROUP, TEST_KEYS)
  closing.push(() => cloudWatch.close())
  const at = {
    group: change.group ?? GROUP,
    region: TEST_REGION,
    credentials: async () => change.keys ?? TEST_KEYS,
    random: { next: () => 0 },
    endpoint: cloudWatch.url,
    timeoutMilliseconds: 2_000,
  }
  const logs = new CloudWatchShippedLogs(cluster => (cluster === 'main' ? at : undefined))
  return {
    cloudWatch,
    logs,
    ship: async (stream: string, lines: readonly { readonly at: number; readonly text: string }[]) =>
      void cloudWatch.streams.set(
        stream,
        lines.map(line => ({ timestamp: line.at, message: line.text })),
      ),
  }
}

shippedLogsContract('our own CloudWatch', () => open())

describe('shipped logs', () => {
  it('are asked for page by page until an answer repeats the token', async () => {
    const { cloudWatch, logs, ship } = await open()
    await ship(
      EXECUTOR,
      Array.from({ length: 7 }, (_, index) => ({ at: 1_000 + index, text: `${index}\n` })),
    )
    const answer = await logs.read(place, all)
    expect(answer).toMatchObject({
      more: false,
      lines: Array.from({ length: 7 }, (_, index) => ({ text: `${index}` })),
    })
    const tokens = cloudWatch.asked.map(({ action, input }) => [action, input['nextToken']])
    expect(tokens).toEqual([
      ['DescribeLogStreams', undefined],
      ...[undefined, 'f/0', 'f/3', 'f/6', 'f/7'].map(token => ['GetLogEvents', token]),
    ])
  })
  it('that are long come in several answers, each going on behind the last', async () => {
    const { logs, ship } = await open()
    // Two lines of each moment: answers end between them.
    const lines = Array.from({ length: 41 }, (_, index) => ({ at: 1_000 + Math.floor(index / 2), text: String(index) }))
    await ship(EXECUTOR, lines)
    const texts: string[] = []
    let since: LogCursor | undefined
    let answers = 0
    for (let more = true; more && answers < 9; answers++) {
      const answer = await readShippedLog(logs, place, { ...(since !== undefined && { since }) })
      if (answer.outcome !== 'read') throw new Error(answer.outcome)
      texts.push(...answer.lines.map(({ text }) => text))
      since = answer.next
      more = answer.more
    }
    expect(texts).toEqual(lines.map(({ text }) => text))
    expect(answers).toBeGreaterThan(2)
  })
  it('never stand still, however many lines one moment has', async () => {
    const { logs, ship } = await open()
    await ship(
      EXECUTOR,
      Array.from({ length: 40 }, (_, index) => ({ at: 1_000, text: String(index) })),
    )
    const since = { time: '1970-01-01T00:00:01.000Z', seen: 30 }
    const next = { time: '1970-01-01T00:00:01.001Z', seen: 0 }
    expect(await readShippedLog(logs, place, { since })).toMatchObject({ lines: [], more: true, next })
  })
  it('behind a pod’s cursor repeat the millisecond that it stands in, and miss nothing', async () => {
    const { logs, ship } = await open()
    await ship(EXECUTOR, [
      { at: 1_000, text: 'a' },
      { at: 1_001, text: 'b' },
    ])
    const read = async (time: string) => {
      const answer = await readShippedLog(logs, place, { since: { time, seen: 1 } })
      return answer.outcome === 'read' ? answer.lines.map(({ text }) => text) : answer.outcome
    }
    expect(await read('1970-01-01T00:00:01.000123456Z')).toEqual(['a', 'b'])
    expect(await read('1970-01-01T00:00:01.000000000Z')).toEqual(['b'])
    expect(await read('1970-01-01T00:00:01Z')).toEqual(['b'])
  })
  it('are found among many executors, and no more than a thousand are looked through', async () => {
    const { cloudWatch, logs, ship } = await open()
    for (let id = 100; id < 200; id++) await ship(EXECUTOR.replace('exec-1.', `exec-${id}.`), [])
    expect(await logs.read({ ...place, role: 105 }, all)).toMatchObject({ outcome: 'read', lines: [] })
    cloudWatch.asked.length = 0
    expect(await logs.read({ ...place, role: 199 }, all)).toEqual({ outcome: 'absent' })
    expect(cloudWatch.asked).toHaveLength(20)
    expect(cloudWatch.asked[1]?.input).toEqual({
      logGroupName: GROUP,
      logStreamNamePrefix: 'team-a.etl-a1.',
      limit: 50,
      nextToken: '2',
    })
  })
  it.each(['ThrottlingException', 'ServiceUnavailableException', 'cut'])('are asked for again after %s', async how => {
    const { cloudWatch, logs, ship } = await open()
    await ship(EXECUTOR, [{ at: 1, text: 'a' }])
    cloudWatch.failNext(how, 2)
    expect(await logs.read(place, all)).toMatchObject({ outcome: 'read', lines: [{ text: 'a' }] })
    cloudWatch.failNext(how, 3)
    expect(await logs.read(place, all)).toMatchObject({ outcome: 'unavailable', retryAfterSeconds: 5 })
  })
  it('that may not be read are refused, for whatever reason, without a second try', async () => {
    const { cloudWatch, logs } = await open()
    cloudWatch.failNext('AccessDeniedException')
    expect(await logs.read(place, all)).toEqual({
      outcome: 'denied',
      message: 'CloudWatch Logs: AccessDeniedException: said so',
    })
    expect(cloudWatch.asked).toHaveLength(1)
    const other = await open({ keys: { ...TEST_KEYS, secretAccessKey: 'wrong' } })
    expect(await other.logs.read(place, all)).toMatchObject({ outcome: 'denied' })
    const role = new CloudWatchShippedLogs(() => ({
      group: GROUP,
      region: TEST_REGION,
      credentials: async () => Promise.reject(new AssumeRoleError('arn:aws:iam::1:role/x', 'no')),
      random: { next: () => 0 },
    }))
    expect(await role.read(place, all)).toMatchObject({ outcome: 'denied' })
  })
  it('of a cluster in another account are asked for as that account’s role; of one without a group not at all', async () => {
    const sts = await startFakeSts([])
    closing.push(() => sts.close())
    const role = (name: string) => `arn:aws:iam::444455556666:role/${name}`
    const assume = { reconcile: role('reconcile'), observe: role('observe'), api: role('api') }
    const cluster = { eksName: 'main', region: TEST_REGION }
    const platform = parsePlatform({
      clusters: { main: { ...cluster, assume, podLogGroup: GROUP }, quiet: cluster },
      teams: {},
    })
    const client = { endpoint: 'http://127.0.0.1:1', region: TEST_REGION, credentials: TEST_KEYS }
    const config = { platform, aws: { sqs: client, sts: { endpoint: sts.url } } } as unknown as Config
    const { shippedLogs } = lazyShippedLogs(config)
    expect(await shippedLogs?.read(place, all)).toMatchObject({ outcome: 'denied' })
    expect(sts.asked).toMatchObject([{ roleArn: role('api'), sessionName: 'sparkgate-api' }])
    expect(await shippedLogs?.read({ ...place, cluster: 'quiet' }, all)).toEqual({ outcome: 'absent' })
    expect(lazyShippedLogs({ platform: parsePlatform({ clusters: { quiet: cluster }, teams: {} }) } as Config)).toEqual(
      {},
    )
  })
  it('of a group that is not there are absent', async () => {
    const { logs } = await open({ group: '/other' })
    expect(await logs.read(place, all)).toEqual({ outcome: 'absent' })
    expect(await logs.read({ ...place, role: 'driver' }, all)).toEqual({ outcome: 'absent' })
  })
  it('with an answer that nobody expected are a failure', async () => {
    const { cloudWatch, logs } = await open()
    cloudWatch.failNext('InvalidParameterException')
    await expect(logs.read(place, all)).rejects.toThrow('InvalidParameterException')
  })
})

describe('the template of Fluent Bit', () => {
  /** As the Kubernetes filter adds it to each record, of an executor of a real cluster. */
  const kubernetes: Readonly<Record<string, unknown>> = {
    pod_name: 'spark-pi-9533a5a1fdc369a1-exec-1',
    namespace_name: 'team-a',
    labels: { 'spark-role': 'executor', 'sparkoperator.k8s.io/app-name': 'etl-a1' },
    container_name: 'spark-kubernetes-executor',
  }
  const resolve = (template: string): string =>
    template.replaceAll(
      /\$kubernetes((?:\['[^']+'\])+)/g,
      (_, keys: string) =>
        [...keys.matchAll(/\['([^']+)'\]/g)].reduce<unknown>(
          (value, [, key = '']) => (value as Record<string, unknown>)[key],
          kubernetes,
        ) as string,
    )
  it('makes the stream that is read', () => {
    const stream = resolve(POD_LOG_STREAM_TEMPLATE)
    expect(stream).toBe('team-a.etl-a1.spark-pi-9533a5a1fdc369a1-exec-1.spark-kubernetes-executor')
    expect(podOfStream(stream, { ...place, role: 1 })).toBe('spark-pi-9533a5a1fdc369a1-exec-1')
  })
})

describe('a platform file', () => {
  const platform = (podLogGroup: string) =>
    parsePlatform({ clusters: { main: { eksName: 'main', region: 'eu-central-1', podLogGroup } }, teams: {} })
  it('names the log group of a cluster', () => {
    expect(platform(GROUP).clusters['main']?.podLogGroup).toBe(GROUP)
    expect(() => platform('arn:aws:logs:eu-central-1:1:log-group:x')).toThrow('podLogGroup')
  })
})
