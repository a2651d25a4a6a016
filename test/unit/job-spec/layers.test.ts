import { describe, expect, test } from 'vitest'
import type { JsonObject, JsonValue, SpecLayer } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { moveSettingsToFields } from '../../../shared/domain/job-spec/checks/check-spark-conf.ts'
import { parseDocument } from './spec-documents.ts'
import { fieldAt, toJsonObject } from '../../../shared/domain/job-spec/document/source-node.ts'
import type { SourceMap, SourceNode } from '../../../shared/domain/job-spec/document/source-node.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import { checkLayer } from '../../../shared/domain/job-spec/layers/check-layer.ts'
import { enforcedSecurity } from '../../../shared/domain/job-spec/layers/enforced-security.ts'
import { enforceLayer } from '../../../shared/domain/job-spec/layers/enforce-layer.ts'
import { gatewayDefaults } from '../../../shared/domain/job-spec/layers/gateway-defaults.ts'
import { mergeLayers } from '../../../shared/domain/job-spec/layers/merge-layers.ts'

function specOf(value: JsonObject): SourceMap {
  const spec = fieldAt(parseDocument(JSON.stringify({ spec: value }), 'json').root, 'spec')
  if (spec?.kind !== 'map') throw new Error('no spec')
  return spec
}

function layer(name: string, spec: JsonObject): SpecLayer {
  return { name, spec }
}

function merge(request: JsonObject, ...layers: readonly JsonObject[]): JsonValue {
  const named = layers.map((spec, index) => layer(`layer ${index}`, spec))
  return toJsonObject(mergeLayers(specOf(request), named))
}

function enforce(request: JsonObject, enforced: JsonObject) {
  const findings = makeFindingCollector('')
  const spec = enforceLayer(specOf(request), layer('enforced', enforced), findings)
  return { spec, value: toJsonObject(spec), findings: findings.findings() }
}

