import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue, SpecLayer } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { parseDocument } from './spec-documents.ts'
import { fieldAt, toJsonObject } from '../../../shared/domain/job-spec/document/source-node.ts'
import type { SourceMap } from '../../../shared/domain/job-spec/document/source-node.ts'
import { builtInProfiles } from '../../../shared/domain/job-spec/layers/built-in-profiles.ts'
import { checkLayer } from '../../../shared/domain/job-spec/layers/check-layer.ts'
import { explainLayers } from '../../../shared/domain/job-spec/layers/explain-layers.ts'
import { gatewayDefaults } from '../../../shared/domain/job-spec/layers/gateway-defaults.ts'
import { layerTree } from '../../../shared/domain/job-spec/layers/layer-tree.ts'
import { mergeLayers } from '../../../shared/domain/job-spec/layers/merge-layers.ts'
import { parseJobSpec } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { errorsOf, makeContext, parseValue, rulesOf, withValue, type Steps } from './spec-documents.ts'

const profiles = builtInProfiles({ eventLogDir: 's3a://platform-logs/events', checkpointDir: 's3a://payments/streams' })
const names = Object.keys(profiles)
const layers = names.map((name): SpecLayer => ({ name: `profile ${name}`, spec: profiles[name]?.spec ?? {} }))

const request: JsonObject = {
  type: 'Python',
  sparkVersion: '4.0.1',
  image: 'registry.example.com/spark:4.0.1',
  mainApplicationFile: 's3a://payments-code/jobs/report.py',
  driver: {},
  executor: {},
}

function specOf(value: JsonObject): SourceMap {
  const spec = fieldAt(parseDocument(JSON.stringify({ spec: value }), 'json').root, 'spec')
  if (spec?.kind !== 'map') throw new Error('no spec')
  return spec
}

function merged(value: JsonObject, ...profileLayers: readonly SpecLayer[]): JsonObject {
  return toJsonObject(mergeLayers(specOf(value), [gatewayDefaults({ restricted: false }), ...profileLayers]))
}

function verdictOf(spec: JsonObject) {
  const head = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', metadata: { name: 'a' } }
  return parseValue({ ...head, spec })
}

/** Every value that is no object, with the way to it. */
function leavesOf(value: JsonValue, steps: Steps = []): readonly { steps: Steps; value: JsonValue }[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [{ steps, value }]
  return Object.entries(value).flatMap(([key, below]) => leavesOf(below, [...steps, key]))
}

