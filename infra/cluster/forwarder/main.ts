/** The forwarder as a process: environment in, one loop, an end by SIGTERM. */
import { setTimeout as delay } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { KubernetesHttp } from '../../../shared/adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../../../shared/adapters/kubernetes-spark-cluster.ts'
import { SqsReconcileQueue } from '../../../shared/adapters/sqs-queues.ts'
import { forwardChanges } from './forward-changes.ts'
import { serviceAccountAccess } from './service-account-access.ts'

const WATCH_SECONDS = 300
const TIMEOUT_SECONDS = 15

function needed(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is missing`)
  return value
}

async function main(): Promise<void> {
  const stop = new AbortController()
  const access = serviceAccountAccess(
    { host: needed('KUBERNETES_SERVICE_HOST'), port: needed('KUBERNETES_SERVICE_PORT') },
    // Elsewhere only in tests.
    process.env['SERVICE_ACCOUNT_FOLDER'],
  )
  const http = new KubernetesHttp(access, { timeoutSeconds: TIMEOUT_SECONDS })
  process.once('SIGTERM', () => stop.abort())
  const say = (line: string): void => console.log(JSON.stringify({ level: 'INFO', message: line }))
  say('forwarding changes')
  await forwardChanges(
    {
      cluster: new KubernetesSparkCluster(http),
      queue: new SqsReconcileQueue(new SQSClient({}), needed('RECONCILE_QUEUE_URL')),
      watchSeconds: WATCH_SECONDS,
      wait: seconds => delay(seconds * 1000, undefined, { signal: stop.signal }).catch(() => {}),
      say,
    },
    stop.signal,
  )
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    // Kubernetes starts the pod anew, with longer and longer pauses.
    console.error(JSON.stringify({ level: 'ERROR', message: error instanceof Error ? error.message : 'unknown' }))
    process.exit(1)
  },
)
