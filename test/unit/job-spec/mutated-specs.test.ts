import { describe, expect, test } from 'vitest'
import type { SchemaNode } from '../../../shared/domain/job-spec/checks/schema-node.ts'
import { settingTypeOf, typedSettingNames } from '../../../shared/domain/job-spec/checks/setting-types.ts'
import {
  SPARK_APPLICATION_NODES,
  SPARK_APPLICATION_SPEC,
} from '../../../shared/domain/job-spec/checks/spark-application-schema.generated.ts'
import { fixedMutations, type Mutation } from './mutations.ts'
import { errorsOf, makeDocument, parseValue, withValue, type Steps } from './spec-documents.ts'

/** Containers inside each other that mutations reach: `spec.driver.env[0].valueFrom.secretKeyRef.key`. */
const MAX_STEPS = 8
/** Settings whose value goes to a field before it is checked; the field's rule speaks then. */
const moved =
  /^spark\.(executor\.(instances|cores|memory|memoryOverhead)|driver\.(cores|memory|memoryOverhead)|dynamicAllocation\.(min|max|initial)Executors|dynamicAllocation\.enabled|dynamicAllocation\.shuffleTracking\.enabled|kubernetes\.(memoryOverheadFactor|executor\.deleteOnTermination))$/

/** Every field of the CRD's table, as a place in a document. */
function* fieldsOf(index: number, steps: Steps): Generator<readonly [Steps, SchemaNode]> {
  const schema = SPARK_APPLICATION_NODES[index]
  if (schema === undefined || steps.length > MAX_STEPS) return
  yield [steps, schema]
  for (const [key, child] of Object.entries(schema.properties ?? {})) yield* fieldsOf(child, [...steps, key])
  if (schema.items !== undefined) yield* fieldsOf(schema.items, [...steps, 0])
  if (schema.values !== undefined) yield* fieldsOf(schema.values, [...steps, 'x'])
}

/** Forms that come again many times (affinity, probes of containers) are walked once, in the driver. */
function isFirstOfItsKind(steps: Steps): boolean {
  if (steps.includes('affinity')) return steps.length <= (steps[1] === 'driver' ? 6 : 3)
  if (steps.includes('volumes')) return steps.length <= 6
  const isContainer = steps.includes('initContainers') || steps.includes('sidecars')
  return !isContainer || steps.length <= (steps[1] === 'driver' && steps.includes('sidecars') ? 6 : 4)
}
const fields = [...fieldsOf(SPARK_APPLICATION_SPEC, ['spec'])].filter(([steps]) => isFirstOfItsKind(steps))
const leaves = (type: SchemaNode['type']) => fields.filter(([, schema]) => schema.type === type)

