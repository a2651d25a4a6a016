/**
 * Real runs, with a stand-in for Spark: a shell script as `bin/spark-submit`.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import { application, eventually, startTestCluster, TEAM_A, TestClient } from '../support/embedded-kubernetes-client.ts'

const PODS = '/api/v1/namespaces/team-a/pods'
let folder: string
let cluster: EmbeddedKubernetes
let client: TestClient

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-test-'))
  const home = join(folder, 'spark')
  mkdirSync(join(home, 'bin'), { recursive: true })
  mkdirSync(join(home, 'jars'))
  mkdirSync(join(folder, 'jobs'))
  writeFileSync(join(folder, 'jobs', 'etl.py'), '')
  const script = `#!/bin/sh
echo "arguments: $*"
env
for last; do :; done
case "$last" in
  wait) echo $$ > "${folder}/pid"; exec sleep 60 ;;
  *) echo "to stderr" >&2; exit "$last" ;;
esac
`
  writeFileSync(join(home, 'bin', 'spark-submit'), script)
  chmodSync(join(home, 'bin', 'spark-submit'), 0o755)
  const operator = { speed: 50, workers: 10, spark: { home }, imageFiles: { '/opt/jobs/': `${folder}/jobs/` } }
  cluster = await startTestCluster({ operator })
  client = new TestClient(cluster)
})

afterEach(async () => {
  await cluster.close()
  rmSync(folder, { recursive: true, force: true })
})

function job(name: string, ...args: string[]): Record<string, unknown> {
  return application(name, {
    type: 'Python',
    mainClass: undefined,
    mainApplicationFile: 'local:///opt/jobs/etl.py',
    arguments: args,
    sparkConf: { 'spark.sql.shuffle.partitions': '4', 'spark.kubernetes.anything': 'x' },
  })
}

const ends = (name: string): Promise<string> =>
  eventually(async () => {
    const state = await client.state(name)
    return state === 'COMPLETED' || state === 'FAILED' ? state : undefined
  })
const log = async (name: string): Promise<string> => (await client.get(`${PODS}/${name}-driver/log`)).text

describe('a main file that is on this machine', () => {
  it('is run by spark-submit, with paths mapped and cluster settings left out', async () => {
    await client.create(job('real', '/opt/jobs/in', '0'))
    expect(await ends('real')).toBe('COMPLETED')
    const text = await log('real')
    expect(text).toContain('--master local[2] --name real --driver-memory 512m')
    expect(text).toContain('--conf spark.sql.shuffle.partitions=4')
    expect(text).not.toContain('spark.kubernetes')
    expect(text).toContain(`${folder}/jobs/etl.py ${folder}/jobs/in 0`)
    expect(text).toContain('to stderr')
  })

  it('says so on the application and on the driver pod; others say that they are simulated', async () => {
    await client.create(job('real', '0'))
    await client.create(application('simulated'))
    await Promise.all([ends('real'), ends('simulated')])
    for (const [name, run] of [
      ['real', 'real'],
      ['simulated', 'simulated'],
    ]) {
      expect((await client.get(`${TEAM_A}/${name}`)).body.metadata?.annotations).toEqual({ 'sparkgate.dev/run': run })
      expect((await client.get(`${PODS}/${name}-driver`)).body.metadata?.annotations).toEqual({
        'sparkgate.dev/run': run,
      })
    }
  })

  it('gives the pod its exit code', async () => {
    await client.create(job('bad', '42'))
    expect(await ends('bad')).toBe('FAILED')
    const { status } = (await client.get(`${TEAM_A}/bad`)).body
    expect(status?.applicationState).toMatchObject({
      errorMessage: 'driver container failed with ExitCode: 42, Reason: Error',
    })
  })

  it('inherits no credentials from our environment', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'must-not-leak'
    await client.create(job('env', '0'))
    await ends('env')
    delete process.env.AWS_SECRET_ACCESS_KEY
    expect(await log('env')).not.toContain('must-not-leak')
  })

  it('waits as a Pending pod while two others run, and starts when one ends', async () => {
    for (const name of ['one', 'two', 'three']) await client.create(job(name, 'wait'))
    const phases = async (): Promise<string[]> =>
      (await client.get(PODS)).body.items?.map(pod => String(pod.status?.phase)) ?? []
    await eventually(async () => ((await phases()).toSorted().join() === 'Pending,Running,Running' ? true : undefined))
    const running = (await client.get(PODS)).body.items?.find(pod => pod.status?.phase === 'Running')
    await client.delete(`${TEAM_A}/${String(running?.metadata?.name).replace(/-driver$/, '')}`)
    expect(running?.metadata?.name).toBeDefined()
    await eventually(async () => ((await phases()).toSorted().join() === 'Running,Running' ? true : undefined))
  })

  it('is ended when its application is deleted, and its pod goes only then', async () => {
    await client.create(job('forever', 'wait'))
    await eventually(() => existsSync(join(folder, 'pid')) || undefined)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    expect(isAlive(pid)).toBe(true)
    await client.delete(`${TEAM_A}/forever`)
    await eventually(async () => (await client.get(`${PODS}/forever-driver`)).code === 404 || undefined)
    expect(isAlive(pid)).toBe(false)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
