/**
 * `npm run check`: everything a reviewer would ask a machine to look at. Each step runs even when an earlier one
 * failed, so that one run shows all there is to mend. `--quick` leaves the tests out.
 */
import { spawnSync } from 'node:child_process'

const steps: { name: string; command: string[] }[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['prettier', '--log-level', 'warn', '--check', '.'] },
  { name: 'unused code', command: ['knip'] },
  { name: 'generated docs', command: ['node', 'scripts/docs.ts', '--check'] },
]

const failed: string[] = []
for (const step of steps) {
  const started = performance.now()
  const result = spawnSync('npx', ['--no-install', ...step.command], { stdio: 'inherit' })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const passed = result.status === 0
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${step.name} (${seconds} s)`)
  if (!passed) failed.push(step.name)
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}. \`npm run fix\` repairs format and what the linter can.`)
  process.exitCode = 1
}
