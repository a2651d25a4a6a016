/**
 * The seven bundles in processes of their own, each behind its own recording proxy, as handlers for the local gateway: what
 * infra deploys, with what infra gives it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import type { FunctionBundles } from '../../infra/functions.ts'
import type { Endpoints } from '../../local/emulators.ts'
import type { FunctionHandlers } from '../../local/gateway-functions.ts'
import type { RunningFunctions } from '../../local/gateway.ts'
import type { FunctionSetting, GatewayPace } from '../../local/gateway-handlers.ts'
import { KEYS, REGION } from '../../local/local-platform.ts'
import { GATEWAY_IDENTITIES } from '../../shared/domain/platform/cluster-grants.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { sealPlatform } from '../../shared/domain/platform/sealed-platform.ts'
import { FUNCTION_NAMES, FUNCTIONS } from '../../shared/runtime/function-table.ts'
import type { FunctionName, FunctionRow } from '../../shared/runtime/function-table.ts'
import type { Log } from '../../shared/runtime/logging.ts'
import { startFakeCloudWatch } from '../support/fake-cloudwatch-logs.ts'
import type { FakeCloudWatch } from '../support/fake-cloudwatch-logs.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import type { FakeRole } from '../support/fake-sts.ts'
import { startFunctionProcess } from './function-process.ts'
import type { FunctionProcess } from './function-process.ts'
import { startRecordingProxy } from './recording-proxy.ts'
import type { RecordedRequest } from './recording-proxy.ts'

export interface BundledFunctions extends RunningFunctions {
  readonly processes: Readonly<Record<FunctionName, FunctionProcess>>
  /** What the cluster of the group has shipped, if the platform file names one. */
  readonly shippedLogs: FakeCloudWatch | undefined
  /** What a function asked AWS for until now. */
  requestsOf(name: FunctionName): readonly RecordedRequest[]
}

/** Without `pace` the times of AWS, which the bundles have in themselves. */
export type BundledSetting = Pick<FunctionSetting, 'endpoints' | 'platform'> &
  Partial<Pick<FunctionSetting, 'pace' | 'log'>> & {
    /** S3 denies the functions this key, as a bucket's policy would. */
    readonly unreadableKey?: string
  }

/** Names of a deployment whose gateway is called `sparkgate`. */
export const GATEWAY_NAME = 'sparkgate'
const SESSION_MILLISECONDS = 3_600_000

