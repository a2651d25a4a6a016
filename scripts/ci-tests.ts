/**
 * The test suites of .ci/run, one after the other; ends with a table of them and `N passed, N failed` over all. `test:cluster` comes
 * next: three whole runs of it were green, one of them beside a cold build, but each on one machine (docs/real-cluster.md).
 */
import { spawn } from 'node:child_process'

const SUITES = [
  'test',
  'test:rules',
  'test:simulation',
  'simulate',
  'simulate:rules',
  'synth',
  'lint:templates',
  'test:infra',
  'test:bundles',
  'test:spark',
  'test:emulators',
  'test:crash',
]

interface Ran {
  readonly suite: string
  readonly passed: number
  readonly failed: number
  readonly seconds: number
  readonly failures: readonly string[]
}

process.exitCode = await main()

async function main(): Promise<number> {
  const ran: Ran[] = []
  for (const suite of SUITES) ran.push(await run(suite))
  return summarize(ran)
}

function summarize(ran: readonly Ran[]): number {
  console.log(['', ...ran.flatMap(({ failures }) => failures)].join('\n'))
  console.table(ran.map(({ suite, passed, failed, seconds }) => ({ suite, passed, failed, seconds })))
  const passed = ran.reduce((sum, each) => sum + each.passed, 0)
  const failed = ran.reduce((sum, each) => sum + each.failed, 0)
  console.log(`${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 ? 1 : 0
}

/** Passes the output through and picks up the suite's own last summary line, and the lines of its failures. */
function run(suite: string): Promise<Ran> {
  console.log(`\n── npm run ${suite}`)
  const began = performance.now()
  return new Promise(resolve => {
    const child = spawn('npm', ['run', '-s', suite], { stdio: ['ignore', 'pipe', 'inherit'] })
    const failures: string[] = []
    let counts = { passed: 0, failed: 0 }
    let rest = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (chunk: string) => {
      process.stdout.write(chunk)
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const match = /^(\d+) passed, (\d+) failed/.exec(line)
        if (line.startsWith('failed: ')) failures.push(line)
        if (match) counts = { passed: Number(match[1]), failed: Number(match[2]) }
      }
    })
    child.on('close', status => {
      // A runner that dies without a failing test is a failure too.
      if (status !== 0 && counts.failed === 0) {
        counts.failed = 1
        failures.push(`failed: npm run ${suite}: exit ${status}`)
      }
      resolve({ suite, ...counts, seconds: secondsSince(began), failures })
    })
  })
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 1000)
}