describe('defaults under a request', () => {
  test('hold where the request says nothing', () => {
    expect(merge({ type: 'Python' }, { image: 'a', driver: { memory: '2g' } })).toEqual({
      type: 'Python',
      image: 'a',
      driver: { memory: '2g' },
    })
  })

  test('give way to the request, value by value', () => {
    const defaults = { driver: { memory: '2g', cores: 1 }, sparkConf: { 'spark.a': '1', 'spark.b': '2' } }
    expect(merge({ driver: { memory: '8g' }, sparkConf: { 'spark.b': '3' } }, defaults)).toEqual({
      driver: { memory: '8g', cores: 1 },
      sparkConf: { 'spark.a': '1', 'spark.b': '3' },
    })
  })

  test('give way to higher layers, lowest first', () => {
    const layers = [{ image: 'gateway', type: 'R' }, { image: 'cluster' }, { image: 'team' }, { image: 'profile' }]
    expect(merge({}, ...layers)).toEqual({ image: 'profile', type: 'R' })
    expect(merge({ image: 'request' }, ...layers)).toEqual({ image: 'request', type: 'R' })
  })

  test.each([
    ['volumes', { name: 'a', emptyDir: {} }, { name: 'a', hostPath: { path: '/a' } }, { name: 'b', emptyDir: {} }],
    ['env', { name: 'A', value: '1' }, { name: 'A', valueFrom: { fieldRef: {} } }, { name: 'B', value: '' }],
    ['secrets', { name: 'a', path: '/a' }, { name: 'a', path: '/b' }, { name: 'b', path: '/b' }],
    ['sidecars', { name: 'a', image: 'x' }, { name: 'a', args: ['x'] }, { name: 'b', image: 'x' }],
    ['volumeMounts', { mountPath: '/a', name: 'a' }, { mountPath: '/a', name: 'b' }, { mountPath: '/b', name: 'b' }],
  ])('%s are merged item by item; an item of the request replaces the whole default', (list, low, high, other) => {
    const merged = merge({ driver: { [list]: [high] } }, { driver: { [list]: [low, other] } })
    expect(merged).toEqual({ driver: { [list]: [other, high] } })
  })

  test.each([
    ['tolerations', [{ key: 'a', operator: 'Exists' }], [{ operator: 'Exists', key: 'a' }, { key: 'b' }]],
    ['imagePullSecrets', ['a'], ['a', 'b']],
    [
      'ports',
      [{ name: 'a', containerPort: 1 }],
      [
        { containerPort: 1, name: 'a' },
        { name: 'b', containerPort: 2 },
      ],
    ],
  ])('%s are added to, without repeats', (list, request, defaults) => {
    const merged = merge({ [list]: request }, { [list]: defaults })
    expect(merged).toEqual({ [list]: [defaults[1], request[0]] })
  })

  test('other lists are replaced whole', () => {
    const request = { arguments: ['a'], deps: { jars: [] } }
    expect(merge(request, { arguments: ['b', 'c'], deps: { jars: ['x'], files: ['f'] } })).toEqual({
      arguments: ['a'],
      deps: { jars: [], files: ['f'] },
    })
  })

  test('are kept away by null, also by that of a higher layer, which then leaves no trace', () => {
    const low = { image: 'a', driver: { memory: '2g', labels: { a: '1' } } }
    expect(merge({ driver: { memory: null } }, low)).toEqual({
      image: 'a',
      driver: { memory: null, labels: { a: '1' } },
    })
    expect(merge({ type: 'R' }, low, { image: null, driver: { labels: { a: null } } })).toEqual({
      type: 'R',
      driver: { memory: '2g', labels: {} },
    })
  })

  test('of settings and labels are kept away by null, which goes with them; one without a default is left to the checks', () => {
    const request = { sparkConf: { 'spark.a': null, 'spark.c': null }, driver: { labels: { team: null } } }
    const low = { sparkConf: { 'spark.a': '0', 'spark.b': '2' } }
    expect(merge(request, low, { sparkConf: { 'spark.a': '1' }, driver: { labels: { team: 'a' } } })).toEqual({
      sparkConf: { 'spark.b': '2', 'spark.c': null },
      driver: { labels: {} },
    })
    expect(merge({ sparkConf: { 'spark.executor.memory': null } }, { executor: { memory: '2g' } })).toEqual({
      sparkConf: { 'spark.executor.memory': null },
      executor: {},
    })
  })

  test('never change the kind of what the request wrote: the checks must see the mistake', () => {
    expect(merge({ driver: ['a'], volumes: { a: 1 } }, { driver: { cores: 1 }, volumes: [{ name: 'b' }] })).toEqual({
      driver: ['a'],
      volumes: { a: 1 },
    })
  })

  test('meet the request in fields, however a layer spells them', () => {
    const defaults = { sparkConf: { 'spark.executor.memory': '8g', 'spark.executor.instances': '4', 'spark.x': 'y' } }
    expect(merge({ executor: { memory: '2g' } }, defaults)).toEqual({
      executor: { memory: '2g', instances: 4 },
      sparkConf: { 'spark.x': 'y' },
    })
    const spec = specOf({ executor: {}, sparkConf: { 'spark.executor.memory': '2g' } })
    moveSettingsToFields(spec, makeFindingCollector(''))
    expect(toJsonObject(mergeLayers(spec, [layer('team', { executor: { memory: '8g' } })]))).toEqual({
      executor: { memory: '2g' },
      sparkConf: {},
    })
  })

  test('give way to a setting of the request that is a field, also where the request has no such object', () => {
    const spec = specOf({ sparkConf: { 'spark.executor.memory': '8g', 'spark.dynamicAllocation.enabled': 'false' } })
    const allocation = { dynamicAllocation: { enabled: true, maxExecutors: 20 } }
    const layers = [layer('gateway', { executor: { memory: '2g', cores: 1 } }), layer('profile dynamic', allocation)]
    const merged = mergeLayers(spec, layers)
    moveSettingsToFields(merged, makeFindingCollector(''))
    expect(toJsonObject(merged)).toEqual({
      executor: { memory: '8g', cores: 1 },
      dynamicAllocation: { enabled: false, maxExecutors: 20 },
      sparkConf: {},
    })
    expect(fieldAt(merged, 'executor', 'memory')?.layer).toBeUndefined()
  })

  test("leave the request's own tree as it was", () => {
    const request = { driver: { env: [{ name: 'A', value: '1' }] }, sparkConf: {} }
    const spec = specOf(request)
    const merged = mergeLayers(spec, [layer('team', { driver: { env: [{ name: 'B' }], memory: '2g' }, image: 'a' })])
    expect(toJsonObject(spec)).toEqual(request)
    expect(fieldAt(merged, 'driver', 'env')).not.toBe(fieldAt(spec, 'driver', 'env'))
    expect(mergeLayers(spec, [])).toBe(spec)
  })

  test('know who gave them; values of the request have no layer', () => {
    const merged = mergeLayers(specOf({ driver: { cores: 1 } }), [
      layer('cluster main', { image: 'a', driver: { memory: '2g' } }),
      layer('profile small', { driver: { memory: '4g', labels: { a: 'b' } } }),
    ])
    const from = (...names: readonly string[]): string | undefined => fieldAt(merged, ...names)?.layer
    expect([from('image'), from('driver', 'memory'), from('driver', 'labels', 'a')]).toEqual([
      'cluster main',
      'profile small',
      'profile small',
    ])
    expect([from('driver'), from('driver', 'cores')]).toEqual([undefined, undefined])
  })

  test('are named in findings, which have a path and no line', () => {
    const findings = makeFindingCollector('{}')
    const merged = mergeLayers(specOf({}), [layer('team payments', { driver: { memory: '2g' } })])
    const node = fieldAt(merged, 'driver', 'memory') as SourceNode
    findings.error(node, 'a-rule', 'Too little.')
    expect(findings.findings()).toEqual([
      expect.objectContaining({ path: 'spec.driver.memory', message: 'Too little. (from team payments)' }),
    ])
    expect(findings.findings()[0]).not.toHaveProperty('line')
  })

  test('deeper than any document are a mistake of the platform', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as JsonObject
    expect(() => merge({}, deep)).toThrow('layer 0')
  })
})

