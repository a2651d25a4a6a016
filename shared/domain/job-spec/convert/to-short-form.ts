/**
 * Canonical spec → the short form, with a list of what it cannot say. It follows the same table as the way in, so that a
 * field that can be written can be converted.
 */
import { canonicalJson } from '../canonical-json.ts'
import type { CanonicalSpec, JsonObject, JsonValue } from '../canonical-spec.ts'
import { formatDuration } from '../options/duration.ts'
import { shortFormFields } from '../short-form/fields.ts'
import { GPU_NAME, SCRATCH_VOLUME, scratchMounts, scratchVolumes } from '../short-form/pods.ts'
import { languageOfFile } from '../short-form/program.ts'
import type { ShortFormField } from '../short-form/short-form-field.ts'
import { isObject, makeDraft } from './draft.ts'
import type { Draft } from './draft.ts'
import { optionValue } from './option-value.ts'

/** A document of the short form. */
export interface ShortFormConversion {
  readonly document: JsonObject
  /** Paths of the SparkApplication (`spec.…`) that it cannot say. Empty: read again, the document is the same job. */
  readonly lost: readonly string[]
}

/** The short form of a job. Hadoop settings become settings of Spark (`spark.hadoop.…`): the operator passes them as such. */
export function toShortForm(spec: CanonicalSpec): ShortFormConversion {
  const draft = makeDraft(spec.application)
  const values: Values = new Map([['name', spec.name]])
  if (Object.keys(spec.labels).length > 0) values.set('labels', spec.labels)
  takeLanguage(draft, values)
  takeBounds(draft, values)
  takeGpus(draft, values)
  takeEnvironment(draft, values)
  takeScratch(draft, values)
  takeSettings(draft, values)
  for (const field of shortFormFields) takeField(field, draft, values)
  setRetry(spec, values)
  setSchedule(spec, values)
  setOptions(spec, values)
  return { document: documentOf(values), lost: [...draft.rest('spec'), ...lostRetries(spec)] }
}

/** Path of a field → its value. */
type Values = Map<string, JsonValue>

/** Fields that one field of a SparkApplication says alone; the functions beside this one take the others. */
function takeField({ path, to = [], holds, choices }: ShortFormField, draft: Draft, values: Values): void {
  const [place, other] = to
  if (place === undefined || other !== undefined || !place.startsWith('spec.') || holds.includes('object')) return
  if (takenTogether.has(path)) return
  const value = draft.at(place.slice('spec.'.length))
  const word = Object.entries(choices ?? {}).find(([, choice]) => choice === value)?.[0]
  if (value === undefined || (choices !== undefined && word === undefined)) return
  draft.take(place.slice('spec.'.length))
  values.set(path, word ?? value)
}

const takenTogether: ReadonlySet<string> = new Set([
  'language',
  'conf',
  'executors.min',
  'executors.max',
  'executors.gpus',
])

function takeLanguage(draft: Draft, values: Values): void {
  const [type, main] = [draft.take('type'), draft.at('mainApplicationFile')]
  if (typeof type !== 'string') return
  if (typeof main !== 'string' || languageOfFile(main) !== type) values.set('language', type.toLowerCase())
}

/** Only allocation that is on can be said, and only by its bounds. */
function takeBounds(draft: Draft, values: Values): void {
  const bounds = ['min', 'max'].filter(bound => draft.at(`dynamicAllocation.${bound}Executors`) !== undefined)
  if (draft.at('dynamicAllocation.enabled') !== true || bounds.length === 0) return
  draft.take('dynamicAllocation.enabled')
  for (const bound of bounds)
    setIfThere(values, `executors.${bound}`, draft.take(`dynamicAllocation.${bound}Executors`))
}

function takeGpus(draft: Draft, values: Values): void {
  if (draft.at('executor.gpu.name') !== GPU_NAME) return
  draft.take('executor.gpu.name')
  setIfThere(values, 'executors.gpus', draft.take('executor.gpu.quantity'))
}

