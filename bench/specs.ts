/**
 * From the bytes of a spec to a verdict and its rendered object, over its floor: JSON.parse of the same value and the hash of
 * its canonical form. Then the largest and worst specs, warm and as the first of a process.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { canonicalJson, sha256Hex } from '../shared/domain/job-spec/canonical-json.ts'
import type { JsonValue } from '../shared/domain/job-spec/canonical-spec.ts'
import { parseJobSpecs } from '../shared/domain/job-spec/parse-job-spec.ts'
import { objectNameFor, renderSparkApplication } from '../shared/domain/job-spec/rendering/render-spark-application.ts'
import { median, noisePercent } from './bench-report.ts'
import type { Bench, BenchReport } from './bench-report.ts'
import { specContext } from './specs-context.ts'
import { specShapes } from './specs-shapes.ts'

const ROUNDS = 25
const QUICK_ROUNDS = 3
const COLD_RUNS = 5
/** Calls in one measurement of the small document: one alone is shorter than the clock's noise. */
const CALLS = 50
/** The budget for a document of 256 KiB, whatever is in it. */
const BUDGET_MILLISECONDS = 50
/** Several documents in one text: each has a verdict of its own, and no budget. */
const hasManyDocuments = (name: string): boolean => / \d/.test(name) && name.includes(',')

export const benchSpecs: Bench = async ({ quick }) => {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS
  const small = medianDocument()
  const rows = [
    measure(small.name, small.text, rounds, CALLS),
    ...Object.entries(specShapes).map(([name, makeText]) => ({
      ...measure(name, makeText(), rounds, 1),
      cold: coldMilliseconds(name, quick ? 1 : COLD_RUNS),
    })),
  ]
  return report(rows)
}

interface Row {
  readonly name: string
  readonly kilobytes: number
  readonly verdict: readonly number[]
  readonly floor: readonly number[]
  readonly cold?: number
}

function report(rows: readonly Row[]): BenchReport {
  const [small, ...large] = rows
  const single = large.filter(({ name }) => !hasManyDocuments(name))
  const slowest = single.toSorted((a, b) => median(b.verdict) - median(a.verdict))[0]
  const coldest = single.toSorted((a, b) => (b.cold ?? 0) - (a.cold ?? 0))[0]
  return {
    title: 'Specs',
    how: 'Decode, parse, check, hash and (where accepted) render, in turn with the floor: JSON.parse of the same value and its canonical hash. Cold: the first verdict of a fresh process, CPU time of its thread, without the loading of modules.',
    columns: ['document', 'KB', 'verdict ms', 'floor ms', 'verdict ÷ floor', 'noise', 'cold ms'],
    rows: rows.map(({ name, kilobytes, verdict, floor, cold }) => [
      name,
      kilobytes.toFixed(1),
      median(verdict).toFixed(2),
      median(floor).toFixed(2),
      (median(verdict) / median(floor)).toFixed(1),
      noisePercent(verdict),
      cold === undefined ? '' : cold.toFixed(0),
    ]),
    verdicts: [
      {
        budget: 'a real document within 5 ms',
        measured: `${median(small?.verdict ?? []).toFixed(2)} ms`,
        met: median(small?.verdict ?? []) <= 5,
      },
      underBudget('warm', slowest?.name ?? '', median(slowest?.verdict ?? [])),
      underBudget('cold', coldest?.name ?? '', coldest?.cold ?? Number.NaN),
    ],
  }
}

function underBudget(how: string, name: string, milliseconds: number) {
  return {
    budget: `the worst single document of 256 KiB within ${BUDGET_MILLISECONDS} ms, ${how}`,
    measured: `${milliseconds.toFixed(0)} ms (${name})`,
    met: milliseconds <= BUDGET_MILLISECONDS,
  }
}

/** Real users' documents where they lie beside the checkout, else the example specs; the one of median size. */
function medianDocument(): { readonly name: string; readonly text: string } {
  const beside = join(import.meta.dirname, '..', '..', 'shared', 'corpus')
  const folder = existsSync(beside) ? beside : join(import.meta.dirname, '..', 'events', 'specs')
  const texts = readdirSync(folder)
    .filter(name => !name.startsWith('invalid'))
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .toSorted((a, b) => a.length - b.length)
  return { name: `median of ${texts.length} real ones`, text: texts[Math.floor(texts.length / 2)] ?? '' }
}

function measure(name: string, text: string, rounds: number, calls: number): Row {
  const bytes = new TextEncoder().encode(text)
  const json = jsonOf(text)
  const verdict: number[] = []
  const floor: number[] = []
  for (let round = -1; round < rounds; round++) {
    const took = [timed(() => validateAndRender(bytes), calls), timed(() => hashJson(json), calls)] as const
    if (round < 0) continue
    verdict.push(took[0])
    floor.push(took[1])
  }
  return { name, kilobytes: bytes.length / 1000, verdict, floor }
}

function timed(work: () => unknown, calls: number): number {
  const started = performance.now()
  for (let call = 0; call < calls; call++) work()
  return (performance.now() - started) / calls
}

/** The same values as JSON, one text a document. */
function jsonOf(text: string): readonly string[] {
  const documents = Array.from(parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' }))
  return documents.map(document => JSON.stringify(document.toJS()))
}

function hashJson(texts: readonly string[]): readonly string[] {
  return texts.map(text => sha256Hex(canonicalJson(JSON.parse(text) as JsonValue)))
}

function validateAndRender(bytes: Uint8Array): void {
  for (const verdict of parseJobSpecs({ bytes, maxBytes: bytes.length }, specContext)) {
    if (verdict.verdict === 'refused') continue
    const { spec, specHash } = verdict
    const { team, namespace, serviceAccount } = specContext
    const place = { jobId: 'bench', team, namespace, serviceAccount, objectName: objectNameFor(spec.name, 'bench', 1) }
    canonicalJson(
      renderSparkApplication({ spec, specHash, ...place, attempt: 1, timeToLiveSeconds: 86_400, remedies: [] }),
    )
  }
}

function coldMilliseconds(name: string, runs: number): number {
  const program = join(import.meta.dirname, 'specs-cold.ts')
  const times = Array.from({ length: runs }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, name], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${name} could not be measured: ${stderr}`)
    return Number(stdout)
  })
  return median(times)
}
