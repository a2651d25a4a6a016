/**
 * Size of what each function loads at a cold start, and what importing it costs over an empty Node process; the same with the
 * reader of specs, which is loaded with the first submission (docs/adr/0008).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, writeFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { bundleForLambda } from '../scripts/esbuild-lambda.ts'
import type { Bundle } from '../scripts/esbuild-lambda.ts'
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
    const withSpecs = (name: string): string =>
      times.has(name + WITH_SPECS) ? cpuOver(name + WITH_SPECS).toFixed(0) : ''
    const slowest = names.toSorted((a, b) => cpuOver(b) - cpuOver(a))[0] ?? ''
    const largest = names.toSorted((a, b) => kilobytesOf(bundles, b) - kilobytesOf(bundles, a))[0] ?? ''
    return {
      title: 'Bundles',
      how: `Fresh processes, interleaved, ${runs} runs each, medians; an empty Node process takes ${base.toFixed(0)} ms (${noisePercent(times.get(EMPTY) ?? [])}). CPU time (user and system, all threads) is what other work on the machine disturbs least.`,
      columns: [
        'function',
        'KB at a cold start',
        'KB of all parts',
        'import over empty, ms',
        'CPU over empty, ms',
        'process ÷ empty',
        'noise',
        'CPU with the reader of specs, ms',
      ],
      rows: names.map(name => [
        name,
        kilobytesOf(bundles, name).toFixed(0),
        ((bundles.get(name)?.totalBytes ?? 0) / 1000).toFixed(0),
        over(name).toFixed(0),
        cpuOver(name).toFixed(0),
        (median(times.get(name) ?? []) / base).toFixed(1),
        noisePercent(times.get(name) ?? []),
        withSpecs(name),
      ]),
      verdicts: [
        {
          budget: `each bundle at a cold start ≤ ${BUDGET_KB} KB`,
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

type Bundles = ReadonlyMap<string, Bundle>

/** Of a process that also loads the part with the reader of specs. */
const WITH_SPECS = ' with the reader of specs'

const kilobytesOf = (bundles: Bundles, name: string): number => (bundles.get(name)?.bytes ?? 0) / 1000

async function bundleAll(folder: string): Promise<Bundles> {
  const functions = join(import.meta.dirname, '..', 'functions')
  const bundles = new Map<string, Bundle>()
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
  const files = new Map<string, readonly string[]>([[EMPTY, [empty]]])
  for (const [name, bundle] of bundles) {
    files.set(name, [bundle.file])
    const part = readerOf(bundle)
    if (part !== undefined) files.set(name + WITH_SPECS, [bundle.file, part])
  }
  const times = new Map<string, number[]>()
  const cpu = new Map<string, number[]>()
  for (let run = 0; run < runs; run++) {
    for (const [name, imported] of files) {
      const started = performance.now()
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...imported], { env, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${name} could not be imported: ${stderr}`)
      times.set(name, [...(times.get(name) ?? []), performance.now() - started])
      cpu.set(name, [...(cpu.get(name) ?? []), Number(stdout)])
    }
  }
  return { times, cpu }
}

/** The file that `lazySpecs` imports, where the function has it as a part of its own. */
function readerOf({ file, metafile }: Bundle): string | undefined {
  const isReader = ([, { entryPoint }]: readonly [string, { readonly entryPoint?: string }]): boolean =>
    entryPoint?.endsWith('operations/read-specs.ts') === true
  const found = Object.entries(metafile.outputs).find(isReader)
  return found && join(dirname(file), basename(found[0]))
}

/** Imports its arguments and prints the CPU time of the whole process, milliseconds. */
const IMPORT_PROGRAM = `
for (const file of process.argv.slice(2)) await import(file)
const { user, system } = process.cpuUsage()
process.stdout.write(String((user + system) / 1000))
`
