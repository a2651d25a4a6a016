/**
 * Finds a Spark installation on this machine: SPARK_HOME, or the one behind `spark-submit` on PATH (also pip's pyspark).
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** The folder with `bin/spark-submit` and `jars/`, or undefined. */
export function findSparkHome(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.SPARK_HOME !== undefined && isSparkHome(env.SPARK_HOME)) return env.SPARK_HOME
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const submit = join(folder, 'spark-submit')
    if (folder === '' || !existsSync(submit)) continue
    const found = homesNear(dirname(realpathSync(submit))).find(isSparkHome)
    if (found !== undefined) return found
  }
  return undefined
}

/** Can `home` run spark-submit? */
export function isSparkHome(home: string): boolean {
  return existsSync(join(home, 'bin', 'spark-submit')) && existsSync(join(home, 'jars'))
}

/** `HOME/bin`, or `VENV/bin` with pyspark under `VENV/lib/python3.x/site-packages`. */
function homesNear(bin: string): string[] {
  const lib = join(dirname(bin), 'lib')
  const pythons = existsSync(lib) ? readdirSync(lib).filter(name => name.startsWith('python3')) : []
  return [dirname(bin), ...pythons.map(name => join(lib, name, 'site-packages', 'pyspark'))]
}
