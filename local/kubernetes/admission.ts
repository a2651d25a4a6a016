/**
 * What happens to a SparkApplication between the request and the store: decoding, the operator's mutating webhook,
 * schema and metadata checks, the operator's validating webhook. In the order and with the texts of a real cluster
 * (Kubernetes 1.34, Spark Operator 2.5.2): required fields are *not* enforced, the mutating webhook invents them.
 */
import { randomUUID } from 'node:crypto'
import type { SparkApplication } from './kubernetes-object.ts'
import { checkSpec, isMap, pruneUnknownFields } from './schema-check.ts'
import type { JsonMap } from './schema-check.ts'
import { badRequest, invalid, SPARK_APPLICATION_KIND } from './status-answer.ts'
import { checkMetadata, METADATA_FIELDS } from './metadata-check.ts'
import { mutateSpec, mutatingWebhookUnreachable } from './mutating-webhook.ts'
import { validateApplication } from './validating-webhook.ts'

export const API_VERSION = 'sparkoperator.k8s.io/v1beta2'
export interface AdmissionRequest {
  /** The body as sent. */
  readonly body: string
  readonly namespace: string
  /** `fieldValidation` of the query; the server's default is `Warn`. */
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore'
  /** Is the operator's webhook server there? */
  readonly webhookUp: boolean
  readonly now: string
}

/** The object that would be stored, and warnings for the answer's headers. Throws StatusError where it is refused. */
export function admitSparkApplication(request: AdmissionRequest): {
  readonly application: SparkApplication
  readonly warnings: readonly string[]
} {
  const document = decode(request.body)
  const metadata = isMap(document.metadata) ? document.metadata : {}
  if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== request.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const { value: spec, unknown } = pruneUnknownFields(document.spec ?? {})
  const strange = [...unknownOutside(document, metadata), ...unknown].map(
    path => `unknown field ${JSON.stringify(path)}`,
  )
  if (strange.length > 0 && request.fieldValidation === 'Strict') {
    throw badRequest(
      `SparkApplication in version "v1beta2" cannot be handled as a SparkApplication: strict decoding error: ${strange.join(', ')}`,
    )
  }
  if (!request.webhookUp) throw mutatingWebhookUnreachable()
  const mutated = mutateSpec(isMap(spec) ? spec : {})
  const name = nameOf(metadata)
  const causes = [...checkMetadata(name, metadata), ...checkSpec(mutated)]
  if (causes.length > 0) throw invalid(SPARK_APPLICATION_KIND, name, causes)
  validateApplication(name, mutated, request.namespace)
  const application = {
    apiVersion: API_VERSION,
    kind: 'SparkApplication',
    metadata: {
      creationTimestamp: request.now,
      generation: 1,
      ...pick(metadata, ['annotations', 'finalizers', 'labels', 'ownerReferences']),
      name,
      namespace: request.namespace,
      uid: randomUUID(),
    },
    spec: mutated,
  } as unknown as SparkApplication
  return { application, warnings: request.fieldValidation === 'Warn' ? strange : [] }
}

function decode(body: string): JsonMap {
  let document: unknown
  try {
    document = JSON.parse(body)
  } catch (error) {
    throw unrecognized(`json parse error: ${error instanceof Error ? error.message : 'invalid'}`, body)
  }
  if (!isMap(document))
    throw unrecognized('json parse error: json: cannot unmarshal into Go value of type struct', body)
  if (document.apiVersion !== API_VERSION || document.kind !== 'SparkApplication') {
    const got = `${typeof document.apiVersion === 'string' ? document.apiVersion : ''}, Kind=${typeof document.kind === 'string' ? document.kind : ''}`
    throw badRequest(
      `the API version in the data (${got}) does not match the expected API version (${API_VERSION}, Kind=SparkApplication)`,
    )
  }
  return document
}

function unrecognized(why: string, body: string): Error {
  const hex = Buffer.from(body).subarray(0, 100).toString('hex')
  return badRequest(
    `the object provided is unrecognized (must be of type SparkApplication): couldn't get version/kind; ${why} (${hex})`,
  )
}

function unknownOutside(document: JsonMap, metadata: JsonMap): string[] {
  const top = Object.keys(document).filter(key => !['apiVersion', 'kind', 'metadata', 'spec', 'status'].includes(key))
  const inside = Object.keys(metadata).filter(key => !METADATA_FIELDS.includes(key))
  return [...top, ...inside.map(key => `metadata.${key}`)]
}

function nameOf(metadata: JsonMap): string {
  if (typeof metadata.name === 'string' && metadata.name !== '') return metadata.name
  if (typeof metadata.generateName === 'string') return metadata.generateName + randomUUID().slice(0, 5)
  throw invalid(SPARK_APPLICATION_KIND, '', [
    {
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
      field: 'metadata.name',
    },
  ])
}

function pick(map: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)))
}
