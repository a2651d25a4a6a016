/**
 * `npm run test:cluster [-- [--kubeconfig FILE] [vitest arguments]]`: the suites of test/cluster on a real Kubernetes with the
 * Spark Operator. The cluster is that of `--kubeconfig` or KUBECONFIG_FOR_TESTS (docs/real-cluster.md says what it must have),
 * else ../shared/cluster, which is started and stopped unless it ran before. Without either: one line, and no failure.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const SHARED = resolve(import.meta.dirname, '..', '..', 'shared', 'cluster')
/** They read the audit log, stop parts of the cluster, or are about its very versions: only on a cluster that is ours alone. */
const OWN_CLUSTER_ONLY = ['test/cluster/judge/**', 'test/cluster/facts/**']

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const { kubeconfig = process.env['KUBECONFIG_FOR_TESTS'], rest } = readArguments(args)
  if (kubeconfig !== undefined) {
    const without = OWN_CLUSTER_ONLY.flatMap(pattern => ['--exclude', pattern])
    console.log(`cluster of ${kubeconfig}; without ${OWN_CLUSTER_ONLY.join(', ')}, which needs ../shared/cluster`)
    return runTests({ KUBECONFIG: resolve(kubeconfig) }, [...rest, ...without])
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

function whyNotShared(): string | undefined {
  if (!existsSync(join(SHARED, 'up'))) return 'there is no ../shared/cluster'
  if (process.getuid?.() !== 0) return '../shared/cluster needs root'
  return undefined
}

async function onSharedCluster(rest: readonly string[]): Promise<number> {
  const ranBefore = spawnSync(join(SHARED, 'status'), { stdio: 'ignore' }).status === 0
  const up = spawnSync(join(SHARED, 'up'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (up.status !== 0) {
    console.log('../shared/cluster did not start\n0 passed, 1 failed')
    return 1
  }
  try {
    return await runTests(exportsOf(up.stdout), rest)
  } finally {
    if (!ranBefore) spawnSync(join(SHARED, 'down'), { stdio: 'inherit' })
  }
}

/** `export NAME=VALUE` lines. */
function exportsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}

function runTests(environment: Readonly<Record<string, string>>, rest: readonly string[]): Promise<number> {
  const script = join(import.meta.dirname, 'test.ts')
  const child = spawn(process.execPath, [script, 'vitest.cluster.config.ts', ...rest], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  })
  // A signal ends the tests, and not us: the cluster has to be stopped in any case.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}
