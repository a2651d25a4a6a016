/**
 * The three ways in, on a real cluster and with the production client: a spec dropped in S3 (sales-etl: two executors, a shuffle to
 * parquet, sums to the cent), a schedule, an HTTPS call; by two tenants, who do not see each other.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { startClusterStack } from '../support/cluster-stack.ts'
import type { ClusterStack } from '../support/cluster-stack.ts'
import type { JobSeen } from '../support/gateway-client.ts'
import { applicationsPath, podsOf, podsPath } from '../support/real-cluster.ts'
import type { KubernetesObject, RealCluster } from '../support/real-cluster.ts'
import { putScripts, python, SCRIPTS_MOUNT, SCRIPTS_PATH, SCRIPTS_VOLUME, sparkPi } from '../support/specs.ts'
import { waitFor } from '../support/wait-for.ts'

/** Time for the stack to start and for the API test to be under way. */
const SCHEDULED_AFTER_MILLISECONDS = 6_000
const RUN = `run-${Date.now()}`

let stack: ClusterStack
beforeAll(async () => {
  const at = new Date(Date.now() + SCHEDULED_AFTER_MILLISECONDS).toISOString().slice(0, 19)
  const spec = JSON.stringify(sparkPi('nightly-pi'))
  stack = await startClusterStack({ schedules: { 'nightly-pi': { team: 'alpha', expression: `at(${at})`, spec } } })
  await putScripts(stack.admin, stack.cluster.namespaces[0])
})
afterAll(() => stack.close())

/** The SparkApplication of a job's last attempt. */
async function objectOf(job: JobSeen): Promise<KubernetesObject> {
  const name = job.attempts.at(-1)?.objectName ?? ''
  const found = await stack.admin.get(`${applicationsPath(job.namespace)}/${name}`)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

const stateOf = (object: KubernetesObject): unknown =>
  (object.status?.['applicationState'] as { readonly state?: string } | undefined)?.state

describe('an HTTPS call of the strict team', () => {
  let job: JobSeen
  it('runs SparkPi to SUCCEEDED', async () => {
    const id = await stack.beta.accepted(`${RUN}-https`, sparkPi('spark-pi'))
    job = await stack.beta.untilState(id, 'SUCCEEDED')
    expect(job).toMatchObject({ reason: 'COMPLETED', namespace: stack.cluster.namespaces[1] })
    expect(stateOf(await objectOf(job))).toBe('COMPLETED')
  })
  it('shows what the driver said', async () => {
    expect(await stack.beta.untilLogged(job.id, 'Pi is roughly 3.1', 20)).toContain('Pi is roughly 3.1')
  })
  it('put every container under the restricted profile', async () => {
    const pods = await podsOf(stack.admin, job.namespace, job.attempts[0]?.objectName ?? '')
    const driver = pods.find(pod => pod.metadata.labels?.['spark-role'] === 'driver')
    expect(driver?.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, runAsUser: 185, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
    })
  })
  it('still shows it when object and pods are gone', async () => {
    const name = job.attempts[0]?.objectName ?? ''
    await stack.admin.remove(`${applicationsPath(job.namespace)}/${name}`)
    const gone = async () => ((await podsOf(stack.admin, job.namespace, name)).length === 0 ? true : undefined)
    await waitFor('the pods to be gone', 60, gone)
    const kept = await stack.beta.readLog(job.id)
    expect(kept).toMatchObject({ source: 'archive', ended: true })
    expect(kept?.lines.map(line => line.text).join('\n')).toContain('Pi is roughly 3.1')
  })
  it('is not there for the other team', async () => {
    const unknown = `j${'a'.repeat(24)}`
    const [theirs, nobodys] = [
      await stack.alpha.call('GET', `/v1/jobs/${job.id}`),
      await stack.alpha.call('GET', `/v1/jobs/${unknown}`),
    ]
    expect(theirs.status).toBe(404)
    for (const field of ['type', 'title', 'detail', 'status']) expect(theirs.body[field]).toEqual(nobodys.body[field])
    expect(await stack.alpha.named('spark-pi')).toEqual([])
    expect((await stack.alpha.cancel(job.id)).status).toBe(404)
  })
})

describe('a schedule', () => {
  it('runs SparkPi once, to SUCCEEDED', async () => {
    const [fired] = await waitFor('the schedule', 60, async () => {
      const jobs = await stack.alpha.named('nightly-pi')
      return jobs.length > 0 ? jobs : undefined
    })
    const job = await stack.alpha.untilState(fired?.id ?? '', 'SUCCEEDED')
    expect(job.trigger).toMatchObject({ kind: 'schedule', schedule: 'nightly-pi' })
    expect(await stack.alpha.named('nightly-pi')).toHaveLength(1)
    expect(stateOf(await objectOf(job))).toBe('COMPLETED')
  })
})

