/**
 * `npm test` and its slower sisters: runs vitest with a config, then prints the plain line `N passed, N failed` from vitest's
 * own JSON report. `node scripts/test.ts [CONFIG] [vitest arguments]`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [config = 'vitest.config.ts', ...rest] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'sparkgate-test-'))
const report = join(folder, 'report.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const result = spawnSync('npx', ['--no-install', 'vitest', 'run', '--config', config, ...reporters, ...rest], {
  stdio: 'inherit',
})
try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<
    string,
    number
  >
  const skipped = numPendingTests ? `, ${numPendingTests} skipped` : ''
  console.log(`${numPassedTests} passed, ${numFailedTests} failed${skipped}`)
} catch {
  console.log('0 passed, 1 failed')
}
rmSync(folder, { recursive: true, force: true })
process.exitCode = result.status ?? 1
