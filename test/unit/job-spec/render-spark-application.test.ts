import { describe, expect, test } from 'vitest'
import { canonicalJson, sha256Hex } from '../../../shared/domain/job-spec/canonical-json.ts'
import type { CanonicalSpec, JsonValue } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { checkSchema } from '../../../shared/domain/job-spec/checks/check-schema.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import { parseJsonDocument } from '../../../shared/domain/job-spec/document/parse-json-document.ts'
import {
  effectiveMemoryMiB,
  objectNameFor,
  renderSparkApplication,
  type RenderInput,
} from '../../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { SPARK_APPLICATION_SPEC } from '../../../shared/domain/job-spec/checks/spark-application-schema.generated.ts'
import { makeDocument, parseValue, withValue, type Steps } from './spec-documents.ts'

function makeSpec(document: unknown = makeDocument()): { spec: CanonicalSpec; specHash: string } {
  const verdict = parseValue(document)
  if (verdict.verdict !== 'accepted') throw new Error(JSON.stringify(verdict.findings))
  return verdict
}

const jobId = 'jabcdefghijkl234567mnopqr'

function makeInput(document: unknown = makeDocument()): RenderInput {
  const { spec, specHash } = makeSpec(document)
  return {
    spec,
    specHash,
    jobId,
    team: 'payments',
    attempt: 2,
    objectName: objectNameFor(spec.name, jobId, 2),
    namespace: 'team-payments',
    serviceAccount: 'spark-payments',
    timeToLiveSeconds: 86_400,
    remedies: [],
  }
}

