/**
 * `npm run demo`: the main job on the embedded stack, in about half a minute: a dropped spec, a schedule, an HTTPS call, a
 * broken spec, an out-of-memory failure that heals, a cancel. Exit 0 only if every job ended as expected. With `--kubeconfig`
 * the same show runs on a real cluster, in some minutes.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs, styleText } from 'node:util'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { clusterStage, embeddedStage } from './demo-stage.ts'
import type { DemoSpec, DemoStage } from './demo-stage.ts'
import { INBOX_BUCKET, KEYS, REGION } from './local-platform.ts'
import { startStack } from './stack.ts'
import type { Stack } from './stack.ts'
import { terminalLog } from './terminal-log.ts'
import { Timeline } from './timeline.ts'

const HELP = `npm run demo -- [--kubeconfig FILE [--namespace NAME] [--service-account NAME] [--image IMAGE]]

  --kubeconfig FILE       a real cluster with the Spark Operator; its user may create SparkApplications and a ConfigMap
  --namespace NAME        where its jobs run; the operator must watch it (default: default)
  --service-account NAME  of the drivers (default: spark)
  --image IMAGE           Spark with its examples and Python (default: apache/spark:4.0.1)
`
const POLL_MILLISECONDS = 200

interface Expectation {
  readonly job: string
  readonly how: string
  readonly state: string
  readonly attempts?: number
}

interface JobFacts {
  readonly id: string
  readonly state: string
  readonly reason: string
  readonly attempts: readonly {
    readonly remedies: readonly { readonly role: string; readonly beforeMiB: number; readonly afterMiB: number }[]
    readonly run?: string
  }[]
  readonly createdAt: string
  readonly stateSince: string
}

/** The same spec under another name: the demo's jobs should be told apart. */
const renamed = (text: string, from: string, to: string): string =>
  text.replace(new RegExp(`("?name"?: "?)${from}`), `$1${to}`)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: 'string' },
      namespace: { type: 'string', default: 'default' },
      'service-account': { type: 'string', default: 'spark' },
      image: { type: 'string', default: 'apache/spark:4.0.1' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const { kubeconfig, namespace, 'service-account': serviceAccount, image } = values
  const stage =
    kubeconfig === undefined ? embeddedStage : await clusterStage({ kubeconfig, namespace, serviceAccount, image })
  try {
    return await play(stage)
  } finally {
    await stage.close()
  }
}

async function play(stage: DemoStage): Promise<number> {
  const timeline = new Timeline()
  const soon = new Date(Date.now() + 3_000).toISOString().slice(0, 19)
  const spec = renamed(stage.specs.pi.text, 'spark-pi', 'nightly-pi')
  timeline.say(stage.opening)
  const stack = await startStack({
    platform: stage.platform({ 'nightly-pi': { team: 'payments', expression: `at(${soon})`, spec } }),
    speed: 5,
    spark: 'off',
    log: terminalLog(),
    onEvent: ({ detail }) => timeline.change(detail),
    ...stage.stack,
  })
  try {
    return await show(stack, stage, timeline)
  } finally {
    await stack.close()
  }
}

async function show(stack: Stack, { specs, limitSeconds, closing }: DemoStage, timeline: Timeline): Promise<number> {
  const api = apiAs(stack, await stack.token('payments'))
  const s3 = new S3Client({
    endpoint: stack.endpoints.s3Url,
    region: REGION,
    credentials: KEYS.people,
    forcePathStyle: true,
  })
  const key = `payments/spark-pi.${specs.pi.contentType.split('/')[1]}`
  timeline.say(`dropping s3://${INBOX_BUCKET}/${key}`)
  await s3.send(new PutObjectCommand({ Bucket: INBOX_BUCKET, Key: key, Body: specs.pi.text }))
  timeline.say('the schedule nightly-pi fires in a moment')

  timeline.say('POST /v1/jobs: a job whose driver needs more memory than it asks for')
  await api.submit('demo-oom', specs.outOfMemory)
  timeline.say('POST /v1/jobs: the same request again, with the same Idempotency-Key')
  const repeated = await api.submit('demo-oom', specs.outOfMemory)
  timeline.say(`  → ${repeated.status}, the same job ${repeated.body.id ?? ''}: nothing started twice`)
  timeline.say('POST /v1/jobs: a job that would run for ten minutes')
  const long = await api.submit('demo-long', specs.long)

  timeline.say('POST /v1/jobs: a spec with many mistakes')
  const broken = await api.submit('demo-broken', specs.broken)
  for (const error of broken.body.errors ?? [])
    timeline.say(`  → ${error.path}: ${error.message}${error.suggestion ? ` Did you mean ${error.suggestion}?` : ''}`)

  const expected: Expectation[] = [
    { job: 'spark-pi', how: 'dropped in S3', state: 'SUCCEEDED' },
    { job: 'nightly-pi', how: 'schedule', state: 'SUCCEEDED' },
    { job: 'monthly-model', how: 'HTTPS, out of memory', state: 'SUCCEEDED', attempts: 2 },
    { job: 'backfill', how: 'HTTPS, cancelled', state: 'CANCELLED' },
  ]
  const jobs = await follow(api, { expected, limitSeconds }, async backfill => {
    timeline.say('POST /v1/jobs/{id}/cancel: the long one is cancelled while its driver runs')
    await api.cancel(backfill.id)
  })
  const report = await s3.send(new GetObjectCommand({ Bucket: INBOX_BUCKET, Key: `${key}.result.json` })).then(
    async ({ Body }) => JSON.parse((await Body?.transformToString()) ?? '{}') as { job?: { state?: string } },
    (): { job?: { state?: string } } => ({}),
  )
  s3.destroy()
  const checks = [
    {
      what: 'the broken spec was refused with all its errors (422)',
      ok: broken.status === 422 && (broken.body.errors?.length ?? 0) >= 7,
    },
    { what: 'the repeated request is the same job', ok: repeated.status === 202 && repeated.replayed },
    { what: 'the long job was accepted', ok: long.status === 202 },
    {
      what: `the report beside the dropped spec (${key}.result.json) says SUCCEEDED`,
      ok: report.job?.state === 'SUCCEEDED',
    },
  ]
  return summary(timeline, { expected, closing }, jobs, checks)
}

