/**
 * The gateway as it is deployed, on one machine: the bundles fed by the sources that infra declares. Times are those of AWS; a
 * sweep is called when a test wants one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleFunctions } from '../../infra/bundles.ts'
import { createLambdaRunner } from '../../local/aws/lambda/lambda-runner.ts'
import type { LambdaRunner } from '../../local/aws/lambda/lambda-runner.ts'
import { startEmulators } from '../../local/emulators.ts'
import type { Endpoints } from '../../local/emulators.ts'
import { startGatewayApi } from '../../local/gateway-api.ts'
import { addSources, registerFunctions } from '../../local/gateway-functions.ts'
import { ACCOUNT_ID, KEYS, REGION } from '../../local/local-platform.ts'
import { mintToken } from '../../local/stack.ts'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import type { FunctionName } from '../../shared/runtime/function-table.ts'
import { GATEWAY_NAME, startBundledFunctions } from '../bundles/bundled-functions.ts'
import type { FunctionProcess } from '../bundles/function-process.ts'
import type { FakeCloudWatch } from '../support/fake-cloudwatch-logs.ts'
import { callsOf } from './aws-call.ts'
import type { AwsCall } from './aws-call.ts'

export interface BundledGateway {
  readonly apiUrl: string
  readonly endpoints: Endpoints
  readonly kubernetes: EmbeddedKubernetes
  readonly lambda: LambdaRunner
  readonly processes: Readonly<Record<FunctionName, FunctionProcess>>
  readonly shippedLogs: FakeCloudWatch | undefined
  /** What a function asked AWS for until now, as IAM sees it. */
  callsOf(name: FunctionName): AwsCall[]
  token(team: string): Promise<string>
  close(): Promise<void>
}

const SPEED = 50
const STOP_MILLISECONDS = 500

/** Everything is in a temporary folder that `close` removes. */
export async function startBundledGateway(platform: Platform): Promise<BundledGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-infra-'))
  const dataDir = join(folder, 'data')
  const emulators = await startEmulators({ platform, dataDir, keep: 'memory', speed: SPEED, spark: 'off' })
  const { endpoints } = emulators
  const bundles = await bundleFunctions(platform, join(folder, 'functions'))
  const functions = await startBundledFunctions({ endpoints, platform }, bundles)
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
  registerFunctions(lambda, functions.handlers, endpoints)
  addSources(lambda, endpoints)
  const api = await startGatewayApi(lambda, endpoints)
  const place = { region: REGION, account: ACCOUNT_ID, queuePrefix: `${GATEWAY_NAME}-` }
  return {
    apiUrl: api.url,
    endpoints,
    kubernetes: emulators.kubernetes,
    lambda,
    processes: functions.processes,
    shippedLogs: functions.shippedLogs,
    callsOf: name => functions.requestsOf(name).flatMap(request => callsOf(request, place)),
    token: team => mintToken(endpoints, platform, team),
    async close() {
      isClosing = true
      await api.close()
      await lambda.stop(STOP_MILLISECONDS)
      await functions.close()
      await emulators.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
