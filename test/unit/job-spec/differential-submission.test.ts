import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { JsonObject, JsonValue } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { asObject } from '../../../shared/domain/job-spec/checks/spark-memory.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import { gatewayDefaults } from '../../../shared/domain/job-spec/layers/gateway-defaults.ts'
import { submissionOf } from '../../support/operator-submission.ts'
import { differences } from '../../support/submission-differences.ts'
import { renderVerdict } from './golden-documents.ts'
import { makeDocument, parseText, withValue, type Steps } from './spec-documents.ts'

/**
 * What the operator would hand to spark-submit, and put on the pods, is the same for what the author wrote and for what
 * the gateway creates, but for what it says: take each rewritten value out of the author's document, lay the gateway's defaults
 * under it, and nothing differs but the identity.
 */
const corpus = new URL('../../../../shared/corpus/', import.meta.url)
const golden = new URL('golden/', import.meta.url)

const textsIn = (folder: URL): readonly (readonly [name: string, text: string])[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter(name => name.endsWith('.yaml'))
        .map(name => [name, readFileSync(new URL(name, folder), 'utf8')])
    : []

const own: readonly (readonly [name: string, text: string])[] = [
  ['the document of the other tests', JSON.stringify(makeDocument())],
  [
    'settings that are fields',
    JSON.stringify(
      withValue(makeDocument(), ['spec', 'sparkConf'], {
        'spark.driver.memoryOverhead': '1g',
        'spark.executor.memory': '4g',
        'spark.kubernetes.executor.request.cores': '1500m',
      }),
    ),
  ],
  [
    'labels and annotations of pods, services and nodes',
    JSON.stringify(
      ['driver', 'executor'].reduce(
        (document, role) => withValue(document, ['spec', role, 'labels'], { 'example.com/part': role }),
        withValue(makeDocument(), ['metadata', 'labels'], { 'example.com/a': 'b', 'example.com/c': 'd' }),
      ),
    ),
  ],
  ['a field that is empty', JSON.stringify(withValue(makeDocument(), ['spec', 'executor', 'coreLimit'], null))],
]

/** Always the gateway's: where the job runs, under which name and account, and how it is found again. */
const identity = [
  /^flags --name$/,
  /^settings spark\.kubernetes\.namespace$/,
  /^settings spark\.kubernetes\.driver\.pod\.name$/,
  /^settings spark\.kubernetes\.authenticate\.(driver|executor)\.serviceAccountName$/,
  /^settings spark\.kubernetes\.(driver|executor)\.label\.sparkoperator\.k8s\.io\/app-name$/,
  /^settings spark\.kubernetes\.(driver|executor)\.label\.sparkgate\.dev\//,
]

/** Rewrites that say how a value is taken, and take it all the same. */
const keepsTheValue = new Set(['setting-is-field', 'restart-always'])

/** The application of a document: its own, or the one that a schedule starts. */
function applicationOf(document: JsonObject): JsonObject {
  const spec = asObject(document['spec'])
  return document['kind'] === 'ScheduledSparkApplication' ? { ...document, spec: spec['template'] ?? {} } : document
}

/** The lowest layer by the simplest means: its maps under the author's, and nothing of it where a setting says the same. */
function withDefaults(application: JsonObject): JsonObject {
  const spec = asObject(application['spec'])
  const defaults = gatewayDefaults({ restricted: false }).spec
  const settings = asObject(spec['sparkConf'])
  const under = (field: string): JsonObject => {
    const kept = Object.entries(asObject(defaults[field])).filter(([name]) => !(`spark.${field}.${name}` in settings))
    return { ...Object.fromEntries(kept), ...asObject(spec[field]) }
  }
  expect(Object.keys(defaults)).toEqual(['driver', 'executor', 'sparkConf'])
  return {
    ...application,
    spec: { ...spec, driver: under('driver'), executor: under('executor'), sparkConf: under('sparkConf') },
  }
}

/** `spec.sparkConf["a.b"].c[0]` → the field names and indexes. */
function stepsOf(path: string): Steps {
  const parts = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)]
  return parts.map(([, quoted, index, word]) => (index === undefined ? (quoted ?? word ?? '') : Number(index)))
}

function valueAt(document: JsonValue | undefined, steps: Steps): JsonValue | undefined {
  const [step, ...rest] = steps
  if (step === undefined) return document
  if (document === null || typeof document !== 'object') return undefined
  return valueAt((document as Record<string | number, JsonValue>)[step], rest)
}

/** The author's document with what the findings rewrote taken out. */
function withoutRewritten(document: JsonObject, rewritten: readonly Finding[]): JsonObject {
  const taken = rewritten.filter(({ rule }) => !keepsTheValue.has(rule)).map(({ path }) => stepsOf(path))
  expect(taken.filter(steps => valueAt(document, steps) === undefined)).toEqual([])
  return taken.reduce<JsonObject>((left, steps) => withValue(left, steps, undefined) as JsonObject, document)
}

const isIdentity = (place: string): boolean => identity.some(pattern => pattern.test(place))

describe('the submission of a rendered application', () => {
  const documents = [...own, ...textsIn(golden), ...textsIn(corpus)]

  test.each(documents)("%s: is the author's, but for the rewrites that were reported", (_, text) => {
    const verdict = parseText(text, 'open')
    if (verdict.verdict !== 'accepted') return expect(verdict.findings.length).toBeGreaterThan(0)
    const rewritten = verdict.findings.filter(({ severity }) => severity === 'rewritten')
    const written = parse(text) as JsonObject
    const left = submissionOf(withDefaults(applicationOf(withoutRewritten(written, rewritten))))
    const right = submissionOf(renderVerdict(verdict))
    expect(differences(left, right).filter(place => !isIdentity(place))).toEqual([])
  })

  test('is compared for nearly all of them', () => {
    const accepted = documents.filter(([, text]) => parseText(text, 'open').verdict === 'accepted')
    expect(accepted.length).toBeGreaterThanOrEqual(documents.length - 3)
  })

  test('would show what was lost, changed or added without a word', () => {
    const rendered = renderVerdict(parseText(JSON.stringify(makeDocument())))
    const places = [
      [['spec', 'executor', 'memory'], '5g', 'settings spark.executor.memory'],
      [['spec', 'sparkConf', 'spark.sql.shuffle.partitions'], undefined, 'settings spark.sql.shuffle.partitions'],
      [['spec', 'hadoopConf', 'a.b'], 'c', 'settings spark.hadoop.a.b'],
      [['spec', 'arguments', 1], 'later', 'application 2'],
      [['spec', 'deps', 'pyFiles'], undefined, 'flags --py-files'],
      [['spec', 'driver', 'securityContext', 'runAsUser'], 7, 'pods driver.securityContext'],
      [['spec', 'volumes', 0, 'emptyDir', 'sizeLimit'], '1Gi', 'pods driver.mounts'],
      [['spec', 'dynamicAllocation', 'maxExecutors'], 80, 'settings spark.dynamicAllocation.maxExecutors'],
      [['spec', 'executor', 'gpu'], undefined, 'pods executor.gpu'],
      [['spec', 'sparkUIOptions', 'servicePort'], 80, 'surroundings sparkUIOptions'],
    ] as const
    const before = submissionOf(rendered)
    for (const [steps, value, place] of places) {
      expect(differences(before, submissionOf(withValue(rendered, steps, value) as JsonObject))).toEqual([place])
    }
  })
})