const wrongValues: Readonly<Record<string, readonly unknown[]>> = {
  string: [7, true, { a: 1 }],
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

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
/** Known fields in the notation of other tools: `memory_overhead`. */
const foreignNotations: readonly Mutation[] = fields.flatMap(([steps, { properties }]) =>
  Object.keys(properties ?? {})
    .filter(name => snakeCase(name) !== name && !Object.hasOwn(properties ?? {}, snakeCase(name)))
    .map(name => ({ steps: [...steps, snakeCase(name)], value: 'x', rule: 'unknown-field', suggestion: name })),
)

/** Required fields below spec; those of spec itself may come from a layer, and stand in the fixed list. */
const missing: readonly Mutation[] = fields
  .filter(([steps]) => steps.length > 1)
  .flatMap(([steps, { required }]) =>
    (required ?? []).flatMap(name => [
      { steps: [...steps, name], value: undefined, rule: 'required-field' },
      { steps: [...steps, name], value: null, rule: 'required-field' },
    ]),
  )

const outOfRange: readonly Mutation[] = [...leaves('integer'), ...leaves('number')].flatMap(
  ([steps, { minimum, maximum, format }]) => {
    const values = [
      format === 'int32' ? 2 ** 31 : undefined,
      minimum === undefined ? undefined : minimum - 1,
      maximum === undefined ? undefined : maximum + 1,
    ]
    return values.filter(value => value !== undefined).map(value => ({ steps, value, rule: 'out-of-range' }))
  },
)

const wrongWords: readonly Mutation[] = fields
  .filter(([, schema]) => schema.enum !== undefined)
  .map(([steps]) => ({ steps, value: 'zz-no-such-word', rule: 'not-one-of' }))
const wrongQuantities: readonly Mutation[] = fields
  .filter(([, { pattern, type }]) => pattern !== undefined && type === 'int-or-string')
  .map(([steps]) => ({ steps, value: '10 GB!', rule: 'wrong-format' }))

const hostileTexts: readonly Mutation[] = leaves('string').map(([steps]) => ({
  steps,
  value: 'a\u0000b\u001b[31m',
  rule: 'control-character',
}))

const wrongSettings: readonly Mutation[] = [...typedSettingNames()]
  .filter(name => !moved.test(name))
  .flatMap(name =>
    ['zz?', '1.5.1'].map(value => ({ steps: ['spec', 'sparkConf', name], value, rule: 'spark-conf-value' })),
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
function mutate(base: Record<string, unknown>, { steps, value }: Mutation): unknown {
  let document = base
  for (const [index, step] of steps.entries()) {
    const place = steps.slice(0, index)
    const existing = place.reduce<unknown>(
      (at, key) => (at as Record<string | number, unknown> | undefined)?.[key],
      document,
    )
    if (existing === undefined || existing === null)
      document = withValue(document, place, typeof step === 'number' ? [] : {})
  }
  return withValue(document, steps, value)
}

function makeSchedule(): Record<string, unknown> {
  const { spec, ...rest } = makeDocument()
  const schedule = { schedule: '0 3 * * *', concurrencyPolicy: 'Forbid', template: spec }
  return { ...rest, kind: 'ScheduledSparkApplication', spec: schedule }
}

/** What nobody noticed, in words. */
function unnoticed(base: Record<string, unknown>, mutations: readonly Mutation[]): readonly string[] {
  return mutations
    .filter(mutation => {
      const path = pathFrom(mutation.steps)
      const { rule, suggestion } = mutation
      return !errorsOf(parseValue(mutate(base, mutation))).some(
        error =>
          error.path === path && error.rule === rule && (suggestion === undefined || error.suggestion === suggestion),
      )
    })
    .map(({ steps, value, rule }) => `${pathFrom(steps)} = ${JSON.stringify(value)}: ${rule}`)
}

describe('a mutated spec is refused, and the finding names the mutated field', () => {
  test('the base documents are accepted', () => {
    for (const policy of ['open', 'strict'] as const) expect(errorsOf(parseValue(makeDocument(), policy))).toEqual([])
    expect(errorsOf(parseValue(makeSchedule()))).toEqual([])
  })

  test.each([
    ['wrong types', wrongTypes, 1_900],
    ['unknown fields', unknownFields, 190],
    ['known fields in another notation', foreignNotations, 470],
    ['missing fields', missing, 100],
    ['numbers out of range', outOfRange, 45],
    ['words that are none of the known ones', wrongWords, 4],
    ['quantities that are none', wrongQuantities, 4],
    ['hostile texts', hostileTexts, 340],
    ['settings that Spark cannot read', wrongSettings, 150],
    ['wrong forms and values', fixedMutations, 150],
  ])('%s', (_, mutations, least) => {
    expect(unnoticed(makeDocument(), mutations)).toEqual([])
    expect(mutations.length).toBeGreaterThanOrEqual(least)
  })

  test('the same holds inside a schedule, with the paths of its template', () => {
    const all = [wrongTypes, unknownFields, foreignNotations, missing, outOfRange, hostileTexts, wrongSettings].flat()
    const inTemplate = all
      .filter((_, index) => index % 10 === 0)
      .map(mutation => ({ ...mutation, steps: ['spec', 'template', ...mutation.steps.slice(1)] }))
    expect(unnoticed(makeSchedule(), inTemplate)).toEqual([])
    expect(inTemplate.length).toBeGreaterThan(300)
  })

  test('an unknown field near a known one comes with what was meant', () => {
    const near = [
      [['spec', 'mainApplicatonFile'], 'mainApplicationFile'],
      [['spec', 'executor', 'instance'], 'instances'],
      [['spec', 'driver', 'serviceaccount'], 'serviceAccount'],
      [['spec', 'executor', 'memory-overhead'], 'memoryOverhead'],
      [['spec', 'executor', 'overhead'], 'memoryOverhead'],
      [['spec', 'maxExecutors'], 'spec.dynamicAllocation.maxExecutors'],
      [['spec', 'driver', 'sparkConf'], 'spec.sparkConf'],
      [['spec', 'numExecutors'], 'spec.executor.instances'],
      [['spec', 'driver', 'instances'], 'spec.executor.instances'],
      [['spec', 'args'], 'spec.arguments'],
      [['spec', 'executor', 'cpu'], 'cores'],
      [['spce'], 'spec'],
    ] as const
    for (const [steps, suggestion] of near) {
      const errors = errorsOf(parseValue(withValue(makeDocument(), steps, 'x')))
      expect(errors).toContainEqual(expect.objectContaining({ path: pathFrom(steps), suggestion }))
    }
  })

  test('every setting with a type is one of Spark, and each type takes something', () => {
    for (const name of typedSettingNames()) {
      expect(name).toMatch(/^spark\.[a-z]/)
      const samples = ['true', '1', '0.5', '64m', '60s', 'FAIR', 'INFO', 'static', 'ANSI']
      expect(samples.some(sample => settingTypeOf(name)?.accepts(sample))).toBe(true)
    }
  })
})
