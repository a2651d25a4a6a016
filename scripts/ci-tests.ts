/**
 * The test suites of .ci/run, one after the other; ends with `N passed, N failed` over all of them. `test:cluster` is not among
 * them yet: as a whole it takes longer than the rest together.
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
  'test:spark',
  'test:emulators',
  'test:crash',
]

let passed = 0
let failed = 0
const failures: string[] = []
for (const suite of SUITES) {
  console.log(`\n── npm run ${suite}`)
  const { status, counts } = await run(suite)
  passed += counts.passed
  failed += counts.failed
  // A runner that dies without a failing test is a failure too.
  if (status !== 0 && counts.failed === 0) {
    failed++
    failures.push(`failed: npm run ${suite}: exit ${status}`)
  }
}
console.log(['', ...failures].join('\n'))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

/** Passes the output through and picks up the suite's own last summary line. */
function run(suite: string): Promise<{ status: number; counts: { passed: number; failed: number } }> {
  return new Promise(resolve => {
    const child = spawn('npm', ['run', '-s', suite], { stdio: ['ignore', 'pipe', 'inherit'] })
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
    child.on('close', status => resolve({ status: status ?? 1, counts }))
  })
}
