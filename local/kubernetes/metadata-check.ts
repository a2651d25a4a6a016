/**
 * The API server's rules for names, labels and annotations: causes of a 422.
 */
import { isMap } from './schema-check.ts'
import type { JsonMap } from './schema-check.ts'
import type { StatusCause } from './status-answer.ts'

/** Fields of ObjectMeta; others are unknown to strict decoding. */
export const METADATA_FIELDS: readonly string[] = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const MAX_NAME = 253
const MAX_LABEL = 63
const MAX_ANNOTATION_BYTES = 256 * 1024

/** Causes for the metadata of a new object; empty if it is valid. */
export function checkMetadata(name: string, metadata: JsonMap): StatusCause[] {
  const causes: StatusCause[] = []
  const say = (field: string, value: string, rule: string): void => {
    causes.push({ reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${rule}`, field })
  }
  if (name.length > MAX_NAME) say('metadata.name', name, `must be no more than ${MAX_NAME} characters`)
  else if (!SUBDOMAIN.test(name)) {
    say(
      'metadata.name',
      name,
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
        "alphanumeric character (e.g. 'example.com', regex used for validation is " +
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    )
  }
  for (const [key, value] of Object.entries(isMap(metadata.labels) ? metadata.labels : {})) {
    checkKey(key, 'metadata.labels', say)
    checkLabelValue(String(value), say)
  }
  const annotations = Object.entries(isMap(metadata.annotations) ? metadata.annotations : {})
  for (const [key] of annotations) checkKey(key, 'metadata.annotations', say)
  const bytes = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key + String(value)), 0)
  if (bytes > MAX_ANNOTATION_BYTES) {
    causes.push({
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${MAX_ANNOTATION_BYTES} bytes`,
      field: 'metadata.annotations',
    })
  }
  return causes
}

type Say = (field: string, value: string, rule: string) => void

function checkKey(key: string, field: string, say: Say): void {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  const prefixed = parts.length === 1 || (parts.length === 2 && SUBDOMAIN.test(parts[0] ?? ''))
  if (name.length > MAX_LABEL) say(field, key, `name part must be no more than ${MAX_LABEL} characters`)
  else if (!prefixed || !QUALIFIED_NAME.test(name)) {
    say(
      field,
      key,
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " +
        "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    )
  }
}

function checkLabelValue(value: string, say: Say): void {
  if (value.length > MAX_LABEL) say('metadata.labels', value, `must be no more than ${MAX_LABEL} characters`)
  else if (value !== '' && !QUALIFIED_NAME.test(value)) {
    say(
      'metadata.labels',
      value,
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
        "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    )
  }
}
