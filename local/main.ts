/** `npm run local`: the embedded stack until Ctrl-C, with endpoints and ready-made commands. `--help` has the flags. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { inboxBuckets } from './emulators.ts'
import { kubeconfigAccess, kubeconfigClusters } from './kubeconfig-clusters.ts'
import { terminalLog } from './terminal-log.ts'
import { AUDIENCE, defaultPlatform, INBOX_BUCKET, KEYS, REGION } from './local-platform.ts'
import { readPlatform } from '../shared/runtime/platform-file.ts'
import { startStack } from './stack.ts'
import type { Stack } from './stack.ts'

const HELP = `npm run local -- [--json] [--config FILE] [--data DIR] [--kubeconfig FILE] [--speed N] [--no-spark]

  --json             print one machine-readable line instead of the page
  --config FILE      platform file (clusters, teams, schedules); the default has teams payments, risk and lab
  --data DIR         keep state there; a restart goes on with unfinished jobs
  --kubeconfig FILE  a real cluster with the Spark Operator instead of the embedded one
  --speed N          how much faster than a real one the embedded operator walks (default 3)
  --no-spark         simulate every run, although a Spark is installed
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      config: { type: 'string' },
      data: { type: 'string' },
      kubeconfig: { type: 'string' },
      speed: { type: 'string', default: '3' },
      'no-spark': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return console.log(HELP)
  const platform = values.config === undefined ? defaultPlatform() : readPlatform(values.config)
  const stack = await startStack({
    platform,
    speed: Number(values.speed) || 3,
    spark: values['no-spark'] ? 'off' : 'auto',
    log: terminalLog(),
    ...(values.data !== undefined && { dataDir: resolve(values.data) }),
    ...(values.kubeconfig !== undefined && { clusters: kubeconfigClusters(values.kubeconfig) }),
  })
  // Both signals: Ctrl-C in a terminal, and whoever started us.
  const ended = new Promise<void>(done => {
    process.once('SIGINT', done)
    process.once('SIGTERM', done)
  })
  const facts = await factsOf(stack, platform, values.kubeconfig)
  console.log(values.json ? JSON.stringify(facts) : page(facts))
  await ended
  if (!values.json) console.log('\nStopping…')
  await stack.close()
}

async function factsOf(stack: Stack, platform: Platform, kubeconfig: string | undefined) {
  const { endpoints } = stack
  const teams: Record<string, { token: string; inboxPrefix: string | undefined; namespace: string }> = {}
  for (const [name, { claims, inboxPrefixes, namespace }] of Object.entries(platform.teams)) {
    if (claims.length > 0) teams[name] = { token: await stack.token(name), inboxPrefix: inboxPrefixes[0], namespace }
  }
  return {
    apiUrl: stack.apiUrl,
    s3Url: endpoints.s3Url,
    sqsUrl: endpoints.sqsUrl,
    dynamodbUrl: endpoints.dynamodbUrl,
    kubernetesUrl:
      kubeconfig === undefined
        ? endpoints.kubernetesUrl
        : (await kubeconfigAccess(kubeconfig).endpoint('cached')).server,
    ...(kubeconfig !== undefined && { kubeconfig }),
    kubernetesCertificateAuthority: stack.kubernetes.certificateAuthorityData,
    kubernetesClusterName: stack.kubernetes.clusterName,
    kubernetesControlUrl: endpoints.kubernetesControlUrl,
    schedulerUrl: stack.scheduler.url,
    inboxBucket: inboxBuckets(platform)[0] ?? INBOX_BUCKET,
    inboxBuckets: inboxBuckets(platform),
    issuer: endpoints.issuer,
    audience: AUDIENCE,
    signingKeyFile: endpoints.signingKeyFile,
    signingKeyId: endpoints.signingKeyId,
    awsCredentials: {
      accessKeyId: KEYS.people.accessKeyId,
      secretAccessKey: KEYS.people.secretAccessKey,
      region: REGION,
    },
    ...(endpoints.sparkHome !== undefined && { sparkHome: endpoints.sparkHome }),
    dataDir: stack.dataDir,
    teams,
  }
}

type Facts = Awaited<ReturnType<typeof factsOf>>

function runsBy({ kubeconfig, sparkHome }: Facts): string {
  if (kubeconfig !== undefined) return `on the cluster of ${kubeconfig}`
  if (sparkHome === undefined) return 'simulated (no SPARK_HOME, no spark-submit on the PATH)'
  return `really run by ${sparkHome}`
}

function page(facts: Facts): string {
  const [team, { token, inboxPrefix }] = Object.entries(facts.teams)[0] ?? ['', { token: '', inboxPrefix: '' }]
  const { accessKeyId, secretAccessKey, region } = facts.awsCredentials
  return `Sparkgate is up; Ctrl-C stops it and ${facts.dataDir.includes('sparkgate-') ? 'leaves nothing behind' : `keeps ${facts.dataDir}`}.

  API         ${facts.apiUrl}
  S3          ${facts.s3Url}   inbox s3://${facts.inboxBucket}/${inboxPrefix ?? ''}
  Kubernetes  ${facts.kubernetesUrl}
  Scheduler   ${facts.schedulerUrl ?? ''}
  Runs        ${runsBy(facts)}
  Teams       ${Object.keys(facts.teams).join(', ')}

As team ${team}:

  export SPARKGATE_URL=${facts.apiUrl}
  export SPARKGATE_TOKEN=${token}
  npm run -s sparkgate -- submit events/specs/spark-pi.yaml --wait

  curl -s "$SPARKGATE_URL/v1/jobs" -H "Authorization: Bearer $SPARKGATE_TOKEN" -H 'Content-Type: application/yaml' \\
    -H 'Idempotency-Key: my-first-job' --data-binary @events/specs/spark-pi.yaml
  curl -s "$SPARKGATE_URL/v1/jobs" -H "Authorization: Bearer $SPARKGATE_TOKEN"

  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} AWS_REGION=${region}
  aws s3 cp --endpoint-url ${facts.s3Url} events/specs/spark-pi.yaml s3://${facts.inboxBucket}/${inboxPrefix ?? ''}
  aws s3 ls --endpoint-url ${facts.s3Url} s3://${facts.inboxBucket}/${inboxPrefix ?? ''}
`
}

try {
  await main()
} catch (error) {
  // What is wrong with a file or a flag is for the reader, not a stack trace.
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
