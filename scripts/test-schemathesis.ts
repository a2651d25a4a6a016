/**
 * `node scripts/test-schemathesis.ts`: schemathesis (PyPI) against the local stack with docs/openapi.json, all checks. Slow, and
 * needs Python: not part of `npm test`. `--seconds N` bounds the run (default 300), `--seed N` repeats one. Exit 1 when it finds
 * something, 2 when it cannot be installed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultPlatform } from '../local/local-platform.ts'
import { startStack } from '../local/stack.ts'

const VERSION = '4.32.5'
const FOLDER = join(homedir(), '.cache', 'sparkgate-schemathesis')
const PROGRAM = join(FOLDER, 'bin', 'schemathesis')
const root = join(import.meta.dirname, '..')

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } })

/**
 * Accepted by the schema and still refused is right for page tokens (only we can make them), for bodies (a spec is more than a
 * text), for jobs that are not there, and for two parameters that exclude each other: these statuses are expected there. A
 * job that was cancelled by DELETE stays to be read: use_after_free does not hold for it.
 */
const CONFIGURATION = `
[checks.use_after_free]
enabled = false
[checks.positive_data_acceptance]
expected-statuses = [200, 202, 204, 304, 400, 403, 404, 409, 415, 422]
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 431]
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 404, 406, 415, 422]
`

function install(): void {
  const isThere = (): boolean =>
    existsSync(PROGRAM) && spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' }).stdout.includes(VERSION)
  if (isThere()) return
  spawnSync('python3', ['-m', 'venv', FOLDER], { stdio: 'inherit' })
  spawnSync(join(FOLDER, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${VERSION}`], { stdio: 'inherit' })
  if (isThere()) return
  console.error(`schemathesis ${VERSION} could not be installed into ${FOLDER}`)
  process.exit(2)
}

function run(url: string, token: string, configuration: string): Promise<number> {
  const settings = {
    '--url': url,
    '--checks': 'all',
    // The configuration alone does not hold against `--checks all`.
    '--exclude-checks': 'use_after_free',
    '--header': `Authorization: Bearer ${token}`,
    '--max-time': values.seconds ?? '300',
    '--suppress-health-check': 'all',
    // A long poll takes 25 seconds.
    '--request-timeout': '30',
    ...(values.seed !== undefined && { '--seed': values.seed }),
  }
  const options = Object.entries(settings).flat()
  const document = join(root, 'docs', 'openapi.json')
  const child = spawn(PROGRAM, ['--config-file', configuration, 'run', document, ...options], {
    stdio: 'inherit',
    cwd: FOLDER,
  })
  return new Promise(resolve => child.on('close', code => resolve(code ?? 1)))
}

async function main(): Promise<void> {
  install()
  const configuration = join(FOLDER, 'sparkgate.toml')
  writeFileSync(configuration, CONFIGURATION)
  const failures: unknown[] = []
  const log = {
    info: () => {},
    warn: () => {},
    error: (message: string, fields: object) => failures.push([message, fields]),
  }
  const platform = { ...defaultPlatform(), admins: [{ claim: 'payments' }] }
  const stack = await startStack({ platform, speed: 50, spark: 'off', log })
  try {
    process.exitCode = await run(stack.apiUrl, await stack.token('payments'), configuration)
  } finally {
    await stack.close()
  }
  if (failures.length === 0) return
  console.error('The gateway itself failed:', failures.slice(0, 5))
  process.exitCode = 1
}

await main()
