/**
 * The words of a command line for a field of the SparkApplication that it leaves open, drawn from the two tables.
 */
import { originOf } from './given.ts'
import { submitOptions } from './submit-options.ts'
import { exactSettings } from './submit-settings.ts'
import type { SubmitUse } from './submit-use.ts'

/** Settings that the checks move to fields themselves, and parts that are neither option nor setting. */
const others: readonly (readonly [path: string, word: string])[] = [
  ['metadata', originOf('--name')],
  ['metadata.name', originOf('--name')],
  ['spec.mainClass', originOf('--class')],
  ['spec.mainApplicationFile', 'application'],
  ['spec.type', 'application'],
  ['spec.arguments', 'arguments'],
  ['spec.sparkVersion', originOf('--conf', 'spark.kubernetes.container.image')],
  ['spec.sparkConf', originOf('--conf')],
  ['spec.restartPolicy', originOf('--supervise')],
  ...(['driver', 'executor'] as const).flatMap(role => [
    [`spec.${role}.memoryOverhead`, originOf('--conf', `spark.${role}.memoryOverhead`)] as const,
    [`spec.${role}.coreRequest`, originOf('--conf', `spark.kubernetes.${role}.request.cores`)] as const,
    [`spec.${role}.coreLimit`, originOf('--conf', `spark.kubernetes.${role}.limit.cores`)] as const,
  ]),
]

const words: ReadonlyMap<string, string> = new Map([
  ...[...exactSettings].flatMap(([name, use]) => wordOf(use, originOf('--conf', name))),
  ...submitOptions.flatMap(({ name, use }) => wordOf(use, originOf(name))),
  ...others,
])

function wordOf(use: SubmitUse, word: string): readonly (readonly [string, string])[] {
  return use.as === 'field' ? [[use.path.join('.'), word]] : []
}

/** `spec.mainClass` → `["--class"]`; undefined for what a command line has no word for. */
export function submitWordFor(path: string): string | undefined {
  const setting = /^spec\.(sparkConf|hadoopConf)\["([^"]{1,512})"\]$/.exec(path)
  if (setting === null) return words.get(path)
  return originOf('--conf', `${setting[1] === 'hadoopConf' ? 'spark.hadoop.' : ''}${setting[2] ?? ''}`)
}
