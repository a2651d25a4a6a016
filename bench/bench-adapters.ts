/** The real adapters on the emulators' endpoints, as `functions/` get them, and a job spec to submit. */
import { readFileSync } from 'node:fs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Endpoints } from '../local/emulators.ts'
import { KEYS, REGION } from '../local/local-platform.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { DEFAULT_ENGINE_SETTINGS } from '../shared/domain/engine-settings.ts'
import type { SubmitRequest } from '../shared/operations/submit-job.ts'
import type { Config } from '../shared/runtime/config.ts'
import { lazySpecs } from '../shared/runtime/lazy-specs.ts'
import { wireClusters, wireQueues, wireStores } from '../shared/runtime/wire.ts'

export const TEAM = 'payments'

const client = (endpoint: string, credentials: { accessKeyId: string; secretAccessKey: string } = KEYS.people) => ({
  endpoint,
  region: REGION,
  credentials,
})

export type ClusterRole = 'reconcile' | 'observe'

/** Ports as the functions get them; `role` is who we are on the cluster. */
export function benchAdapters(endpoints: Endpoints, platform: Platform, role: ClusterRole) {
  const config: Config = {
    tableName: endpoints.tableName,
    reconcileQueueUrl: endpoints.queues.reconcile,
    observeQueueUrl: endpoints.queues.observe,
    eventBusName: 'sparkgate',
    platform,
    settings: DEFAULT_ENGINE_SETTINGS,
    watchSeconds: 50,
    sweepGraceSeconds: 60,
    kubernetesTimeoutSeconds: 10,
    aws: {
      dynamodb: client(endpoints.dynamodbUrl),
      sqs: client(endpoints.sqsUrl),
      s3: client(endpoints.s3Url),
      eventbridge: client(endpoints.eventBridgeUrl),
      eks: client(endpoints.eksUrl, KEYS[role]),
    },
  }
  return {
    config,
    specs: lazySpecs,
    ...wireStores(config),
    ...wireQueues(config),
    ...wireClusters(config, 'reconcile'),
  }
}

/** The bare SDK clients on the same endpoints. */
export const bareClients = (endpoints: Endpoints) => ({
  dynamodb: new DynamoDBClient(client(endpoints.dynamodbUrl)),
  sqs: new SQSClient(client(endpoints.sqsUrl)),
})

const specFile = (name: string): string => readFileSync(new URL(`../events/specs/${name}`, import.meta.url), 'utf8')

/** Runs until somebody ends its driver. */
export const ENDLESS_SPEC = specFile('long-running.json').replace('"600"', '"2592000"')
export const SHORT_SPEC = specFile('spark-pi.yaml')

export const submission = (idempotencyKey: string, spec: string): SubmitRequest => ({
  team: TEAM,
  trigger: { kind: 'api', caller: 'bench' },
  idempotencyKey,
  content: { kind: 'text', bytes: Buffer.from(spec), contentType: spec.startsWith('{') ? 'json' : 'yaml' },
})

export const QUIET_LOG = { info: () => {}, warn: () => {}, error: () => {} }
