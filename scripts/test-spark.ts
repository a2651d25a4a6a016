/**
 * `npm run test:spark`: the sales-etl example on a real Spark. Uses SPARK_HOME; without it installs PySpark 4.0 by pip into a
 * folder of the user's cache. Needs Java 17 or newer and Python 3 with venv.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const PYSPARK = 'pyspark==4.0.*'

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed; this needs Java 17 or newer and Python 3 with venv`)
  return result.stdout.trim()
}

function installedSpark(): string {
  const venv = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sparkgate-spark')
  const python = join(venv, 'bin', 'python')
  if (!existsSync(join(venv, 'installed'))) {
    console.log(`installing ${PYSPARK} in ${venv} (once)`)
    run('python3', ['-m', 'venv', '--clear', venv])
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PYSPARK])
    run('touch', [join(venv, 'installed')])
  }
  // PySpark starts `python3` of the PATH: the one that has it.
  process.env['PATH'] = `${join(venv, 'bin')}:${process.env['PATH'] ?? ''}`
  return run(python, ['-c', 'import pyspark, os; print(os.path.dirname(pyspark.__file__))'])
}

run('java', ['-version'])
process.env['SPARK_HOME'] ??= installedSpark()
console.log(`Spark: ${process.env['SPARK_HOME']}`)
const result = spawnSync('node', ['scripts/test.ts', 'vitest.spark.config.ts'], { stdio: 'inherit' })
process.exitCode = result.status ?? 1
