/**
 * Settings of Spark that a field of the spec says too. The operator writes the field's setting itself, and its webhook
 * fills empty fields with values of its own, so that of two places the author's may be the one that loses.
 */

/** How a setting's text becomes the field's value. */
export type SettingFieldType = 'text' | 'count' | 'flag'

/** One setting and its field, from `spec`. */
export interface SettingField {
  readonly setting: string
  readonly path: readonly string[]
  readonly type: SettingFieldType
  /** The field's object is made where it is missing only if this setting is among the author's. */
  readonly onlyWith?: string
}

const roles = ['driver', 'executor'] as const

function podFields(role: (typeof roles)[number]): readonly SettingField[] {
  return [
    { setting: `spark.${role}.memory`, path: [role, 'memory'], type: 'text' },
    { setting: `spark.${role}.memoryOverhead`, path: [role, 'memoryOverhead'], type: 'text' },
    { setting: `spark.${role}.cores`, path: [role, 'cores'], type: 'count' },
    { setting: `spark.kubernetes.${role}.request.cores`, path: [role, 'coreRequest'], type: 'text' },
    { setting: `spark.kubernetes.${role}.limit.cores`, path: [role, 'coreLimit'], type: 'text' },
    { setting: `spark.${role}.extraJavaOptions`, path: [role, 'javaOptions'], type: 'text' },
  ]
}

const DYNAMIC = 'spark.dynamicAllocation'
function dynamicField(name: string, field: string, type: SettingFieldType): SettingField {
  return {
    setting: `${DYNAMIC}.${name}`,
    path: ['dynamicAllocation', field],
    type,
    onlyWith: `${DYNAMIC}.enabled`,
  }
}

/** Every setting that is a field. */
export const settingFields: readonly SettingField[] = [
  ...roles.flatMap(podFields),
  { setting: 'spark.executor.instances', path: ['executor', 'instances'], type: 'count' },
  { setting: 'spark.kubernetes.executor.deleteOnTermination', path: ['executor', 'deleteOnTermination'], type: 'flag' },
  { setting: 'spark.kubernetes.container.image.pullPolicy', path: ['imagePullPolicy'], type: 'text' },
  { setting: 'spark.kubernetes.memoryOverheadFactor', path: ['memoryOverheadFactor'], type: 'text' },
  dynamicField('minExecutors', 'minExecutors', 'count'),
  dynamicField('initialExecutors', 'initialExecutors', 'count'),
  dynamicField('maxExecutors', 'maxExecutors', 'count'),
  dynamicField('shuffleTracking.enabled', 'shuffleTrackingEnabled', 'flag'),
  // Last: the others look whether it is among the author's settings.
  dynamicField('enabled', 'enabled', 'flag'),
]
