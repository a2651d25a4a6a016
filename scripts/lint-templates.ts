/**
 * `node scripts/lint-templates.ts`: cfn-lint (PyPI) over what `npm run synth` wrote. Installs the pinned version into a virtual
 * environment below ~/.cache at first use; where that cannot be done (no Python, no network) one line says so, and nothing fails.
 * Exit 1 with findings, or when there is nothing to lint.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'

const VERSION = '1.58.0'
const FOLDER = join(homedir(), '.cache', 'cfn-lint')
const PROGRAM = join(FOLDER, 'bin', 'cfn-lint')
/** W3005: a dependency that a reference implies already; the construct library writes both. */
const IGNORED = 'W3005'
const ROOT = join(import.meta.dirname, '..')
const TEMPLATES = join(ROOT, 'dist', 'synth', '*', '*.template.json')

const hasVersion = (): boolean =>
  existsSync(PROGRAM) && spawnSync(PROGRAM, ['--version'], { encoding: 'utf8' }).stdout.includes(VERSION)

/** True when the pinned version is there afterwards. */
function install(): boolean {
  if (hasVersion()) return true
  spawnSync('python3', ['-m', 'venv', FOLDER])
  spawnSync(join(FOLDER, 'bin', 'pip'), ['install', '--quiet', `cfn-lint==${VERSION}`])
  return hasVersion()
}

function main(): number {
  const files = globSync(TEMPLATES)
  if (files.length === 0) {
    console.error('cfn-lint: no templates; run `npm run synth` first')
    return 1
  }
  if (!install()) {
    console.log(
      `cfn-lint: left out, ${VERSION} could not be installed (python3 with venv and pip, and PyPI, are needed)`,
    )
    return 0
  }
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync(PROGRAM, ['--ignore-checks', IGNORED, '--', ...files], {
    encoding: 'utf8',
  })
  if (status !== 0) {
    console.error(`cfn-lint:\n${stdout}${stderr}`)
    return 1
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(`cfn-lint ${VERSION}: nothing in ${files.map(file => relative(ROOT, file)).join(', ')} (${seconds} s)`)
  return 0
}

process.exitCode = main()
