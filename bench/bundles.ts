/** Size of each function's bundle, and what importing it costs over an empty Node process. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, writeFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleForLambda } from '../scripts/esbuild-lambda.ts'
import { defaultPlatform } from '../local/local-platform.ts'
import { sealPlatform } from '../shared/domain/platform/sealed-platform.ts'
import { median, noisePercent } from './bench-report.ts'
import type { Bench } from './bench-report.ts'

const RUNS = 21
const QUICK_RUNS = 5
const BUDGET_KB = 400
const BUDGET_MILLISECONDS = 100
const EMPTY = 'an empty process'

export const benchBundles: Bench = async ({ quick }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-bench-'))
  try {
    const runs = quick ? QUICK_RUNS : RUNS
    const bundles = await bundleAll(folder)
    const { times, cpu } = importTimes(folder, bundles, runs)
    const base = median(times.get(EMPTY) ?? [])
    const over = (name: string): number => median(times.get(name) ?? []) - base
    const cpuOver = (name: string): number => median(cpu.get(name) ?? []) - median(cpu.get(EMPTY) ?? [])
    const names = [...bundles.keys()]
    const slowest = names.toSorted((a, b) => cpuOver(b) - cpuOver(a))[0] ?? ''
    const largest = names.toSorted((a, b) => kilobytesOf(bundles, b) - kilobytesOf(bundles, a))[0] ?? ''
    return {
      title: 'Bundles',
      how: `Fresh processes, interleaved, ${runs} runs each, medians; an empty Node process takes ${base.toFixed(0)} ms (${noisePercent(times.get(EMPTY) ?? [])}). CPU time (user and system, all threads) is what other work on the machine disturbs least.`,
      columns: ['function', 'KB minified', 'import over empty, ms', 'CPU over empty, ms', 'process ÷ empty', 'noise'],
      rows: names.map(name => [
        name,
        kilobytesOf(bundles, name).toFixed(0),
        over(name).toFixed(0),
        cpuOver(name).toFixed(0),
        (median(times.get(name) ?? []) / base).toFixed(1),
        noisePercent(times.get(name) ?? []),
      ]),
      verdicts: [
        {
          budget: `each bundle ≤ ${BUDGET_KB} KB`,
          measured: `${kilobytesOf(bundles, largest).toFixed(0)} KB (${largest})`,
          met: kilobytesOf(bundles, largest) <= BUDGET_KB,
        },
        {
          budget: `import within ${BUDGET_MILLISECONDS} ms of an empty process, by CPU time`,
          measured: `${cpuOver(slowest).toFixed(0)} ms (${slowest}); by the clock ${over(slowest).toFixed(0)} ms`,
          met: cpuOver(slowest) <= BUDGET_MILLISECONDS,
        },
      ],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Bundles = ReadonlyMap<string, { readonly file: string; readonly bytes: number }>

const kilobytesOf = (bundles: Bundles, name: string): number => (bundles.get(name)?.bytes ?? 0) / 1000

async function bundleAll(folder: string): Promise<Bundles> {
  const functions = join(import.meta.dirname, '..', 'functions')
  const bundles = new Map<string, { file: string; bytes: number }>()
  for (const name of readdirSync(functions))
    bundles.set(name, await bundleForLambda(join(functions, name, 'main.ts'), join(folder, name)))
  return bundles
}

/** Milliseconds from spawn to exit, one of each in turn, so that what disturbs the machine disturbs all alike. */
function importTimes(folder: string, bundles: Bundles, runs: number) {
  const empty = join(folder, 'empty.mjs')
  writeFileSync(empty, '')
  const program = join(folder, 'import.mjs')
  writeFileSync(program, IMPORT_PROGRAM)
  const platformFile = join(folder, 'platform.json')
  writeFileSync(platformFile, sealPlatform(defaultPlatform()))
  const env = {
    PLATFORM_FILE: platformFile,
    TABLE_NAME: 'sparkgate',
    RECONCILE_QUEUE_URL: 'http://127.0.0.1:1/reconcile',
    OBSERVE_QUEUE_URL: 'http://127.0.0.1:1/observe',
    EVENT_BUS_NAME: 'sparkgate',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'LOCALBENCH',
    AWS_SECRET_ACCESS_KEY: 'local-bench-secret',
  }
  const files = new Map([[EMPTY, empty], ...[...bundles].map(([name, { file }]) => [name, file] as const)])
  const times = new Map<string, number[]>()
  const cpu = new Map<string, number[]>()
  for (let run = 0; run < runs; run++) {
    for (const [name, file] of files) {
      const started = performance.now()
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, file], { env, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${name} could not be imported: ${stderr}`)
      times.set(name, [...(times.get(name) ?? []), performance.now() - started])
      cpu.set(name, [...(cpu.get(name) ?? []), Number(stdout)])
    }
  }
  return { times, cpu }
}

/** Imports its argument and prints the CPU time of the whole process, milliseconds. */
const IMPORT_PROGRAM = `
await import(process.argv[2])
const { user, system } = process.cpuUsage()
process.stdout.write(String((user + system) / 1000))
`