/** One set of plain variables for both pods. */
function takeEnvironment(draft: Draft, values: Values): void {
  const [driver, executor] = [draft.at('driver.env'), draft.at('executor.env')]
  if (!Array.isArray(driver) || !isSame(driver, executor)) return
  const items = driver as readonly JsonValue[]
  const entries = items.filter(isObject).map(({ name, value, ...rest }) => ({ name, value, rest }))
  const isPlain = entries.every(({ value, rest }) => typeof value === 'string' && Object.keys(rest).length === 0)
  const env = Object.fromEntries(entries.map(({ name, value = '' }) => [typeof name === 'string' ? name : '', value]))
  if (!isPlain || Object.keys(env).length !== items.length) return
  values.set('env', env)
  draft.take('driver.env')
  draft.take('executor.env')
}

function takeScratch(draft: Draft, values: Values): void {
  const [volume] = [draft.at('volumes')].flatMap(volumes => (Array.isArray(volumes) ? (volumes as JsonValue[]) : []))
  const emptyDir = isObject(volume) && volume['name'] === SCRATCH_VOLUME ? volume['emptyDir'] : undefined
  const size = isObject(emptyDir) ? emptyDir['sizeLimit'] : undefined
  const mounts = ['driver.volumeMounts', 'executor.volumeMounts']
  if (typeof size !== 'string' || !isSame(draft.at('volumes'), scratchVolumes(size))) return
  if (!mounts.every(place => isSame(draft.at(place), scratchMounts))) return
  values.set('scratch', size)
  for (const place of ['volumes', ...mounts]) draft.take(place)
}

function takeSettings(draft: Draft, values: Values): void {
  const [spark, hadoop] = [draft.take('sparkConf'), draft.take('hadoopConf')]
  if (spark === undefined && hadoop === undefined) return
  const settings = Object.entries(isObject(hadoop) ? hadoop : {}).map(([key, value]) => [`spark.hadoop.${key}`, value])
  values.set('conf', { ...(isObject(spark) && spark), ...(Object.fromEntries(settings) as JsonObject) })
}

function setRetry({ retry }: CanonicalSpec, values: Values): void {
  setIfThere(values, 'retry.onFailure', retry?.onFailure)
  setIfThere(values, 'retry.delaySeconds', retry?.onFailureIntervalSeconds)
}

/** The short form leaves repeats of submissions to the platform. */
function lostRetries({ retry }: CanonicalSpec): readonly string[] {
  return [
    ...(retry?.onSubmissionFailure === undefined ? [] : ['spec.restartPolicy.onSubmissionFailureRetries']),
    ...(retry?.onSubmissionFailureIntervalSeconds === undefined
      ? []
      : ['spec.restartPolicy.onSubmissionFailureRetryInterval']),
  ]
}

function setSchedule({ schedule }: CanonicalSpec, values: Values): void {
  if (schedule === undefined) return
  values.set('schedule.cron', schedule.cron)
  values.set('schedule.timezone', schedule.timezone)
  values.set('schedule.concurrency', schedule.concurrency.toLowerCase())
  if (schedule.suspended) values.set('schedule.paused', true)
}

function setOptions({ options = {} }: CanonicalSpec, values: Values): void {
  for (const { path, to = [], holds } of shortFormFields) {
    const [place = ''] = to
    if (!place.startsWith('options.') || holds.includes('object')) continue
    const value = optionValue(options, place.slice('options.'.length))
    setIfThere(values, path, holds.includes('duration') && typeof value === 'number' ? formatDuration(value) : value)
  }
}

function setIfThere(values: Values, path: string, value: JsonValue | undefined): void {
  if (value !== undefined) values.set(path, value)
}

const isSame = (left: JsonValue | undefined, right: JsonValue | undefined): boolean =>
  left !== undefined && right !== undefined && canonicalJson(left) === canonicalJson(right)

/** Objects that may be written as this field of theirs alone. */
const shorthands: ReadonlyMap<string, string> = new Map([
  ['executors', 'count'],
  ['dependsOn', 'jobs'],
])

/** The values in the order of the table, those with a dot inside their objects. */
function documentOf(values: Values): JsonObject {
  const document: { [key: string]: JsonValue } = {}
  for (const { path } of shortFormFields) {
    const [name = '', part] = path.split('.')
    const value = values.get(path)
    if (value === undefined) continue
    const inner = document[name]
    document[name] = part === undefined ? value : { ...(isObject(inner) && inner), [part]: value }
  }
  for (const [name, only] of shorthands) {
    const inner = document[name]
    const value = isObject(inner) && Object.keys(inner).length === 1 ? inner[only] : undefined
    if (value !== undefined) document[name] = value
  }
  return document
}
