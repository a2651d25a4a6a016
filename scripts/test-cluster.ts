/**
 * `npm run test:cluster [-- [--kubeconfig FILE] [vitest arguments]]`: the suites of test/cluster on a real Kubernetes with the
 * Spark Operator. The cluster is that of `--kubeconfig` or KUBECONFIG_FOR_TESTS (docs/real-cluster.md says what it must have),
 * else ../shared/cluster, which is started and stopped unless it ran before. Without either: one line, and no failure.
 */
import { spawn, spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { mendCut } from '../test/cluster/judge/network-cut.ts'
import { liftQuotas, restoreQuotas } from '../test/cluster/support/lifted-quotas.ts'
import { sharedCluster, whyNotShared } from './shared-cluster.ts'

/** The others read the audit log, stop parts of the cluster, or are about its very versions: for a cluster that is ours alone. */
const ANY_CLUSTER = ['--project', 'gateway']

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const { kubeconfig = process.env['KUBECONFIG_FOR_TESTS'], rest } = readArguments(args)
  if (kubeconfig !== undefined) {
    console.log(`cluster of ${kubeconfig}; the judge and the facts need ../shared/cluster and do not run`)
    process.env['KUBECONFIG'] = resolve(kubeconfig)
    return runTests([...ANY_CLUSTER, ...rest])
  }
  const missing = whyNotShared()
  if (missing !== undefined) {
    console.log(`test:cluster did not run: ${missing}; give it a cluster with --kubeconfig FILE.`)
    console.log('0 passed, 0 failed')
    return 0
  }
  return onSharedCluster(rest)
}

function readArguments(args: readonly string[]): { kubeconfig?: string; rest: string[] } {
  const at = args.indexOf('--kubeconfig')
  if (at === -1) return { rest: [...args] }
  const kubeconfig = args[at + 1]
  if (kubeconfig === undefined) throw new Error('--kubeconfig needs a FILE')
  return { kubeconfig, rest: args.toSpliced(at, 2) }
}

async function onSharedCluster(rest: readonly string[]): Promise<number> {
  const ranBefore = spawnSync(sharedCluster('status'), { stdio: 'ignore' }).status === 0
  const up = spawnSync(sharedCluster('up'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (up.status !== 0) {
    console.log('../shared/cluster did not start\n0 passed, 1 failed')
    return 1
  }
  Object.assign(process.env, exportsOf(up.stdout))
  try {
    // Both also undo what a run has left that was killed.
    mendCut()
    liftQuotas()
    return await runTests(rest)
  } finally {
    mendCut()
    if (ranBefore) restoreQuotas()
    else spawnSync(sharedCluster('down'), { stdio: 'inherit' })
  }
}

/** `export NAME=VALUE` lines. */
function exportsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}

function runTests(rest: readonly string[]): Promise<number> {
  const script = join(import.meta.dirname, 'test.ts')
  const child = spawn(process.execPath, [script, 'vitest.cluster.config.ts', ...rest], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // A process group of its own: a signal ends vitest, its workers and their stacks, and not us, who have to tidy up.
    detached: true,
  })
  const end = (): void => endGroup(child.pid)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => {
      // Whatever the tests left running.
      end()
      resolve(code ?? 1)
    })
  })
}

function endGroup(group: number | undefined): void {
  if (group === undefined) return
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
