import { describe, expect, test } from 'vitest'
import type { SchemaNode } from '../../../shared/domain/job-spec/checks/schema-node.ts'
import {
  SPARK_APPLICATION_NODES,
  SPARK_APPLICATION_SPEC,
} from '../../../shared/domain/job-spec/checks/spark-application-schema.generated.ts'
import { errorsOf, makeDocument, parseValue, withValue, type Steps } from './spec-documents.ts'

/** Containers inside each other that mutations reach: `spec.driver.env[0].valueFrom.secretKeyRef.key`. */
const MAX_STEPS = 8

interface Mutation {
  readonly steps: Steps
  readonly value: unknown
  readonly rule: string
}

/** Every field of the CRD's table, as a place in a document. */
function* fieldsOf(index: number, steps: Steps): Generator<readonly [Steps, SchemaNode]> {
  const schema = SPARK_APPLICATION_NODES[index]
  if (schema === undefined || steps.length > MAX_STEPS) return
  yield [steps, schema]
  for (const [key, child] of Object.entries(schema.properties ?? {})) yield* fieldsOf(child, [...steps, key])
  if (schema.items !== undefined) yield* fieldsOf(schema.items, [...steps, 0])
  if (schema.values !== undefined) yield* fieldsOf(schema.values, [...steps, 'x'])
}

const fields = [...fieldsOf(SPARK_APPLICATION_SPEC, ['spec'])]
  // Affinity, volumes and containers repeat the same few forms hundreds of times.
  .filter(([steps]) => !steps.includes('affinity') && steps.length <= (steps.includes('volumes') ? 5 : MAX_STEPS))
  .filter(([steps]) => !steps.some(step => step === 'initContainers' || step === 'sidecars') || steps.length <= 5)

const wrongValues: Readonly<Record<string, readonly unknown[]>> = {
  string: [7, { a: 1 }],
  integer: ['many', 1.5],
  number: ['many'],
  boolean: ['maybe', 0],
  array: ['one', { a: 1 }],
  object: ['one', ['a']],
  'int-or-string': [true, []],
}

const wrongTypes: readonly Mutation[] = fields.flatMap(([steps, { type }]) =>
  (wrongValues[type ?? ''] ?? []).map(value => ({ steps, value, rule: 'wrong-type' })),
)

const unknownFields: readonly Mutation[] = fields
  .filter(([, { properties }]) => properties !== undefined)
  .map(([steps]) => ({ steps: [...steps, 'zzUnknown'], value: 1, rule: 'unknown-field' }))

const missing: readonly Mutation[] = [
  ...['type', 'sparkVersion', 'mainApplicationFile', 'driver', 'executor'].map(field => ['spec', field]),
  ['metadata'],
  ['metadata', 'name'],
  ['spec', 'volumes', 0, 'name'],
  ['spec', 'driver', 'env', 0, 'name'],
  ['spec', 'driver', 'volumeMounts', 0, 'mountPath'],
  ['spec', 'executor', 'gpu', 'name'],
  ['spec'],
].flatMap(steps => [
  { steps, value: undefined, rule: 'required-field' },
  ...(steps.length > 1 ? [{ steps, value: null, rule: 'required-field' }] : []),
])

