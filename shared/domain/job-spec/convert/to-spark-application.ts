/**
 * Canonical spec → the document that a Kubernetes user would write: a SparkApplication, or a ScheduledSparkApplication,
 * with the options of the gateway as annotations. Read again, it is the same canonical spec.
 */
import type {
  CanonicalSpec,
  GatewayOptions,
  JsonObject,
  JsonValue,
  SpecRetry,
  SpecSchedule,
} from '../canonical-spec.ts'
import { API_VERSION, KIND, SCHEDULED_KIND } from '../checks/check-metadata.ts'
import { formatDuration } from '../options/duration.ts'
import { optionTable } from '../options/gateway-options.ts'
import { optionValue } from './option-value.ts'

/** The document; its fields stand in the order in which people write them. */
export function toSparkApplicationDocument(spec: CanonicalSpec): JsonObject {
  const { name, labels, options = {}, retry, schedule } = spec
  const annotations = annotationsOf(options)
  const application: JsonObject = {
    ...inOrder(spec.application),
    ...(retry !== undefined && { restartPolicy: restartPolicyOf(retry) }),
  }
  return {
    apiVersion: API_VERSION,
    kind: schedule === undefined ? KIND : SCHEDULED_KIND,
    metadata: {
      name,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: schedule === undefined ? application : { ...scheduleOf(schedule), template: application },
  }
}

/** What a reader looks for first. */
const firstFields = ['type', 'mode', 'sparkVersion', 'image', 'mainClass', 'mainApplicationFile', 'arguments']
const lastFields = ['driver', 'executor']

function inOrder(application: JsonObject): JsonObject {
  const fields = Object.entries<JsonValue>({ ...application, mode: 'cluster' })
  const rank = (name: string): number => {
    const first = firstFields.indexOf(name)
    return first !== -1 ? first : firstFields.length + 1 + lastFields.indexOf(name)
  }
  return Object.fromEntries(fields.toSorted(([left], [right]) => rank(left) - rank(right)))
}

function restartPolicyOf(retry: SpecRetry): JsonObject {
  const { onFailure, onFailureIntervalSeconds, onSubmissionFailure, onSubmissionFailureIntervalSeconds } = retry
  if (Object.values(retry).every(value => value === 0 || value === undefined)) return { type: 'Never' }
  return {
    type: 'OnFailure',
    onFailureRetries: onFailure,
    ...(onFailureIntervalSeconds !== undefined && { onFailureRetryInterval: onFailureIntervalSeconds }),
    ...(onSubmissionFailure !== undefined && { onSubmissionFailureRetries: onSubmissionFailure }),
    ...(onSubmissionFailureIntervalSeconds !== undefined && {
      onSubmissionFailureRetryInterval: onSubmissionFailureIntervalSeconds,
    }),
  }
}

function scheduleOf({ cron, timezone, concurrency, suspended }: SpecSchedule): JsonObject {
  return {
    schedule: cron,
    timeZone: timezone,
    concurrencyPolicy: concurrency,
    ...(suspended && { suspend: true }),
  }
}

function annotationsOf(options: GatewayOptions): Readonly<Record<string, string>> {
  const entries = optionTable.flatMap(({ field, annotation, type }) => {
    const value = optionValue(options, field)
    if (value === undefined) return []
    if (Array.isArray(value)) return [[annotation, value.join(',')] as const]
    return [[annotation, type === 'duration' ? formatDuration(Number(value)) : String(value)] as const]
  })
  return Object.fromEntries(entries)
}