/** Starts the functions of `bundles` with a platform file of their own. Rejects when one of them cannot be imported. */
export async function startBundledFunctions(
  setting: BundledSetting,
  bundles: FunctionBundles,
): Promise<BundledFunctions> {
  const { endpoints, platform, pace, log, unreadableKey } = setting
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-platform-'))
  const platformFile = join(folder, 'platform.json')
  writeFileSync(platformFile, sealPlatform(await withEndpoints(platform, endpoints)))
  const sts = await startFakeSts(assumableRoles(platform))
  const [podLogGroup] = Object.values(platform.clusters).flatMap(cluster => cluster.podLogGroup ?? [])
  const shippedLogs = podLogGroup === undefined ? undefined : await startFakeCloudWatch(podLogGroup, KEYS.api)
  const logs = shippedLogs === undefined ? {} : { logs: shippedLogs.url }
  const upstreams = { ...upstreamsOf(endpoints), ...logs, sts: sts.url }
  const proxies = await forEachFunction(name =>
    startRecordingProxy({ upstreams, keys: keysOf(name), ...(unreadableKey !== undefined && { unreadableKey }) }),
  )
  const processes = await startAll(name =>
    startFunctionProcess(
      bundles[name],
      {
        ...environmentOf(name, proxies[name].url, endpoints),
        PLATFORM_FILE: platformFile,
        ...(pace !== undefined && { TIMES: JSON.stringify(timesOf(pace)) }),
      },
      line => repeatLine(line, log),
    ),
  )
  return {
    handlers: handlersOf(processes),
    processes,
    shippedLogs,
    requestsOf: name => proxies[name].requests,
    async close() {
      await Promise.all(FUNCTION_NAMES.map(name => processes[name].stop()))
      await Promise.all([sts.close(), shippedLogs?.close(), ...FUNCTION_NAMES.map(name => proxies[name].close())])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const handlersOf = (processes: BundledFunctions['processes']): FunctionHandlers =>
  Object.fromEntries(FUNCTION_NAMES.map(name => [name, processes[name].invoke])) as Record<
    FunctionName,
    FunctionProcess['invoke']
  >

/** Names as in the bundle's own objects: the engine's settings and three numbers of its configuration. */
const timesOf = ({ sweepMilliseconds: _ours, settings, ...times }: GatewayPace): Readonly<Record<string, number>> => ({
  ...settings,
  ...times,
})

/** A JSON line of a function's log, told to `log` as the function meant it. */
function repeatLine(line: string, log: Log | undefined): void {
  if (log === undefined || !line.startsWith('{')) return
  const { level, message, error, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  if (level === 'ERROR') log.error(String(message), { ...fields, error })
  else if (level === 'WARN') log.warn(String(message), fields)
  else log.info(String(message), fields)
}

/** Clusters of other accounts say where they are: what asks EKS there is the other account's role, and none of ours. */
async function withEndpoints(platform: Platform, endpoints: Endpoints): Promise<Platform> {
  const eks = new EKSClient({ endpoint: endpoints.eksUrl, region: REGION, credentials: KEYS.people })
  const clusters = Object.entries(platform.clusters).map(async ([name, cluster]) => {
    if (cluster.assume === undefined) return [name, cluster] as const
    const { cluster: found } = await eks.send(new DescribeClusterCommand({ name: cluster.eksName }))
    const server = found?.endpoint ?? ''
    const endpoint = { server, certificateAuthorityData: found?.certificateAuthority?.data ?? '' }
    return [name, { ...cluster, endpoint }] as const
  })
  const placed = Object.fromEntries(await Promise.all(clusters)) as Platform['clusters']
  eks.destroy()
  return { ...platform, clusters: placed }
}

/** Each role trusts the function of its identity alone; the embedded cluster knows its session by the same keys. */
const assumableRoles = ({ clusters }: Platform): FakeRole[] =>
  Object.values(clusters).flatMap(({ assume }) =>
    assume === undefined
      ? []
      : GATEWAY_IDENTITIES.map(identity => ({
          roleArn: assume[identity],
          ...(assume.externalId !== undefined && { externalId: assume.externalId }),
          trusted: KEYS[identity],
          keys: () => ({ ...KEYS[identity], expiration: new Date(Date.now() + SESSION_MILLISECONDS) }),
        })),
  )

const keysOf = (name: FunctionName) => KEYS[(FUNCTIONS[name] as FunctionRow).clusterIdentity ?? 'people']

/** What infra gives a function, and what Lambda adds; the endpoints alone are not there in AWS. */
function environmentOf(name: FunctionName, proxyUrl: string, endpoints: Endpoints): Record<string, string> {
  const { accessKeyId, secretAccessKey } = keysOf(name)
  return {
    TABLE_NAME: endpoints.tableName,
    // The SQS client calls the host of the queue's URL, whatever its endpoint is.
    RECONCILE_QUEUE_URL: atHost(endpoints.queues.reconcile, proxyUrl),
    OBSERVE_QUEUE_URL: atHost(endpoints.queues.observe, proxyUrl),
    EVENT_BUS_NAME: GATEWAY_NAME,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: proxyUrl,
    AWS_STANDS_AT: proxyUrl,
  }
}

const atHost = (url: string, host: string): string => new URL(new URL(url).pathname, host).href

const upstreamsOf = (endpoints: Endpoints): Record<string, string> => ({
  dynamodb: endpoints.dynamodbUrl,
  sqs: endpoints.sqsUrl,
  s3: endpoints.s3Url,
  events: endpoints.eventBridgeUrl,
  eks: endpoints.eksUrl,
})

async function forEachFunction<Result>(
  make: (name: FunctionName) => Promise<Result>,
): Promise<Record<FunctionName, Result>> {
  const made = await Promise.all(FUNCTION_NAMES.map(async name => [name, await make(name)] as const))
  return Object.fromEntries(made) as Record<FunctionName, Result>
}

/** All of them or none: whoever started is stopped when another cannot start. */
async function startAll(
  start: (name: FunctionName) => Promise<FunctionProcess>,
): Promise<Record<FunctionName, FunctionProcess>> {
  const ends = await forEachFunction(name => start(name).catch((error: Error) => error))
  const failed = Object.values(ends).find(end => end instanceof Error)
  if (failed === undefined) return ends as Record<FunctionName, FunctionProcess>
  await Promise.all(Object.values(ends).map(async end => end instanceof Error || end.stop()))
  throw failed
}