describe('the profiles that ship', () => {
  test('are those that people need', () => {
    expect(names).toEqual([
      'small',
      'medium',
      'large',
      'memory-optimised',
      'pyspark',
      'spot-executors',
      'dynamic-allocation',
      'local-nvme',
      'per-executor-pvc',
      'tmpfs-shuffle',
      'adaptive',
      'prometheus',
      'event-log',
      'streaming',
      'gpu',
    ])
  })

  test('have no event log without a place for it: Spark would not start', () => {
    expect(builtInProfiles()).not.toHaveProperty('event-log')
    expect(JSON.stringify(builtInProfiles())).not.toContain('undefined')
  })

  test.each(layers.map(layer => [layer.name, layer] as const))(
    '%s makes a spec that passes every check',
    (_, layer) => {
      expect(checkLayer(layer)).toEqual([])
      expect(errorsOf(verdictOf(merged(request, layer)))).toEqual([])
    },
  )

  test('can be combined, any two in any order', () => {
    const pairs = layers.flatMap(low => layers.map(high => [low, high] as const))
    const wrong = pairs.filter(([low, high]) => errorsOf(verdictOf(merged(request, low, high))).length > 0)
    expect(wrong.map(([low, high]) => `${low.name} + ${high.name}`)).toEqual([])
  })

  test('give each volume a name of its own: two of one name are no pod', () => {
    const volumes = layers.flatMap(({ spec }) => [
      ...((spec['volumes'] ?? []) as { name: string }[]).map(({ name }) => name),
      ...Object.keys((spec['sparkConf'] ?? {}) as JsonObject).flatMap(
        key => /\.volumes\.\w+\.([^.]+)\.mount\.path/.exec(key)?.[1] ?? [],
      ),
    ])
    expect(volumes).toEqual(['spark-local-dir-nvme', 'spark-local-dir-pvc'])
  })

  test('choose nodes without a clash with a selector of the request', () => {
    const own = { ...request, nodeSelector: { pool: 'spark' } }
    expect(layers.flatMap(layer => rulesOf(verdictOf(merged(own, layer))))).toEqual([])
  })

  test.each(layers.map(layer => [layer.name, layer] as const))(
    '%s gives way to every value of a request',
    (_, layer) => {
      const leaves = leavesOf(layer.spec)
      expect(leaves.length).toBeGreaterThan(0)
      for (const { steps } of leaves) {
        const own = withValue(request, steps, 'mine') as JsonObject
        const values = explainLayers(mergeLayers(specOf(own), [layer]))
        expect(values.filter(({ value }) => value === 'mine').map(({ from }) => from)).toEqual(['request'])
      }
    },
  )

  test('speak in fields where there are fields', () => {
    for (const layer of layers) {
      const spec = specOf({})
      expect([...layerTree(spec, layer).fields.keys()]).toEqual(Object.keys(layer.spec))
      const written = Object.keys((layer.spec['sparkConf'] ?? {}) as JsonObject)
      const sparkConf = fieldAt(layerTree(spec, layer), 'sparkConf')
      expect(sparkConf?.kind === 'map' ? [...sparkConf.fields.keys()] : []).toEqual(written)
    }
  })

  test('ask no more of a node than its share: 4 GiB a core, 8 GiB where memory is the point', () => {
    const shareOf = { small: 4, medium: 4, large: 4, 'memory-optimised': 8 } as const
    for (const [name, gibibytes] of Object.entries(shareOf)) {
      const executor = profiles[name]?.spec['executor'] as { cores: number; memory: string }
      expect(Number.parseInt(executor.memory, 10) * 1.4).toBeLessThanOrEqual(gibibytes * executor.cores)
    }
  })

  test('with dynamic allocation start from the number that the request names', () => {
    const spec = merged(
      { ...request, executor: { instances: 3 } },
      { name: 'dynamic', spec: profiles['dynamic-allocation']?.spec ?? {} },
    )
    expect(spec).toMatchObject({
      executor: { instances: 3 },
      dynamicAllocation: { enabled: true, shuffleTrackingEnabled: true, maxExecutors: 20 },
    })
    expect(errorsOf(verdictOf(spec))).toEqual([])
  })

  test('have a sentence each for people who choose', () => {
    for (const { summary } of Object.values(profiles)) expect(summary).toMatch(/^[A-Z][^\n|]{30,140}\.$/)
  })
})

describe("the gateway's defaults", () => {
  test.each([true, false])('pass every check (restricted: %s)', restricted => {
    const spec = toJsonObject(mergeLayers(specOf(request), [gatewayDefaults({ restricted })]))
    expect(errorsOf(verdictOf(spec))).toEqual([])
    expect(spec).toMatchObject({ driver: { cores: 1, memory: '2g' }, executor: { cores: 1, memory: '2g' } })
  })
})

describe('a job that names a profile', () => {
  const verdictWith = (name: string, level: 'strict' | 'open') => {
    const metadata = { name: 'report', annotations: { 'sparkgate.dev/profiles': name } }
    const head = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', metadata }
    const text = JSON.stringify({ ...head, spec: { ...request, executor: { instances: 7 } } })
    return parseJobSpec({ bytes: new TextEncoder().encode(text) }, { ...makeContext(level), profiles })
  }

  test.each(names)('%s: is never refused for what the profile says, however strict the policy', name => {
    const errors = errorsOf(verdictWith(name, 'strict')).filter(({ rule }) => rule !== 'policy-profile')
    expect(errors.filter(({ message }) => message.includes('(from '))).toEqual([])
    expect(verdictWith(name, 'open').verdict).toBe('accepted')
  })

  test('gets its values, and keeps its own', () => {
    const verdict = verdictWith('large, spot-executors, event-log', 'open')
    if (verdict.verdict !== 'accepted') throw new Error(JSON.stringify(verdict.findings))
    expect(verdict.spec.application).toMatchObject({
      driver: { cores: 4, memory: '8g' },
      executor: { instances: 7, cores: 4, memory: '10g', terminationGracePeriodSeconds: 120 },
      sparkConf: { 'spark.eventLog.dir': 's3a://platform-logs/events', 'spark.decommission.enabled': 'true' },
    })
  })
})
