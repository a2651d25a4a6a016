/**
 * `npm run test:rules`: takes each safety rule out of the code, one at a time and in memory, and expects its tests to fail.
 * A rule whose absence nobody notices is not tested.
 */
import { spawn } from 'node:child_process'
import { RULE_SWITCHES } from './rule-switches.ts'

/** Two cores carry two runs. */
const PARALLEL = 2

let passed = 0
let failed = 0
const waiting = RULE_SWITCHES.map((_, index) => index)
await Promise.all(Array.from({ length: PARALLEL }, worker))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

async function worker(): Promise<void> {
  for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
    const { rule, what, test = 'test/unit/rules.test.ts' } = RULE_SWITCHES[index] ?? { rule: 0, what: '' }
    const { status, output } = await run(index, test.includes('rules') ? [test, '-t', `rule ${rule}:`] : [test])
    // Failing tests are what we want; a run that could not even start proves nothing.
    const noticed = status !== 0 && /Tests .*\d+ failed/.test(output) && !output.includes('has not exactly one')
    if (noticed) passed++
    else failed++
    console.log(`${noticed ? '✓' : 'failed:'} rule ${rule} off (${what}): ${noticed ? 'noticed' : 'NOBODY NOTICED'}`)
    if (!noticed) console.log(output.slice(-2_000))
  }
}

function run(index: number, args: readonly string[]): Promise<{ status: number | null; output: string }> {
  return new Promise(resolve => {
    const child = spawn(
      'npx',
      ['--no-install', 'vitest', 'run', '--config', 'vitest.rules.config.ts', '--no-color', ...args],
      {
        env: { ...process.env, RULE_OFF: String(index), NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let output = ''
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8')
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('close', status => resolve({ status, output }))
  })
}