describe('the rendered SparkApplication', () => {
  test('says what the gateway decides, whatever the author wrote', () => {
    const object = renderSparkApplication(makeInput())
    expect(object).toMatchObject({
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: {
        name: 'daily-report-abcdefghijkl-a2',
        namespace: 'team-payments',
        labels: {
          'example.com/owner': 'data',
          'sparkgate.dev/job-id': jobId,
          'sparkgate.dev/team': 'payments',
          'sparkgate.dev/attempt': '2',
          'sparkgate.dev/managed': 'true',
          'sparkgate.dev/name': 'daily-report',
        },
        annotations: { 'sparkgate.dev/spec-hash': expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
      spec: {
        mode: 'cluster',
        restartPolicy: { type: 'Never' },
        timeToLiveSeconds: 86_400,
        driver: { serviceAccount: 'spark-payments', memory: '2g' },
        executor: { serviceAccount: 'spark-payments', memory: '4g', memoryOverhead: '1g' },
      },
    })
  })

  test('has a list of containers in every template: Spark ends without one', () => {
    const document = withValue(makeDocument(), ['spec', 'driver', 'template'], { spec: { hostname: 'driver' } })
    const withBoth = withValue(document, ['spec', 'executor', 'template'], {
      metadata: { labels: { tier: 'etl' } },
      spec: { containers: [{ name: 'spark-kubernetes-executor' }] },
    })
    const { driver, executor } = renderSparkApplication(makeInput(withBoth))['spec'] as Record<string, JsonValue>
    expect(driver).toMatchObject({ template: { spec: { hostname: 'driver', containers: [] } } })
    expect(executor).toMatchObject({
      template: {
        metadata: { labels: { tier: 'etl' } },
        spec: { containers: [{ name: 'spark-kubernetes-executor' }] },
      },
    })
  })

  test('passes the CRD strictly', () => {
    const text = JSON.stringify(
      renderSparkApplication({ ...makeInput(), remedies: [{ role: 'driver', factor: 2 }] }).spec,
    )
    const findings = makeFindingCollector(text)
    const { root } = parseJsonDocument(text)
    if (root === undefined) throw new Error('no document')
    checkSchema(root, SPARK_APPLICATION_SPEC, findings, new Set())
    expect(findings.findings()).toEqual([])
  })

  test('is the same to the byte for the same input', () => {
    const reversed = Object.fromEntries(Object.entries(makeDocument()).toReversed())
    expect(canonicalJson(renderSparkApplication(makeInput()))).toBe(
      canonicalJson(renderSparkApplication(makeInput(reversed))),
    )
    expect(JSON.stringify(renderSparkApplication(makeInput()))).toBe(
      JSON.stringify(renderSparkApplication(makeInput())),
    )
  })

  test('gives every field of the author on, but those that the gateway owns', () => {
    const { spec } = renderSparkApplication(makeInput()) as { spec: Record<string, unknown> }
    const written = makeDocument()['spec'] as Record<string, Record<string, unknown>>
    const merged = Object.fromEntries(
      Object.entries(spec).map(([key, value]) => [
        key,
        Array.isArray(value) || typeof value !== 'object' ? written[key] : { ...(value as object), ...written[key] },
      ]),
    )
    expect(Object.keys(spec).toSorted()).toEqual(
      [...Object.keys(written), 'restartPolicy', 'timeToLiveSeconds'].toSorted(),
    )
    expect({ ...merged, timeToLiveSeconds: 86_400 }).toEqual(spec)
  })
})

function withoutDriver(spec: CanonicalSpec): CanonicalSpec {
  return { ...spec, application: { ...spec.application, driver: {} } }
}

describe('remedies', () => {
  const spec = (steps: Steps, value: unknown): CanonicalSpec => makeSpec(withValue(makeDocument(), steps, value)).spec

  test.each([
    ['a heap of 2g in Python adds 40 %', makeSpec().spec, 'driver', 2048 + 819],
    ['written overhead holds', makeSpec().spec, 'executor', 4096 + 1024],
    ['a small heap adds 384 MiB', spec(['spec', 'driver', 'memory'], '512m'), 'driver', 512 + 384],
    ['a factor of the author holds', spec(['spec', 'memoryOverheadFactor'], '0.5'), 'driver', 2048 + 1024],
    ["no memory at all is the gateway's 2g", spec(['spec', 'driver', 'memory'], undefined), 'driver', 2048 + 819],
    ["a stored spec without memory is the operator's 1g", withoutDriver(makeSpec().spec), 'driver', 1024 + 409],
  ] as const)('%s', (_, canonical, role, total) => {
    expect(effectiveMemoryMiB(canonical, role, [])).toBe(total)
  })

  test('a JVM job adds 10 %', () => {
    const document = withValue(withValue(makeDocument(), ['spec', 'type'], 'Scala'), ['spec', 'mainClass'], 'a.B')
    const scala = withValue(document, ['spec', 'mainApplicationFile'], 'local:///a.jar')
    expect(effectiveMemoryMiB(makeSpec(scala).spec, 'executor', [])).toBe(4096 + 1024)
    const without = withValue(scala, ['spec', 'executor', 'memoryOverhead'], undefined)
    expect(effectiveMemoryMiB(makeSpec(without).spec, 'executor', [])).toBe(4096 + 409)
  })

  test('raise heap and overhead of their role only', () => {
    const remedies = [
      { role: 'executor', factor: 1.5 },
      { role: 'executor', factor: 2 },
    ] as const
    const object = renderSparkApplication({ ...makeInput(), remedies })
    expect(object).toMatchObject({
      spec: { executor: { memory: '12288m', memoryOverhead: '3072m' }, driver: { memory: '2g' } },
    })
    expect(effectiveMemoryMiB(makeSpec().spec, 'executor', remedies)).toBe(12_288 + 3_072)
    expect(object).not.toHaveProperty('spec.driver.memoryOverhead')
  })

  test('raise an overhead that Spark would compute, and keep the limit above', () => {
    const document = withValue(makeDocument(), ['spec', 'driver', 'memoryLimit'], '3g')
    const object = renderSparkApplication({ ...makeInput(document), remedies: [{ role: 'driver', factor: 2 }] })
    expect(object).toMatchObject({
      spec: { driver: { memory: '4096m', memoryOverhead: '1638m', memoryLimit: '6144m' } },
    })
  })

  test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 17])('a factor of %s is a bug', factor => {
    expect(() => effectiveMemoryMiB(makeSpec().spec, 'driver', [{ role: 'driver', factor }])).toThrow(RangeError)
  })
})

describe('names of objects', () => {
  test.each([
    ['a', 1],
    ['daily-report', 12],
    ['a-name-that-goes-on-and-on-and-on-to-the-end-of-the-line-and-more', 100],
    ['cut-exactly-at-dash---------------x', 1],
  ])('%s, attempt %i: DNS-1035, at most 40 characters', (name, attempt) => {
    const objectName = objectNameFor(name, jobId, attempt)
    expect(objectName).toMatch(/^[a-z][-a-z0-9]{0,38}[a-z0-9]$/)
    expect(objectName).toContain(`-abcdefghijkl-a${attempt}`)
  })

  test('attempts count from one', () => expect(() => objectNameFor('a', jobId, 0)).toThrow(RangeError))
})

describe('canonical JSON', () => {
  test.each<[JsonValue, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ é: 1, z: 2, Z: 3 }, '{"Z":3,"z":2,"é":1}'],
    [-0, '0'],
  ])('%j', (value, text) => expect(canonicalJson(value)).toBe(text))

  test('refuses numbers that JSON cannot hold', () => expect(() => canonicalJson(Number.NaN)).toThrow(TypeError))

  test('hashes are SHA-256 of UTF-8', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})
