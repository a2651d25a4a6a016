/**
 * Records scenarios of test/traces/recorder/scenarios.ts on a running cluster into test/traces (or a folder):
 * `node scripts/record-traces.ts all|list|SCENARIO… [--into FOLDER] [--namespace NAMESPACE]`, with KUBECONFIG of an
 * administrator. Scenarios that kill parts of the cluster need ../shared/cluster and are left out of `all` elsewhere.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { partsFolder } from '../test/cluster/support/cluster-parts.ts'
import { startRecording } from '../test/traces/recorder/recording.ts'
import { scenarios } from '../test/traces/recorder/scenarios.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    into: { type: 'string', default: join(import.meta.dirname, '..', 'test', 'traces') },
    namespace: { type: 'string', default: 'team-b' },
    image: { type: 'string', default: 'localhost/spark:4.0' },
  },
})
const kubeconfig = process.env['KUBECONFIG']
if (positionals[0] === 'list') console.log(Object.keys(scenarios).join('\n'))
else if (kubeconfig === undefined || positionals.length === 0) {
  console.error('usage: KUBECONFIG=FILE node scripts/record-traces.ts all|list|SCENARIO… [--into FOLDER]')
  process.exitCode = 2
} else process.exitCode = await recordAll(kubeconfig, chosen(positionals))

function chosen(names: readonly string[]): readonly string[] {
  if (names[0] !== 'all') return names
  return Object.keys(scenarios).filter(
    name => scenarios[name]?.breaksCluster === undefined || partsFolder() !== undefined,
  )
}

/** One after the other; one that fails does not lose the others. */
async function recordAll(file: string, names: readonly string[]): Promise<number> {
  mkdirSync(values.into, { recursive: true })
  let failed = 0
  for (const name of names) {
    try {
      await record(file, name)
    } catch (error) {
      failed++
      console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return failed === 0 ? 0 : 1
}

async function record(file: string, name: string): Promise<void> {
  const scenario = scenarios[name]
  if (scenario === undefined) throw new Error('there is no such scenario: see list')
  const recording = await startRecording(file, name, values.namespace)
  const failure = await scenario.run(recording, values.image).then(
    () => undefined,
    (error: unknown) => error,
  )
  // Cleans up in any case.
  const text = await recording.finish()
  if (failure !== undefined) throw failure
  writeFileSync(join(values.into, `${name}.jsonl`), text)
  console.log(`${name}: ${text.split('\n').length - 1} lines`)
}
