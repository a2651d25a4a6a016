/**
 * `npm run bench -- [NAME…] [--quick]`: each bench starts what it needs, measures two things side by side, prints a table and
 * stops everything. Exit 1 when a budget of the design is missed or a bench fails.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { benchAccept } from './accept.ts'
import { benchApi } from './api.ts'
import type { Bench } from './bench-report.ts'
import { renderReport } from './bench-report.ts'
import { benchBundles } from './bundles.ts'
import { benchCost } from './cost.ts'
import { benchDrain } from './drain.ts'
import { benchQueue } from './queue.ts'
import { benchReconcile } from './reconcile.ts'
import { benchRequests } from './requests.ts'
import { benchSpecs } from './specs.ts'
import { benchStatusLag } from './status-lag.ts'
import { benchSubmitToCreated } from './submit-to-created.ts'

const BENCHES: Readonly<Record<string, Bench>> = {
  bundles: benchBundles,
  specs: benchSpecs,
  accept: benchAccept,
  api: benchApi,
  reconcile: benchReconcile,
  'submit-to-created': benchSubmitToCreated,
  requests: benchRequests,
  drain: benchDrain,
  queue: benchQueue,
  cost: benchCost,
  'status-lag': benchStatusLag,
}

const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean' } }, allowPositionals: true })
const unknown = positionals.filter(name => !Object.hasOwn(BENCHES, name))
if (unknown.length > 0)
  throw new Error(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`)

const load = (): string =>
  loadavg()
    .map(each => each.toFixed(1))
    .join(' ')
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${load()}\n`)
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const started = performance.now()
  const report = await bench({ quick: values.quick ?? false })
  console.log(renderReport(report))
  console.log(`(${((performance.now() - started) / 1000).toFixed(0)} s, load ${load()})\n`)
  if (report.verdicts.some(({ met }) => !met)) process.exitCode = 1
}
process.exit()
