/**
 * The test suites of .ci/run, one after the other; ends with a table of them and `N passed, N failed` over all. Suites that look at no
 * clock come first: beside them a fresh machine builds the real cluster of ../shared (ten minutes of two idle cores), with the
 * lowest priority. The others wait for its end.
 */
import { spawn } from 'node:child_process'
import { sharedCluster, whyNotShared } from './shared-cluster.ts'

const WITHOUT_CLOCK = ['test:rules', 'simulate', 'simulate:rules', 'synth', 'lint:templates', 'test:infra']
const WITH_CLOCK = [
  'test',
  'test:bundles',
  'test:simulation',
  'test:spark',
  'test:emulators',
  'test:crash',
  'test:cluster',
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
  const building = buildCluster()
  const ran: Ran[] = []
  for (const suite of WITHOUT_CLOCK) ran.push(await run(suite))
  ran.push(...(await building))
  for (const suite of WITH_CLOCK) ran.push(await run(suite))
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

/** Fills the cache of ../shared/cluster; at once where it is full, nothing where test:cluster will say why it does not run. */
async function buildCluster(): Promise<readonly Ran[]> {
  if (whyNotShared() !== undefined) return []
  const began = performance.now()
  const child = spawn('nice', ['-n', '19', sharedCluster('up'), '--build-only'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const status = await new Promise<number>(resolve => {
    child.on('error', () => resolve(1)).on('close', code => resolve(code ?? 1))
  })
  const failures = status === 0 ? [] : [`failed: ../shared/cluster/up --build-only: exit ${status}`]
  return [{ suite: '(cluster built)', passed: 0, failed: failures.length, seconds: secondsSince(began), failures }]
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
