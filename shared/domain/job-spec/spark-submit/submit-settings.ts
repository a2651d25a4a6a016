/**
 * Settings (`--conf`, properties files) that are more than an entry of `spec.sparkConf`: those that have a field, those of
 * other cluster managers, and those that only a shell's spark-submit needs. All others go to `spec.sparkConf`, where the
 * checks move some to fields (checks/check-spark-conf.ts) and the policy judges the rest.
 */
import { OPTION_PREFIX } from '../options/gateway-options.ts'
import { judgeDeployMode } from './judge-submit-value.ts'
import { leftOut, listField, refused, textField, type SubmitUse, type ValueForm } from './submit-use.ts'

/** What becomes of a setting, and the part of its name that names an entry; undefined for an entry of sparkConf. */
export function useOfSetting(name: string): { readonly use: SubmitUse; readonly rest: string } | undefined {
  const use = exactSettings.get(name)
  if (use !== undefined) return { use, rest: '' }
  const prefixed = prefixedSettings.find(({ prefix }) => name.startsWith(prefix) && name.length > prefix.length)
  return prefixed && { use: prefixed.use, rest: name.slice(prefixed.prefix.length) }
}

const roles = ['driver', 'executor'] as const
const yarn = 'yarn-setting-left-out'
const deploymentOfYarn = leftOut(yarn, 'This setting is about YARN and means nothing on Kubernetes.')

const dynamicAllocation = (field: string, form: ValueForm): SubmitUse => ({
  as: 'field',
  path: ['spec', 'dynamicAllocation', field],
  form,
})

/** Settings by their whole name. */
export const exactSettings: ReadonlyMap<string, SubmitUse> = new Map<string, SubmitUse>([
  ['spark.kubernetes.container.image', textField('spec', 'image')],
  ['spark.kubernetes.container.image.pullPolicy', textField('spec', 'imagePullPolicy')],
  ['spark.kubernetes.container.image.pullSecrets', listField('spec', 'imagePullSecrets')],
  ['spark.kubernetes.namespace', textField('metadata', 'namespace')],
  ...roles.flatMap(
    role =>
      [
        [`spark.kubernetes.${role}.container.image`, textField('spec', role, 'image')],
        [`spark.kubernetes.authenticate.${role}.serviceAccountName`, textField('spec', role, 'serviceAccount')],
        [`spark.yarn.${role}.memoryOverhead`, textField('spec', role, 'memoryOverhead')],
      ] as const,
  ),
  ['spark.submit.pyFiles', listField('spec', 'deps', 'pyFiles')],
  ['spark.submit.deployMode', { as: 'judged', judge: judgeDeployMode }],
  ['spark.dynamicAllocation.enabled', dynamicAllocation('enabled', 'flag')],
  ['spark.dynamicAllocation.minExecutors', dynamicAllocation('minExecutors', 'count')],
  ['spark.dynamicAllocation.maxExecutors', dynamicAllocation('maxExecutors', 'count')],
  ['spark.dynamicAllocation.initialExecutors', dynamicAllocation('initialExecutors', 'count')],
  ['spark.dynamicAllocation.shuffleTracking.enabled', dynamicAllocation('shuffleTrackingEnabled', 'flag')],
  ['spark.dynamicAllocation.shuffleTracking.timeout', dynamicAllocation('shuffleTrackingTimeout', 'milliseconds')],
  [
    'spark.yarn.queue',
    leftOut(
      'queue-left-out',
      'The turn of a job follows from its team and its priority.',
      '--conf sparkgate.dev/priority=high',
    ),
  ],
  [
    'spark.yarn.maxAppAttempts',
    leftOut(yarn, 'The gateway repeats failed runs itself.', '--conf sparkgate.dev/max-attempts=3'),
  ],
  ...(['files', 'jars', 'archives'] as const).map(
    kind =>
      [
        `spark.yarn.dist.${kind}`,
        refused('yarn-setting-refused', 'This setting is read on YARN only: the files would be missing.', `--${kind}`),
      ] as const,
  ),
  ...[
    'jars',
    'archive',
    'stagingDir',
    'tags',
    'submit.waitAppCompletion',
    'historyServer.address',
    'preserve.staging.files',
    'report.interval',
  ].map(name => [`spark.yarn.${name}`, deploymentOfYarn] as const),
])

interface PrefixedSetting {
  readonly prefix: string
  readonly use: SubmitUse
}

/** Settings whose name ends with a name of the author's. */
const prefixedSettings: readonly PrefixedSetting[] = [
  { prefix: 'spark.kubernetes.driverEnv.', use: { as: 'variable', role: 'driver' } },
  { prefix: 'spark.executorEnv.', use: { as: 'variable', role: 'executor' } },
  { prefix: 'spark.yarn.appMasterEnv.', use: { as: 'variable', role: 'driver' } },
  { prefix: 'spark.yarn.am.', use: deploymentOfYarn },
  ...roles.flatMap(role => [
    { prefix: `spark.kubernetes.${role}.label.`, use: entry('spec', role, 'labels') },
    { prefix: `spark.kubernetes.${role}.annotation.`, use: entry('spec', role, 'annotations') },
    { prefix: `spark.kubernetes.${role}.node.selector.`, use: entry('spec', role, 'nodeSelector') },
  ]),
  { prefix: 'spark.kubernetes.node.selector.', use: entry('spec', 'nodeSelector') },
  // Spark passes over names that are not its own, so that the same line still works without the gateway.
  { prefix: OPTION_PREFIX, use: { as: 'entry', path: ['metadata', 'annotations'], prefix: OPTION_PREFIX } },
]

function entry(...path: readonly string[]): SubmitUse {
  return { as: 'entry', path }
}
