/**
 * The gateway as it is deployed, on one machine: the seven bundles in processes of their own, fed by the sources that infra
 * declares, each behind its own recording proxy. Times are those of AWS; a sweep is called when a test wants one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks'
import { ROUTES } from '../../functions/api/routes.ts'
import { bundleFunctions } from '../../infra/bundles.ts'
import type { FunctionBundles } from '../../infra/bundles.ts'
import { CHANGE_STREAM, FUNCTION_NAMES, FUNCTIONS, QUEUE_NAMES, QUEUES } from '../../shared/runtime/function-table.ts'
import type { FunctionName, FunctionRow } from '../../shared/runtime/function-table.ts'
import { startHttpApi } from '../../local/aws/http-api/http-api.ts'
import { createLambdaRunner } from '../../local/aws/lambda/lambda-runner.ts'
import type { LambdaRunner } from '../../local/aws/lambda/lambda-runner.ts'
import { startEmulators } from '../../local/emulators.ts'
import type { Emulators, Endpoints } from '../../local/emulators.ts'
import { ACCOUNT_ID, AUDIENCE, KEYS, REGION } from '../../local/local-platform.ts'
import { mintToken } from '../../local/stack.ts'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import { GATEWAY_IDENTITIES } from '../../shared/domain/platform/cluster-grants.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import type { FakeRole } from '../support/fake-sts.ts'
import { callsOf } from './aws-call.ts'
import type { AwsCall } from './aws-call.ts'
import { startFunctionProcess } from './function-process.ts'
import type { FunctionProcess } from './function-process.ts'
import { startRecordingProxy } from './recording-proxy.ts'

export interface BundledGateway {
  readonly apiUrl: string
  readonly endpoints: Endpoints
  readonly kubernetes: EmbeddedKubernetes
  readonly lambda: LambdaRunner
  readonly processes: Readonly<Record<FunctionName, FunctionProcess>>
  readonly bundles: FunctionBundles
  /** What a function asked AWS for until now, as IAM sees it. */
  callsOf(name: FunctionName): AwsCall[]
  token(team: string): Promise<string>
  close(): Promise<void>
}

/** Names of a deployment whose gateway is called `sparkgate`. */
export const GATEWAY_NAME = 'sparkgate'
const SPEED = 50
const STOP_MILLISECONDS = 500
const SESSION_MILLISECONDS = 3_600_000