/** Until all are over or time is up; `onLong` once, when the long job's driver runs. */
async function follow(
  api: Api,
  { expected, limitSeconds }: { readonly expected: readonly Expectation[]; readonly limitSeconds: number },
  onLong: (job: JobFacts) => Promise<void>,
): Promise<Map<string, JobFacts>> {
  const deadline = Date.now() + limitSeconds * 1000
  const jobs = new Map<string, JobFacts>()
  let cancelled = false
  while (Date.now() < deadline) {
    for (const job of await api.list()) jobs.set(job.name, job)
    const long = jobs.get('backfill')
    if (!cancelled && long?.state === 'RUNNING') {
      cancelled = true
      await onLong(long)
    }
    // Reports are written from the change stream, a moment after the state.
    if (
      expected.every(each =>
        ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'].includes(jobs.get(each.job)?.state ?? ''),
      )
    ) {
      await wait(POLL_MILLISECONDS * 5)
      return jobs
    }
    await wait(POLL_MILLISECONDS)
  }
  return jobs
}

function summary(
  timeline: Timeline,
  { expected, closing }: { readonly expected: readonly Expectation[]; readonly closing: string },
  jobs: Map<string, JobFacts>,
  checks: readonly { what: string; ok: boolean }[],
): number {
  let failures = 0
  const mark = (ok: boolean): string => {
    if (!ok) failures++
    return ok ? styleText('green', '✓') : styleText('red', '✗')
  }
  const rows = expected.map(({ job, how, state, attempts }) => {
    const found = jobs.get(job)
    const ok = found?.state === state && (attempts === undefined || found.attempts.length === attempts)
    const remedy = found?.attempts.flatMap(each => each.remedies).at(-1)
    const memory = remedy === undefined ? '' : `${remedy.role} memory ${remedy.beforeMiB} → ${remedy.afterMiB} MiB`
    const seconds =
      found === undefined ? '' : `${((Date.parse(found.stateSince) - Date.parse(found.createdAt)) / 1000).toFixed(1)} s`
    return [mark(ok), job, how, found?.state ?? 'missing', String(found?.attempts.length ?? 0), seconds, memory]
  })
  timeline.table(['', 'JOB', 'BY', 'ENDED AS', 'ATTEMPTS', 'TOOK', 'REMEDY'], rows)
  for (const { what, ok } of checks) console.log(`${mark(ok)} ${what}`)
  console.log(`\n${failures === 0 ? closing : `${failures} not as expected.`}`)
  return failures === 0 ? 0 : 1
}

interface Answer {
  readonly status: number
  readonly replayed: boolean
  readonly body: {
    readonly id?: string
    readonly errors?: readonly { readonly path: string; readonly message: string; readonly suggestion?: string }[]
  }
}
type Api = ReturnType<typeof apiAs>

function apiAs(stack: Stack, token: string) {
  const call = async (
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${stack.apiUrl}${path}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(body !== undefined && { body }),
    })
  return {
    async submit(key: string, { text, contentType }: DemoSpec): Promise<Answer> {
      const response = await call('POST', '/v1/jobs', text, { 'content-type': contentType, 'idempotency-key': key })
      return {
        status: response.status,
        replayed: response.headers.get('idempotent-replayed') === 'true',
        body: (await response.json()) as Answer['body'],
      }
    },
    cancel: (id: string) => call('POST', `/v1/jobs/${id}/cancel`),
    list: async () =>
      ((await (await call('GET', '/v1/jobs')).json()) as { jobs: (JobFacts & { name: string })[] }).jobs,
  }
}

process.exitCode = await main()