describe('sales-etl, dropped in the inbox', () => {
  const key = `alpha/${RUN}/sales-etl.json`
  const output = `/shared/${RUN}`
  const local = mkdtempSync(join(tmpdir(), 'sales-etl-'))
  let job: JobSeen
  let executors: readonly KubernetesObject[] = []

  beforeAll(() => {
    const generated = spawnSync('python3', ['examples/sales-etl/generate.py', local], { encoding: 'utf8' })
    if (generated.status !== 0) throw new Error(generated.stderr)
  })
  afterAll(() => rmSync(local, { recursive: true }))

  it('says beside the spec that it was accepted and that it SUCCEEDED', async () => {
    await stack.inbox.drop(key, salesEtl(output, stack.cluster.image, stack.cluster.pullPolicy))
    const accepted = await stack.inbox.untilReport(key, 'accepted')
    executors = await seeExecutors(accepted.job.id, 2)
    job = (await stack.inbox.untilReport(key, 'result')).job
    expect(job).toMatchObject({ state: 'SUCCEEDED', trigger: { kind: 's3' } })
  })
  it('ran on two executors of its own', () => {
    const numbers = new Set(executors.map(({ metadata }) => metadata.labels?.['spark-exec-id']))
    expect(numbers).toEqual(new Set(['1', '2']))
    expect(new Set(executors.map(({ metadata }) => metadata.labels?.['sparkgate.dev/job-id']))).toEqual(
      new Set([job.id]),
    )
  })
  it('read every order', async () => {
    expect(await stack.alpha.untilLogged(job.id, 'sales-etl: 150000 orders in 8 cities', 20)).toBeTruthy()
  })
  it('wrote parquet whose sums are right to the cent', async () => {
    expect(await centsByCity(await writtenFiles(`${output}/revenue_by_city`))).toEqual(expectedCents(local))
  })

  /** What is in a folder of the claim, read by a pod and handed on by its log: the claim of any cluster. */
  async function writtenFiles(folder: string): Promise<readonly ArrayBuffer[]> {
    const name = `read-${RUN}`
    const path = podsPath(job.namespace)
    await stack.admin.create(path, readerPod(name, folder, stack.cluster))
    const hasEnded = async () =>
      (await stack.admin.get(`${path}/${name}`))?.status?.['phase'] === 'Succeeded' ? true : undefined
    await waitFor('the reader of the claim', 60, hasEnded)
    const { text } = await stack.admin.http.readText(`${path}/${name}/log`)
    await stack.admin.remove(`${path}/${name}`)
    return text
      .trimEnd()
      .split('\n')
      .map(line => Uint8Array.from(Buffer.from(line, 'base64')).buffer)
  }

  /** Executors are gone soon after the end: all that were seen while it ran. */
  async function seeExecutors(id: string, wanted: number): Promise<readonly KubernetesObject[]> {
    const running = await stack.alpha.until(id, each => each.state === 'RUNNING')
    const name = running.attempts[0]?.objectName ?? ''
    return waitFor(`${wanted} executors`, 90, async () => {
      const pods = await podsOf(stack.admin, running.namespace, name)
      const found = pods.filter(
        ({ metadata, status }) => metadata.labels?.['spark-role'] === 'executor' && status?.['phase'] === 'Running',
      )
      return found.length === wanted ? found : undefined
    })
  }
})

/** The example as it is, on a claim instead of the embedded operator's folder; an init container makes the input. */
function salesEtl(output: string, image: string, imagePullPolicy: string): JsonObject {
  const shared = { name: 'shared', mountPath: '/shared' }
  return python('sales-etl', 'etl.py', ['--input', `file://${output}/input`, '--output', `file://${output}`], {
    volumes: [SCRIPTS_VOLUME, { name: 'shared', persistentVolumeClaim: { claimName: 'shared' } }],
    sparkConf: { 'spark.sql.shuffle.partitions': '8' },
    driver: {
      memory: '768m',
      volumeMounts: [SCRIPTS_MOUNT, shared],
      initContainers: [
        {
          name: 'make-input',
          image,
          imagePullPolicy,
          command: ['python3', `${SCRIPTS_PATH}/generate.py`, `${output}/input`],
          volumeMounts: [SCRIPTS_MOUNT, shared],
          // A namespace with a quota asks for them.
          resources: { requests: { cpu: '100m', memory: '100Mi' }, limits: { memory: '200Mi' } },
        },
      ],
    },
    executor: { instances: 2, memory: '768m', volumeMounts: [shared] },
  })
}

function readerPod(name: string, folder: string, { image, pullPolicy }: RealCluster): JsonObject {
  const container = {
    name: 'reader',
    image,
    imagePullPolicy: pullPolicy,
    command: ['sh', '-c', `for file in ${folder}/*.parquet; do base64 -w 0 $file; echo; done`],
    volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
    resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '64Mi' } },
  }
  const volumes = [{ name: 'shared', persistentVolumeClaim: { claimName: 'shared' } }]
  const spec = { containers: [container], volumes, restartPolicy: 'Never' }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
}

/** In whole cents, by a reader that has nothing to do with Spark. */
async function centsByCity(files: readonly ArrayBuffer[]): Promise<Map<string, number>> {
  const sums = new Map<string, number>()
  for (const file of files) {
    const rows = await parquetReadObjects({ file })
    for (const row of rows) sums.set(String(row['city']), Math.round(Number(row['revenue']) * 100))
  }
  return sums
}

/** The same from the input, without Spark. */
function expectedCents(folder: string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const file of readdirSync(folder))
    for (const line of readFileSync(join(folder, file), 'utf8').trimEnd().split(/\r?\n/).slice(1)) {
      const [, city = '', , amount = '', quantity = ''] = line.split(',')
      sums.set(city, (sums.get(city) ?? 0) + Number(amount.replace('.', '')) * Number(quantity))
    }
  return sums
}
