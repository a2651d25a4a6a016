/**
 * `npm test` and its slower sisters: runs vitest with a config, then prints the plain line `N passed, N failed` from vitest's
 * own JSON report. `node scripts/test.ts [CONFIG] [vitest arguments]`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

/** What is read of vitest's report. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    /** The file. */
    readonly name: string
    /** Why the file could not be loaded, or empty. */
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const [config = 'vitest.config.ts', ...rest] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'sparkgate-test-'))
const report = join(folder, 'report.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const result = spawnSync('npx', ['--no-install', 'vitest', 'run', '--config', config, ...reporters, ...rest], {
  stdio: 'inherit',
})
try {
  const { testResults, ...counts } = JSON.parse(readFileSync(report, 'utf8')) as Report
  for (const { name, message, assertionResults } of testResults) {
    const failures = assertionResults.filter(({ status }) => status === 'failed')
    for (const { fullName, failureMessages } of failures) console.log(failureLine(name, fullName, failureMessages[0]))
    if (message !== '' && failures.length === 0) console.log(failureLine(name, 'could not be loaded', message))
  }
  const skipped = counts.numPendingTests ? `, ${counts.numPendingTests} skipped` : ''
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed${skipped}`)
} catch {
  console.log('0 passed, 1 failed')
}
rmSync(folder, { recursive: true, force: true })
process.exitCode = result.status ?? 1

/** One line, so that .ci/run can repeat it at its end. */
function failureLine(file: string, test: string, message = ''): string {
  const why = message.split('\n')[0]?.slice(0, 300)
  return `failed: ${relative(process.cwd(), file)}: ${test}: ${why}`
}