const wrongTexts: readonly (readonly [rule: string, steps: Steps, values: readonly unknown[]])[] = [
  ['not-one-of', ['spec', 'type'], ['python', 'SQL', '']],
  ['not-one-of', ['spec', 'mode'], ['local']],
  ['not-one-of', ['spec', 'pythonVersion'], ['4']],
  ['not-one-of', ['spec', 'restartPolicy'], []],
  ['not-one-of', ['spec', 'restartPolicy', 'type'], ['Sometimes']],
  ['not-one-of', ['spec', 'imagePullPolicy'], ['always']],
  ['memory-format', ['spec', 'driver', 'memory'], ['1.5g', '1Gi', '-1g', '', 'lots', '1 g', '9'.repeat(40)]],
  ['memory-format', ['spec', 'executor', 'memoryOverhead'], ['0.5g', '1Mi']],
  ['memory-out-of-range', ['spec', 'executor', 'memory'], ['1m', '0', '100b', '999999999t']],
  ['quantity-format', ['spec', 'driver', 'coreLimit'], ['one', '-1', '0', '1e400', '1 core']],
  ['quantity-format', ['spec', 'executor', 'coreRequest'], ['', '1..5']],
  ['factor-format', ['spec', 'memoryOverheadFactor'], ['-1', 'half', '1e3']],
  ['spark-version-format', ['spec', 'sparkVersion'], ['latest', '4', '', '3.5.3; rm -rf /']],
  ['class-format', ['spec', 'mainClass'], ['--conf', 'a b', 'a..b', '']],
  ['image-format', ['spec', 'image'], ['-v', 'a b', '', 'a:$TAG', 'http://x/y:z']],
  ['image-format', ['spec', 'executor', 'image'], ['a,b']],
  ['out-of-range', ['spec', 'driver', 'cores'], [0, -1, 5000, 2 ** 40]],
  ['out-of-range', ['spec', 'executor', 'instances'], [0, 100_000]],
  ['out-of-range', ['spec', 'restartPolicy', 'onFailureRetries'], [-1, 1000]],
  ['out-of-range', ['spec', 'dynamicAllocation', 'minExecutors'], [-1]],
  ['out-of-range', ['spec', 'executor', 'gpu', 'quantity'], [0]],
  ['out-of-range', ['spec', 'monitoring', 'prometheus', 'port'], [80, 70_000]],
  ['gpu-name-format', ['spec', 'executor', 'gpu', 'name'], ['gpu', 'nvidia.com/gpu=1']],
  ['label-key-format', ['spec', 'driver', 'labels', 'a b'], ['x']],
  ['label-key-format', ['spec', 'executor', 'annotations', 'a=b'], ['x']],
  ['label-key-format', ['metadata', 'labels', '-x'], ['x']],
  ['label-value-format', ['spec', 'driver', 'labels', 'x'], ['a b', 'x'.repeat(64), '-']],
  ['label-value-format', ['metadata', 'labels', 'x'], ['a/b']],
  ['environment-name-format', ['spec', 'driver', 'env', 0, 'name'], ['A=B', '1A', '']],
  ['environment-name-format', ['spec', 'executor', 'envVars', 'A=B'], ['x']],
  ['name-format', ['metadata', 'name'], ['Upper', '1a', 'a_b', 'x'.repeat(64), '', 'a.b', 'a\nb']],
  ['name-format', ['spec', 'volumes', 0, 'name'], ['A', 'a/b']],
  ['name-format', ['spec', 'hadoopConfigMap'], ['../x']],
  ['mount-path-format', ['spec', 'driver', 'volumeMounts', 0, 'mountPath'], ['data', '/a/../b', '/a:b']],
  ['spark-conf-key', ['spec', 'sparkConf', 'executor.memory'], ['x']],
  ['spark-conf-key', ['spec', 'sparkConf', 'spark.a=b'], ['x']],
  ['spark-conf-key', ['spec', 'sparkConf', 'spark.a b'], ['x']],
  ['hadoop-conf-key', ['spec', 'hadoopConf', 'a=b'], ['x']],
  ['wrong-type', ['spec', 'sparkConf', 'spark.x'], [1, true, null, ['a'], { a: 1 }]],
  ['wrong-type', ['spec', 'hadoopConf', 'x'], [1, false]],
  ['wrong-type', ['metadata', 'labels', 'x'], [1, true]],
  ['wrong-type', ['metadata', 'name'], [1]],
  ['argument-too-long', ['spec', 'arguments', 0], ['x'.repeat(40_000)]],
  ['control-character', ['spec', 'arguments', 0], ['a\u0000b', '\u001b[0m', '\ud800']],
  ['control-character', ['spec', 'sparkConf', 'spark.x'], ['\u0000']],
  ['unknown-field', ['metadata', 'nmae'], ['x']],
  ['unknown-field', ['specs'], [{}]],
  ['policy-metadata-field', ['metadata', 'ownerReferences'], [[]]],
  ['policy-metadata-field', ['metadata', 'finalizers'], [['a']]],
  ['policy-metadata-field', ['metadata', 'generateName'], ['a-']],
]
const wrongForms: readonly Mutation[] = wrongTexts.flatMap(([rule, steps, values]) =>
  values.map(value => ({ steps, value, rule })),
)

function pathFrom(steps: Steps): string {
  return steps
    .map(step => {
      if (typeof step === 'number') return `[${step}]`
      return /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
    })
    .join('')
    .replace(/^\./, '')
}

/** Lists in the base document are made where a mutation needs them. */
function mutate({ steps, value }: Mutation): unknown {
  let document: Record<string, unknown> = makeDocument()
  for (const [index, step] of steps.entries()) {
    const place = steps.slice(0, index)
    const existing = place.reduce<unknown>(
      (at, key) => (at as Record<string | number, unknown> | undefined)?.[key],
      document,
    )
    if (existing === undefined) document = withValue(document, place, typeof step === 'number' ? [] : {})
  }
  return withValue(document, steps, value)
}

describe('a mutated spec is refused, and the finding names the mutated field', () => {
  test('the base document is accepted under both policies', () => {
    for (const policy of ['open', 'strict'] as const) expect(errorsOf(parseValue(makeDocument(), policy))).toEqual([])
  })

  test.each([
    ['wrong types', wrongTypes, 700],
    ['unknown fields', unknownFields, 100],
    ['missing fields', missing, 20],
    ['wrong forms and values', wrongForms, 100],
  ])('%s', (_, mutations, least) => {
    const unnoticed = mutations
      .filter(mutation => {
        const path = pathFrom(mutation.steps)
        return !errorsOf(parseValue(mutate(mutation))).some(
          error => error.path === path && error.rule === mutation.rule,
        )
      })
      .map(mutation => `${pathFrom(mutation.steps)} = ${JSON.stringify(mutation.value)}: ${mutation.rule}`)
    expect(unnoticed).toEqual([])
    expect(mutations.length).toBeGreaterThanOrEqual(least)
  })

  test('an unknown field near a known one comes with what was meant', () => {
    const near = [
      [['spec', 'mainApplicatonFile'], 'mainApplicationFile'],
      [['spec', 'executor', 'instance'], 'instances'],
      [['spec', 'driver', 'serviceaccount'], 'serviceAccount'],
      [['spec', 'maxExecutors'], 'spec.dynamicAllocation.maxExecutors'],
      [['spec', 'driver', 'sparkConf'], 'spec.sparkConf'],
      [['spce'], 'spec'],
    ] as const
    for (const [steps, suggestion] of near) {
      const errors = errorsOf(parseValue(withValue(makeDocument(), steps, 'x')))
      expect(errors).toContainEqual(expect.objectContaining({ path: pathFrom(steps), suggestion }))
    }
  })
})
