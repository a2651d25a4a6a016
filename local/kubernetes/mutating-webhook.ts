/**
 * The operator's mutating webhook: it decodes a spec into Go structs, sets defaults and writes the structs back, so that
 * missing required fields become zero values and wrong JSON types are refused in Go's words.
 */
import { hasType, isMap, nodeAt, SPEC_NODE } from './schema-check.ts'
import type { JsonMap } from './schema-check.ts'
import type { SchemaNode } from '../../shared/domain/job-spec/checks/schema-node.ts'
import { failure } from './status-answer.ts'

const WEBHOOK = 'mutate-sparkoperator-k8s-io-v1beta2-sparkapplication'
/** Go types that the webhook decodes into, by the field that holds them; its errors name them. */
const GO_STRUCTS: Readonly<Record<string, string>> = {
  driver: 'DriverSpec',
  executor: 'ExecutorSpec',
  restartPolicy: 'RestartPolicy',
  deps: 'Dependencies',
  dynamicAllocation: 'DynamicAllocation',
  monitoring: 'MonitoringSpec',
}

/** The spec as the webhook writes it back. Throws 400 for a wrong JSON type. */
export function mutateSpec(spec: JsonMap): JsonMap {
  refuseWrongTypes(spec, SPEC_NODE, 'spec', 'SparkApplicationSpec')
  const dynamic = isMap(spec.dynamicAllocation) && spec.dynamicAllocation.enabled === true
  const pod = { cores: 1, memory: '1g' }
  const mutated = {
    deps: {},
    mainApplicationFile: null,
    mode: 'cluster',
    sparkVersion: '',
    type: guessType(spec.mainApplicationFile),
    ...withoutNulls(spec),
    driver: { ...pod, ...withoutNulls(isMap(spec.driver) ? spec.driver : {}) },
    executor: {
      ...pod,
      ...(dynamic ? {} : { instances: 1 }),
      ...withoutNulls(isMap(spec.executor) ? spec.executor : {}),
    },
    restartPolicy: { type: 'Never', ...withoutNulls(isMap(spec.restartPolicy) ? spec.restartPolicy : {}) },
  }
  return sortKeys(mutated) as JsonMap
}

/** A nil pointer is left out when Go writes a struct. */
function withoutNulls(value: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null))
}

function guessType(mainFile: unknown): string {
  if (typeof mainFile !== 'string') return 'Scala'
  if (mainFile.endsWith('.py')) return 'Python'
  return mainFile.endsWith('.R') ? 'R' : 'Scala'
}

/** 500 of a create while the operator's webhook server is away. */
export function mutatingWebhookUnreachable(): Error {
  const text =
    `failed calling webhook "${WEBHOOK}.sparkoperator.k8s.io": failed to call webhook: Post ` +
    `"https://spark-operator-webhook-svc.spark-operator.svc:9443/${WEBHOOK}?timeout=10s": ` +
    'dial tcp 127.0.0.1:9443: connect: connection refused'
  return failure(500, 'InternalError', `Internal error occurred: ${text}`, { causes: [{ message: text }] })
}

function refuseWrongTypes(value: unknown, node: SchemaNode, path: string, struct: string): void {
  const wanted = goType(node)
  const got = jsonKind(value)
  if (got === 'null' || node.preserveUnknown === true) return
  if (!accepts(node, value)) {
    const message = `json: cannot unmarshal ${got} into Go struct field ${struct}.${path} of type ${wanted}`
    throw failure(400, undefined, `admission webhook "${WEBHOOK}.sparkoperator.k8s.io" denied the request: ${message}`)
  }
  if (Array.isArray(value) && node.items !== undefined) {
    const items = nodeAt(node.items)
    for (const item of value) refuseWrongTypes(item, items, path, struct)
  }
  if (!isMap(value)) return
  for (const [key, item] of Object.entries(value)) {
    const child = node.values ?? node.properties?.[key]
    if (child !== undefined)
      refuseWrongTypes(item, nodeAt(child), `${path}.${key}`, GO_STRUCTS[path.split('.').at(-1) ?? ''] ?? struct)
  }
}

/** The webhook decodes into Go structs: an int-or-string takes anything there, and so does a field without a type. */
const accepts = (node: SchemaNode, value: unknown): boolean =>
  node.type === undefined || node.type === 'int-or-string' || hasType(value, node.type)

function goType(node: SchemaNode): string {
  switch (node.type) {
    case 'integer':
      return node.format ?? 'int32'
    case 'boolean':
      return 'bool'
    case 'number':
      return 'float64'
    case 'array':
      return `[]${goType(nodeAt(node.items ?? -1))}`
    case 'object':
      return node.values === undefined ? 'v1beta2.SparkApplicationSpec' : `map[string]${goType(nodeAt(node.values))}`
    default:
      return 'string'
  }
}

function jsonKind(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'number' : `number ${value}`
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** The API server writes the keys of custom resources in alphabetical order. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map(key => [key, sortKeys(value[key])]),
  )
}