describe('the enforced layer', () => {
  test('replaces what the author wrote, and says so at his value', () => {
    const { value, findings } = enforce(
      { sparkConf: { 'spark.eventLog.dir': 's3a://mine/' } },
      {
        sparkConf: { 'spark.eventLog.dir': 's3a://platform/' },
      },
    )
    expect(value).toEqual({ sparkConf: { 'spark.eventLog.dir': 's3a://platform/' } })
    expect(findings).toEqual([
      expect.objectContaining({
        severity: 'rewritten',
        rule: 'enforced-value',
        path: 'spec.sparkConf["spark.eventLog.dir"]',
        allowed: '"s3a://platform/"',
      }),
    ])
    expect(JSON.stringify(findings)).not.toContain('mine')
  })

  test('says nothing about equal values, defaults and what was not written', () => {
    const merged = mergeLayers(specOf({ image: 'a', driver: { cores: 1 } }), [
      layer('team', { driver: { memory: '1g' } }),
    ])
    const findings = makeFindingCollector('')
    const enforced = layer('enforced', { image: 'a', driver: { memory: '2g', labels: { a: 'b' } } })
    expect(toJsonObject(enforceLayer(merged, enforced, findings))).toEqual({
      image: 'a',
      driver: { cores: 1, memory: '2g', labels: { a: 'b' } },
    })
    expect(findings.findings()).toEqual([])
  })

  test('takes fields away by null', () => {
    const { value, findings } = enforce({ proxyUser: 'root', image: 'a' }, { proxyUser: null, suspend: null })
    expect(value).toEqual({ image: 'a' })
    expect(findings.map(({ path, allowed }) => [path, allowed])).toEqual([['spec.proxyUser', 'No value']])
  })

  test('reaches into items of lists by their identity, and adds those that are missing', () => {
    const { value } = enforce(
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      {
        env: [
          { name: 'B', value: '3' },
          { name: 'C', value: '4' },
        ],
      },
    )
    expect(value).toEqual({
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '3' },
        { name: 'C', value: '4' },
      ],
    })
  })
})

describe('enforced security', () => {
  const restricted = { restricted: true }
  const container = { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }

  function secure(request: JsonObject) {
    const findings = makeFindingCollector('')
    const spec = mergeLayers(specOf(request), [gatewayDefaults(restricted)])
    const value = toJsonObject(enforceLayer(spec, enforcedSecurity(spec, restricted), findings))
    return { value, findings: findings.findings() }
  }

  test('gives driver and executor what the level restricted asks for, as a user that is a number', () => {
    const { value, findings } = secure({ driver: {}, executor: {} })
    for (const role of ['driver', 'executor']) {
      expect(value[role]).toMatchObject({
        securityContext: container,
        podSecurityContext: { runAsUser: 185, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      })
    }
    expect(findings).toEqual([])
  })

  test("reaches each further container and a pod template, and leaves the author's user", () => {
    const { value, findings } = secure({
      driver: {
        podSecurityContext: { runAsUser: 1000, fsGroup: 100 },
        initContainers: [{ name: 'fetch', image: 'a' }],
        sidecars: [{ name: 'logs', image: 'b', securityContext: { allowPrivilegeEscalation: true, runAsUser: 7 } }],
        template: { spec: { containers: [{ name: 'spark-kubernetes-driver', image: 'c' }] } },
      },
    })
    expect(value['driver']).toMatchObject({
      podSecurityContext: { runAsUser: 1000, runAsGroup: 185, fsGroup: 100 },
      initContainers: [{ name: 'fetch', image: 'a', securityContext: container }],
      sidecars: [{ name: 'logs', image: 'b', securityContext: { ...container, runAsUser: 7 } }],
      template: {
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [{ name: 'spark-kubernetes-driver', image: 'c', securityContext: container }],
        },
      },
    })
    expect(findings.map(({ path }) => path)).toEqual([
      'spec.driver.sidecars[0].securityContext.allowPrivilegeEscalation',
    ])
  })

  test('is nothing where one trusted team has the cluster', () => {
    const spec = specOf({ driver: { securityContext: { privileged: true } } })
    const open = enforcedSecurity(spec, { restricted: false })
    expect(toJsonObject(enforceLayer(spec, open, makeFindingCollector('')))).toEqual(toJsonObject(spec))
    expect(gatewayDefaults({ restricted: false }).spec).not.toHaveProperty('driver.podSecurityContext')
  })
})

describe('a layer of the platform file', () => {
  test('is checked by itself, and may lack what a request must have', () => {
    expect(checkLayer(layer('team payments', { driver: { memory: '2g', labels: { a: null } }, image: null }))).toEqual(
      [],
    )
  })

  test('with mistakes is named in the findings', () => {
    const spec = { driver: { memroy: '2g' }, executor: { cores: 0, memory: '1.5Gi' }, volumes: [{ emptyDir: {} }] }
    const found = checkLayer(layer('team payments', spec))
    expect([...new Set(found.map(({ path }) => path))].toSorted()).toEqual([
      'spec.driver.memroy',
      'spec.executor.cores',
      'spec.executor.memory',
      'spec.volumes[0].name',
    ])
    expect(found.every(({ message }) => message.endsWith('(from team payments)'))).toBe(true)
  })
})
