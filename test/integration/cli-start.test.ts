/**
 * How long the command of the checkout takes before it does anything. Processor time instead of the clock's: it hardly depends
 * on what else the machine does. The best of several, because the first one fills the cache of compiled files.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const RUNS = 6
const MOST_OVER_BARE_MILLISECONDS = 150
const TELL =
  "data:text/javascript,process.on('exit',()=>{const {user,system}=process.cpuUsage();console.error(`cpu ${user+system}`)})"

/** Of the whole process, in milliseconds. */
function processorTime(args: readonly string[]): number {
  const { stderr, status } = spawnSync(process.execPath, [`--import=${TELL}`, ...args], { encoding: 'utf8' })
  const micros = /^cpu (\d+)$/m.exec(stderr)?.[1]
  if (micros === undefined) throw new Error(`no time of ${args.join(' ')} (${status}): ${stderr}`)
  return Number(micros) / 1000
}

const best = (args: readonly string[]): number => Math.min(...Array.from({ length: RUNS }, () => processorTime(args)))

describe('the command', { timeout: 120_000 }, () => {
  it('is run by npm with the cache of compiled files', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    expect(scripts['sparkgate']).toBe('node --import ./scripts/node-24.mjs cli/sparkgate.ts')
  })
  it.each([['--version'], ['--help'], ['validate', 'events/specs/spark-pi.yaml']])(
    'with %s takes less than 150 ms more than Node alone',
    (...args) => {
      const bare = best(['-e', '0'])
      const command = best(['--import', './scripts/node-24.mjs', 'cli/sparkgate.ts', ...args])
      expect(command - bare).toBeLessThan(MOST_OVER_BARE_MILLISECONDS)
    },
  )
})
