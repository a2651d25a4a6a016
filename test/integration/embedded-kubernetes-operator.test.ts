/**
 * The embedded operator when things happen to it: stops, crashes, load, delays, restarts of the whole cluster.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import {
  application,
  eventually,
  pythonApplication,
  startTestCluster,
  TEAM_A,
  TestClient,
} from '../support/embedded-kubernetes-client.ts'

const clean: (() => unknown)[] = []

afterEach(async () => {
  for (const action of clean.splice(0).toReversed()) await action()
})

async function start(
  options: Parameters<typeof startTestCluster>[0] = {},
): Promise<{ cluster: EmbeddedKubernetes; client: TestClient }> {
  const cluster = await startTestCluster(options)
  clean.push(() => cluster.close())
  return { cluster, client: new TestClient(cluster) }
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'sparkgate-test-'))
  clean.push(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const pods = '/api/v1/namespaces/team-a/pods'

async function reaches(client: TestClient, name: string, state: string): Promise<Record<string, unknown>> {
  await eventually(async () => (await client.state(name)) === state || undefined)
  return (await client.get(`${TEAM_A}/${name}`)).body.status ?? {}
}

describe('the operator', () => {
  it('does so many submissions at a time and no more', async () => {
    const { client } = await start({ operator: { speed: 20, workers: 2 } })
    const names = ['b-1', 'b-2', 'b-3', 'b-4']
    for (const name of names) await client.create(application(name))
    await reaches(client, 'b-2', 'SUBMITTED')
    expect(await client.state('b-4')).toBeUndefined()
    await reaches(client, 'b-4', 'SUBMITTED')
  })

  it('leaves jobs running while it is stopped, and tells of their end late', async () => {
    const { cluster, client } = await start()
    await client.create(pythonApplication('down', 'sleep.py', '5'))
    await reaches(client, 'down', 'RUNNING')
    await eventually(async () => {
      const { executorState = {} } = (await client.get(`${TEAM_A}/down`)).body.status ?? {}
      return Object.values(executorState as object).includes('RUNNING') || undefined
    })
    cluster.control.stopOperator()
    await eventually(
      async () =>
        JSON.stringify((await client.get(`${pods}/down-driver`)).body.status).includes('Succeeded') || undefined,
    )
    expect(await client.state('down')).toBe('RUNNING')
    cluster.control.startOperator()
    const status = await reaches(client, 'down', 'COMPLETED')
    // As recorded: an executor that was not seen to succeed counts as failed.
    expect(Object.values(status.executorState as object)).toEqual(['FAILED'])
  })

  it('killed after the driver pod: that pod waits for its ConfigMaps for ever, the application is FAILED', async () => {
    const { cluster, client } = await start()
    cluster.control.killOperatorAt('after-driver-pod')
    await client.create(application('lost'))
    const status = await reaches(client, 'lost', 'FAILED')
    expect(status).toMatchObject({
      applicationState: {
        errorMessage: 'failed to submit spark application: failed to run spark-submit: driver pod already exist',
      },
      submissionAttempts: 1,
    })
    const { body } = await client.get(`${pods}/lost-driver`)
    expect(body.status).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }],
    })
  })

  it('killed before the driver pod: submits once more, and all is well', async () => {
    const { cluster, client } = await start()
    cluster.control.killOperatorAt('before-driver-pod')
    await client.create(pythonApplication('again', 'exit_with.py', '0', 'early'))
    expect(await reaches(client, 'again', 'COMPLETED')).toMatchObject({ submissionAttempts: 1, executionAttempts: 1 })
  })

  it('says `driver pod not found` when the pod vanished with its node', async () => {
    const { cluster, client } = await start()
    await client.create(pythonApplication('vanish', 'sleep.py', '300'))
    await reaches(client, 'vanish', 'RUNNING')
    expect(cluster.control.vanishPod('team-a', 'vanish-driver')).toBe(true)
    expect(await reaches(client, 'vanish', 'FAILED')).toMatchObject({
      applicationState: { errorMessage: 'driver pod not found' },
    })
  })

  it('fails jobs for good when the webhook is away during a submission', async () => {
    const { cluster, client } = await start()
    await client.create(application('no-webhook'))
    cluster.control.setWebhook('down')
    const { applicationState } = await reaches(client, 'no-webhook', 'FAILED')
    expect(JSON.stringify(applicationState)).toContain(
      'failed calling webhook \\"mutate--v1-pod.sparkoperator.k8s.io\\"',
    )
  })

  it('writes its status late when told so', async () => {
    const { cluster, client } = await start()
    cluster.control.delayStatus(60)
    await client.create(pythonApplication('late', 'exit_with.py', '0', 'early'))
    await eventually(
      async () =>
        JSON.stringify((await client.get(`${pods}/late-driver`)).body.status ?? {}).includes('Succeeded') || undefined,
    )
    expect(await client.state('late')).toBeUndefined()
    await reaches(client, 'late', 'COMPLETED')
  })

  it('lets a driver be drained by its program, and marks the pod as disrupted', async () => {
    const { client } = await start()
    await client.create(pythonApplication('drained', 'lose_driver.py', '20'))
    const pod = await eventually(async () => {
      const { body } = await client.get(`${pods}/drained-driver`)
      return body.metadata?.deletionTimestamp === undefined ? undefined : body
    })
    expect(JSON.stringify(pod.status)).toContain('DisruptionTarget')
    expect(await reaches(client, 'drained', 'FAILED')).toMatchObject({
      applicationState: { errorMessage: 'driver container failed with ExitCode: 143, Reason: Error' },
    })
    await eventually(async () => (await client.get(`${pods}/drained-driver`)).code === 404 || undefined)
  })

  it.each([
    ['1200', 'FAILED', 'driver container failed with ExitCode: 137, Reason: OOMKilled'],
    ['800', 'COMPLETED', undefined],
  ])('kills a driver that allocates %s MiB of 896 or not', async (mib, state, errorMessage) => {
    const { client } = await start()
    await client.create(pythonApplication('alloc', 'allocate.py', mib, '1'))
    const status = await reaches(client, 'alloc', state)
    expect((status.applicationState as { errorMessage?: string }).errorMessage).toBe(errorMessage)
  })
})

describe('logs', () => {
  it('can be read in parts, and say why there are none', async () => {
    const { client } = await start()
    await client.create(pythonApplication('logs', 'exit_with.py', '3', 'early'))
    await client.create(application('stuck', { image: 'images.invalid/missing/spark:4.0', imagePullPolicy: 'Always' }))
    await reaches(client, 'logs', 'FAILED')
    const log = (query: string, pod = 'logs-driver'): ReturnType<TestClient['get']> =>
      client.get(`${pods}/${pod}/log?${query}`)
    expect((await log('')).text).toContain('exiting with 3 on purpose\n')
    expect((await log('tailLines=1')).text).toMatch(/^.*Shutdown hook called\n$/)
    expect((await log('limitBytes=7')).text).toBe('WARNING')
    expect((await log('tailLines=1&timestamps=true')).text).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z .*Shutdown hook called\n$/,
    )
    expect((await log('container=none')).body.message).toBe('container none is not valid for pod logs-driver')
    expect((await log('previous=true')).code).toBe(400)
    await eventually(
      async () => String((await log('', 'stuck-driver')).body.message).includes("image can't be pulled") || undefined,
    )
    expect((await log('', 'nobody')).body.message).toBe('pods "nobody" not found')
  })
})

describe('with a data folder', () => {
  it('goes on after a restart: objects, plans, certificate, port, audit', async () => {
    const dataDir = folder()
    const options = { dataDir, operator: { speed: 20, workers: 10 } }
    const first = await startTestCluster(options)
    const before = new TestClient(first)
    await before.create(pythonApplication('goes-on', 'sleep.py', '10'))
    const version = (await before.get(TEAM_A)).body.metadata?.resourceVersion
    await reaches(before, 'goes-on', 'RUNNING')
    const { body } = await before.get(`${TEAM_A}/goes-on`)
    await first.close()
    const { cluster, client } = await start(options)
    expect(cluster.certificateAuthorityData).toBe(first.certificateAuthorityData)
    expect((await client.get(`${TEAM_A}/goes-on`)).body.metadata?.uid).toBe(body.metadata?.uid)
    expect((await client.get(`${TEAM_A}?watch=1&resourceVersion=${version}`)).text).toContain(
      'too old resource version',
    )
    await reaches(client, 'goes-on', 'COMPLETED')
    const entries = readFileSync(String(cluster.auditFile), 'utf8').trimEnd().split('\n')
    expect(entries.filter(line => line.includes('"verb":"create"'))).toHaveLength(1)
  })

  it('survives kill -9 in another process, controlled over HTTP', async () => {
    const dataDir = folder()
    const first = await spawnCluster(dataDir)
    const client = new TestClient(first.cluster)
    expect((await client.create(pythonApplication('killed', 'sleep.py', '60'))).code).toBe(201)
    await reaches(client, 'killed', 'RUNNING')
    first.child.kill('SIGKILL')
    await first.exited
    const second = await spawnCluster(dataDir)
    const after = new TestClient(second.cluster)
    expect(await after.state('killed')).toBe('RUNNING')
    const control = await fetch(`${second.cluster.controlUrl}/control`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ op: 'endDriver', args: ['team-a', 'killed-driver', { code: 7, reason: 'Error' }] }),
    })
    expect(await control.json()).toEqual({ result: true })
    expect(await reaches(after, 'killed', 'FAILED')).toMatchObject({
      applicationState: { errorMessage: 'driver container failed with ExitCode: 7, Reason: Error' },
    })
    const audit = (await (await fetch(`${second.cluster.controlUrl}/audit`)).json()) as {
      entries: unknown[]
      dropped: number
    }
    expect(audit).toMatchObject({ dropped: 0 })
    const file = readFileSync(join(dataDir, 'audit.jsonl'), 'utf8')
    expect(file.split('\n').filter(line => line.includes('"verb":"create"'))).toHaveLength(1)
  })
})

interface SpawnedCluster {
  readonly cluster: EmbeddedKubernetes
  readonly child: ChildProcess
  readonly exited: Promise<unknown>
}

/** A cluster in a child process, which writes its addresses into a file. */
async function spawnCluster(dataDir: string): Promise<SpawnedCluster> {
  const address = join(folder(), 'address.json')
  const script = `${address}.ts`
  const support = join(import.meta.dirname, '../support/embedded-kubernetes-client.ts')
  writeFileSync(
    script,
    `import { writeFileSync, renameSync } from 'node:fs'
     import { startTestCluster } from ${JSON.stringify(support)}
     const { url, certificateAuthorityData, clusterName, controlUrl } = await startTestCluster({ dataDir: ${JSON.stringify(dataDir)} })
     writeFileSync('${address}.new', JSON.stringify({ url, certificateAuthorityData, clusterName, controlUrl }))
     renameSync('${address}.new', '${address}')`,
  )
  const child = spawn(process.execPath, [script], { stdio: 'inherit' })
  const exited = new Promise(resolve => child.once('exit', resolve))
  clean.push(async () => {
    child.kill('SIGKILL')
    await exited
  })
  await eventually(() => existsSync(address) || undefined)
  return { cluster: JSON.parse(readFileSync(address, 'utf8')) as EmbeddedKubernetes, child, exited }
}
