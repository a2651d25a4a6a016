import { describe, expect, test } from 'vitest'
import { openPolicy, strictPolicy } from '../../../shared/domain/job-spec/policy/built-in-policies.ts'
import type { Policy } from '../../../shared/domain/job-spec/policy/policy-schema.ts'
import { resolvePolicy } from '../../../shared/domain/job-spec/policy/resolve-policy.ts'
import { partCases, scratch, spec, volume, type Overrides } from './policy-part-cases.ts'
import { errorsOf, makeDocument, parseValue, withValue, type Steps } from './spec-documents.ts'

const policyOf = (overrides: Overrides): Policy => resolvePolicy({ extends: 'strict', ...overrides }, {})
const errorsWith = (policy: Policy, steps: Steps, value: unknown) =>
  errorsOf(parseValue(withValue(makeDocument(), steps, value), policy))
const partsOf = (overrides: Overrides): readonly string[] =>
  Object.entries(overrides).flatMap(([group, parts]) => Object.keys(parts ?? {}).map(part => `${group}.${part}`))

describe('each part of a policy', () => {
  test.each(partCases)('%j lets %j be %j', (overrides, steps, allowed, refused, rule) => {
    const policy = policyOf(overrides)
    expect(errorsWith(policy, steps, allowed)).toEqual([])
    if (refused === undefined) {
      if (JSON.stringify(overrides).includes('any')) expect(errorsWith(strictPolicy, steps, allowed)).not.toEqual([])
      return
    }
    const errors = errorsWith(policy, steps, refused)
    expect(errors.map(error => error.rule)).toContain(rule)
    for (const error of errors) expect(error.allowed).toBeTruthy()
    expect(errorsWith(openPolicy, steps, refused).filter(error => error.rule === rule)).toEqual([])
  })

  test('is one of these, or has tests of its own', () => {
    const tested = new Set(partCases.flatMap(([overrides]) => partsOf(overrides)))
    const elsewhere = ['images.pullPolicy', 'volumes.storageClasses', 'volumes.claimSize']
    const untested = partsOf(strictPolicy).filter(
      part => !tested.has(part) && !elsewhere.includes(part) && !/^(gateway|limits)\./.test(part),
    )
    expect(untested).toEqual([])
  })
})

describe('a finding', () => {
  test('names the field of a template that the policy does not', () => {
    const policy = policyOf({ templates: { paths: ['spec.tolerations'] }, placement: { tolerations: ['*'] } })
    const template = { spec: { tolerations: [{ key: 'a' }], nodeName: 'x', hostIPC: true, containers: [] } }
    expect(errorsWith(policy, spec('driver', 'template'), template)).toMatchObject([
      { rule: 'policy-pod-template', path: 'spec.driver.template.spec.nodeName', allowed: 'spec.tolerations' },
      { rule: 'policy-placement', path: 'spec.driver.template.spec.nodeName' },
      { rule: 'policy-pod-template', path: 'spec.driver.template.spec.hostIPC' },
      { rule: 'policy-host-namespaces', path: 'spec.driver.template.spec.hostIPC' },
      { rule: 'policy-pod-template', path: 'spec.driver.template.spec.containers' },
    ])
  })

  test('names the setting that stands for a field, with its place', () => {
    const prefix = 'spark.kubernetes.driver.volumes.hostPath.a'
    const key = `${prefix}.options.path`
    expect(
      errorsWith(strictPolicy, spec('sparkConf'), { [`${prefix}.mount.path`]: '/data', [key]: '/etc' }),
    ).toMatchObject([
      { rule: 'policy-volume', path: `spec.sparkConf["${key}"]`, line: 1, allowed: expect.stringContaining('500Gi') },
    ])
  })

  test('is made for each of two settings that say the same field', () => {
    const policy = policyOf({ placement: { schedulers: ['mine'] } })
    const settings = { 'spark.kubernetes.driver.scheduler.name': 'evil', 'spark.kubernetes.scheduler.name': 'mine' }
    expect(errorsWith(policy, spec('sparkConf'), settings)).toMatchObject([{ rule: 'policy-scheduling' }])
  })

  test('says what the team may have, and nothing of other teams', () => {
    const policy = policyOf({ volumes: { emptyDir: '20Gi', hostPaths: ['/mnt/a/*'], nfs: [] } })
    const refused = (source: object) => errorsWith(policy, scratch, volume(source))[0]?.allowed
    expect(refused({ hostPath: { path: '/' } })).toBe('/mnt/a/*')
    expect(refused({ nfs: { server: 'x', path: '/' } })).toContain('emptyDir up to 20Gi')
    expect(refused({ emptyDir: { sizeLimit: '21Gi' } })).toBe('Up to 20Gi')
  })
})

describe('claims that are made for each pod', () => {
  const policy = policyOf({ volumes: { storageClasses: ['gp3'], claimSize: '200Gi' } })
  const prefix = 'spark.kubernetes.executor.volumes.persistentVolumeClaim.a'
  const document = (claim: string, storageClass?: string, size?: string) =>
    withValue(makeDocument(), spec('sparkConf'), {
      [`${prefix}.mount.path`]: '/data',
      [`${prefix}.options.claimName`]: claim,
      ...(storageClass !== undefined && { [`${prefix}.options.storageClass`]: storageClass }),
      ...(size !== undefined && { [`${prefix}.options.sizeLimit`]: size }),
    })
  const rules = (claim: string, storageClass?: string, size?: string) =>
    errorsOf(parseValue(document(claim, storageClass, size), policy)).map(({ rule }) => rule)

  test('have a storage class and a size of the policy', () => {
    expect(rules('OnDemand', 'gp3', '200Gi')).toEqual([])
    expect(rules('OnDemand', 'io2', '200Gi')).toEqual(['policy-volume'])
    expect(rules('OnDemand', 'gp3', '201Gi')).toEqual(['policy-volume-size'])
    expect(rules('OnDemand', 'gp3')).toContain('policy-volume-size')
    expect(rules('OnDemand', undefined, '1Gi')).toContain('policy-volume')
  })

  test('have no name of their own', () => {
    expect(rules('others-data', 'gp3', '1Gi')).toEqual(['policy-volume'])
  })

  test('as ephemeral volumes are judged alike', () => {
    const claim = (storageClassName: string, storage: string) => ({
      name: 'scratch',
      ephemeral: { volumeClaimTemplate: { spec: { storageClassName, resources: { requests: { storage } } } } },
    })
    expect(errorsWith(policy, spec('volumes', 0), claim('gp3', '10Gi'))).toEqual([])
    expect(errorsWith(policy, spec('volumes', 0), claim('gp3', '1Ti'))).toMatchObject([{ rule: 'policy-volume-size' }])
    expect(errorsWith(policy, spec('volumes', 0), claim('io2', '1Gi'))).toMatchObject([{ rule: 'policy-volume' }])
  })
})