export async function startBundledGateway(platform: Platform): Promise<BundledGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-infra-'))
  const emulators = await startEmulators({
    platform: withArchiveBucket(platform),
    dataDir: join(folder, 'data'),
    keep: 'memory',
    speed: SPEED,
    spark: 'off',
  })
  const { endpoints } = emulators
  const bundles = await bundleFunctions(await withEndpoints(platform, endpoints), join(folder, 'functions'))
  const sts = await startFakeSts(assumableRoles(platform))
  const proxies = await forEachFunction(() => startRecordingProxy({ ...upstreamsOf(endpoints), sts: sts.url }))
  const processes = await forEachFunction(name =>
    startFunctionProcess(bundles[name], environmentOf(name, bundles[name], proxies[name], endpoints)),
  )
  let isClosing = false
  const lambda = createLambdaRunner({
    region: REGION,
    accountId: ACCOUNT_ID,
    sqs: { endpoint: endpoints.sqsUrl, credentials: KEYS.people },
    retryDelayScale: 1 / 60,
    // A batch that ends after the emulators is nobody's problem.
    onProblem: (message, error) => {
      if (!isClosing) console.error(message, error)
    },
  })
  for (const name of FUNCTION_NAMES) {
    const { timeoutSeconds, reservedConcurrency, asynchronousRetries, isCalledAsynchronously }: FunctionRow =
      FUNCTIONS[name]
    lambda.register({
      name,
      timeoutSeconds,
      handler: (event, context) => processes[name].invoke(event, context),
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      ...(asynchronousRetries !== undefined && { maximumRetryAttempts: asynchronousRetries }),
      ...(isCalledAsynchronously === true && { onFailureQueueUrl: endpoints.queues['events-dead'] }),
    })
  }
  addSources(lambda, emulators)
  const api = await startApi(lambda, endpoints)
  const place = { region: REGION, account: ACCOUNT_ID, queuePrefix: `${GATEWAY_NAME}-` }
  return {
    apiUrl: api.url,
    endpoints,
    kubernetes: emulators.kubernetes,
    lambda,
    processes,
    bundles,
    callsOf: name => proxies[name].requests.flatMap(request => callsOf(request, place)),
    token: team => mintToken(endpoints, platform, team),
    async close() {
      isClosing = true
      await api.close()
      await lambda.stop(STOP_MILLISECONDS)
      await Promise.all(FUNCTION_NAMES.map(name => processes[name].stop()))
      await emulators.close()
      await Promise.all([sts.close(), ...FUNCTION_NAMES.map(name => proxies[name].close())])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The embedded S3 makes the inbox buckets only; what it tells about the archive is ignored as a foreign bucket's. */
const withArchiveBucket = (platform: Platform): Platform => ({
  ...platform,
  inboxBuckets: [...platform.inboxBuckets, ...(platform.archiveBucket === undefined ? [] : [platform.archiveBucket])],
})

/** Clusters of other accounts say where they are: what asks EKS there is the other account's role, and none of ours. */
async function withEndpoints(platform: Platform, endpoints: Endpoints): Promise<Platform> {
  const eks = new EKSClient({ endpoint: endpoints.eksUrl, region: REGION, credentials: KEYS.people })
  const clusters = Object.entries(platform.clusters).map(async ([name, cluster]) => {
    if (cluster.assume === undefined) return [name, cluster] as const
    const { cluster: found } = await eks.send(new DescribeClusterCommand({ name: cluster.eksName }))
    const server = found?.endpoint ?? ''
    return [
      name,
      { ...cluster, endpoint: { server, certificateAuthorityData: found?.certificateAuthority?.data ?? '' } },
    ]
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

/** What infra gives a function, and what Lambda adds; the endpoints alone are not there in AWS. */
function environmentOf(
  name: FunctionName,
  folder: string,
  proxy: { readonly url: string },
  endpoints: Endpoints,
): Record<string, string> {
  const keys = KEYS[(FUNCTIONS[name] as FunctionRow).clusterIdentity ?? 'people']
  return {
    TABLE_NAME: endpoints.tableName,
    // The SQS client calls the host of the queue's URL, whatever its endpoint is.
    RECONCILE_QUEUE_URL: atHost(endpoints.queues.reconcile, proxy.url),
    OBSERVE_QUEUE_URL: atHost(endpoints.queues.observe, proxy.url),
    EVENT_BUS_NAME: GATEWAY_NAME,
    PLATFORM_FILE: join(folder, 'platform.json'),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_ENDPOINT_URL: proxy.url,
    S3_STANDS_AT: proxy.url,
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

function addSources(lambda: LambdaRunner, { endpoints }: Emulators): void {
  for (const name of QUEUE_NAMES) {
    const { feeds, batchSize, maximumConcurrency } = QUEUES[name]
    lambda.addSqsSource({
      functionName: feeds,
      queueUrl: endpoints.queues[name],
      batchSize,
      maximumConcurrency,
      reportBatchItemFailures: true,
      retryVisibilitySeconds: 1,
    })
  }
  lambda.addStreamSource({
    functionName: 'notify',
    endpoint: endpoints.dynamodbUrl,
    tableName: endpoints.tableName,
    batchSize: CHANGE_STREAM.batchSize,
    maximumRetryAttempts: CHANGE_STREAM.retryAttempts,
    reportBatchItemFailures: true,
    onFailureQueueUrl: endpoints.queues['events-dead'],
  })
}

const startApi = (lambda: LambdaRunner, endpoints: Endpoints) =>
  startHttpApi({
    routes: Object.keys(ROUTES).map(routeKey => ({ routeKey, authorization: 'required' as const })),
    invoke: event => lambda.invoke('api', event),
    accountId: ACCOUNT_ID,
    jwt: {
      issuer: endpoints.issuer,
      audience: [AUDIENCE],
      jwks: async () => (await (await fetch(`${endpoints.issuer}/.well-known/jwks.json`)).json()) as { keys: [] },
    },
    iam: { region: REGION, principals: [] },
  })
