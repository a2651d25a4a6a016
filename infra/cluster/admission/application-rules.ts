/**
 * Rules over SparkApplications. `alwaysRules` hold for everybody, the gateway too: what acts inside the operator, whose
 * rights reach all teams. `policyRules` hold for others than the gateway, where the platform lets others create them: only
 * part of what the gateway checks, because CEL has a budget that an allow-list of settings would overrun.
 */
import { allows } from '../../../shared/domain/job-spec/policy/allow-list.ts'
import type { Policy } from '../../../shared/domain/job-spec/policy/policy-schema.ts'
import { settingKeyRules } from '../../../shared/domain/job-spec/policy/setting-rules.ts'
import { celText, celTexts, regexOfImages, regexOfNames } from './cel-patterns.ts'
import type { LayerValues } from './layer-values.ts'
import { repositoryOf, volumeRules } from './pod-rules.ts'
import type { AdmissionRule } from './pod-rules.ts'

const ROLES = ['driver', 'executor'] as const
const each = (expression: (role: string) => string): string =>
  ROLES.map(role => `(${expression(`object.spec.${role}`)})`).join(' && ')

/** Files become arguments of spark-submit in the operator: an option, its own file, or a download by it. */
const FILE_PLACES = '^(local|s3a?)://.+$'

export function alwaysRules(layers: LayerValues): readonly AdmissionRule[] {
  const always = (expression: string, message: string): AdmissionRule => ({ part: 'always', expression, message })
  const isFile = (value: string): string => `${value}.matches(${celText(FILE_PLACES)})`
  const files = ['jars', 'files', 'pyFiles', 'archives'].map(
    list => `(!has(object.spec.deps.${list}) || object.spec.deps.${list}.all(f, ${isFile('f')}))`,
  )
  return [
    always(
      "!has(object.spec.mode) || object.spec.mode == 'cluster'",
      'In client mode the program would run inside the operator.',
    ),
    always(
      each(pod => `has(${pod}.serviceAccount) && ${pod}.serviceAccount == variables.account`),
      'Jobs run as the service account of their team.',
    ),
    always(
      '!has(object.spec.proxyUser) && !has(object.spec.driver.kubernetesMaster)',
      'A job acts as its team, on its own cluster.',
    ),
    always(
      '!has(object.spec.deps) || !(has(object.spec.deps.packages) || has(object.spec.deps.repositories) || has(object.spec.deps.excludePackages))',
      'Packages would be resolved and downloaded inside the operator.',
    ),
    always(
      `${isFile('object.spec.mainApplicationFile')} && (!has(object.spec.deps) || (${files.join(' && ')}))`,
      'Code and files lie in the image (local://) or in S3 (s3a://).',
    ),
    always(settingExpression(layers), 'This setting acts inside the operator, or gives the job another identity.'),
    always(
      `!has(object.spec.hadoopConf) || object.spec.hadoopConf.all(k, !k.matches(${celText(regexOfNames(REFUSED_HADOOP))}))`,
      'Kerberos and Hadoop security are set up inside the operator.',
    ),
  ]
}

/** Letters, digits and what node labels and metrics need; `=` or a space would split the operator's `--conf key=value` elsewhere. */
const KEY_FORM = '^spark[.][A-Za-z0-9._/*@:-]+$'

/** Patterns that the gateway refuses under every policy. */
const REFUSED_SETTINGS = settingKeyRules.filter(rule => rule.part === undefined).flatMap(rule => rule.keys)
/** The same as keys of `hadoopConf`. */
const HADOOP = 'spark.hadoop.'
const REFUSED_HADOOP = REFUSED_SETTINGS.filter(pattern => pattern.startsWith(HADOOP)).map(pattern =>
  pattern.slice(HADOOP.length),
)
const isWord = (pattern: string): boolean => !/[*{]/.test(pattern)
const isPrefix = (pattern: string): boolean => /^[^*{]+\*$/.test(pattern)

/** Whole names that are refused, as `variables.refusedSettings`: a map is asked in one step, a list name by name. */
export const REFUSED_SETTINGS_VARIABLE = {
  name: 'refusedSettings',
  expression: `{${REFUSED_SETTINGS.filter(isWord)
    .map(name => `${celText(name)}: true`)
    .join(', ')}}`,
}

/**
 * Cheap steps first, and regular expressions only behind them: the budget of CEL for one expression has to last for jobs with
 * thousands of settings (measured: docs/cluster.md).
 */
function settingExpression(layers: LayerValues): string {
  const others = REFUSED_SETTINGS.filter(pattern => !isWord(pattern) && !isPrefix(pattern))
  const refused = [
    `k in variables.${REFUSED_SETTINGS_VARIABLE.name}`,
    ...REFUSED_SETTINGS.filter(isPrefix).map(pattern => `k.startsWith(${celText(pattern.slice(0, -1))})`),
    ...others.map(pattern => {
      const start = pattern.slice(0, pattern.search(/[*{]/))
      return `(k.startsWith(${celText(start)}) && k.matches(${celText(regexOfNames([pattern]))}))`
    }),
  ]
  const exempt = layers.settings.filter(key => allows(REFUSED_SETTINGS, key))
  const ours = exempt.length === 0 ? '' : `k in ${celTexts(exempt)} || `
  return `!has(object.spec.sparkConf) || object.spec.sparkConf.all(k, ${ours}(k.matches(${celText(KEY_FORM)}) && !(${refused.join(' || ')})))`
}

export function policyRules(rules: Policy, layers: LayerValues): readonly AdmissionRule[] {
  const { images, network, templates, containers } = rules
  const repositories = [...images.repositories, ...layers.images.map(repositoryOf)]
  const isAllowed = (value: string): string => `${value}.matches(${celText(regexOfImages(repositories))})`
  const isOff = (pod: string, field: string): string => `(!has(${pod}.${field}) || !${pod}.${field})`
  return [
    ...volumeRules(rules, layers, 'object.spec'),
    ...(images.repositories.includes('*')
      ? []
      : [
          {
            part: 'images.repositories',
            expression: `(!has(object.spec.image) || ${isAllowed('object.spec.image')}) && ${each(pod => `!has(${pod}.image) || ${isAllowed(`${pod}.image`)}`)}`,
            message: 'Images come from the registries of the team.',
          },
        ]),
    ...(templates.paths.length > 0
      ? []
      : [
          {
            part: 'templates.paths',
            expression: each(pod => `!has(${pod}.template)`),
            message: 'A pod template can say anything about a pod.',
          },
        ]),
    ...(containers.initImages.length > 0 || containers.sidecarImages.length > 0
      ? []
      : [
          {
            part: 'containers',
            expression: each(pod => `!has(${pod}.initContainers) && !has(${pod}.sidecars)`),
            message: 'Init containers and sidecars are not for this team.',
          },
        ]),
    ...(network.host === 'any'
      ? []
      : [
          {
            part: 'network.host',
            expression: each(pod =>
              ['hostNetwork', 'shareProcessNamespace'].map(field => isOff(pod, field)).join(' && '),
            ),
            message: "Pods have no part in the node's network.",
          },
        ]),
  ]
}
