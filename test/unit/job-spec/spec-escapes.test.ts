import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PolicyLevel } from '../../../shared/domain/job-spec/canonical-spec.ts'
import type { Policy } from '../../../shared/domain/job-spec/policy/policy-schema.ts'
import { platformEscapes, spec, tenantEscapes, type Escape } from './escape-cases.ts'
import { anyPolicy } from './policy-arbitrary.ts'
import { errorsOf, makeDocument, parseValue, rulesOf, withValue, type Steps } from './spec-documents.ts'

function refusals(escapes: readonly Escape[], policy: PolicyLevel | Policy): readonly string[] {
  return escapes
    .filter(([steps, value]) => errorsOf(parseValue(withValue(makeDocument(), steps, value), policy)).length === 0)
    .map(([steps, value]) => `${steps.join('.')} = ${JSON.stringify(value)}`)
}

/** What is refused because it is no name, before anything is asked about it. */
const formRules = new Set([
  'spark-conf-key',
  'hadoop-conf-key',
  'unknown-option',
  'unknown-field',
  'control-character',
  ...['class', 'image', 'environment-name', 'label-key'].map(name => `${name}-format`),
])

describe('ways out of a tenancy', () => {
  test.each(['open', 'strict'] as const)('into the platform are all closed under %s', policy => {
    expect(platformEscapes.length).toBeGreaterThanOrEqual(100)
    expect(refusals(platformEscapes, policy)).toEqual([])
  })

  test('into the platform stay closed under any policy', () => {
    fc.assert(
      fc.property(anyPolicy, fc.constantFrom(...platformEscapes), (policy, escape) => {
        expect(refusals([escape], policy)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  test('to nodes, secrets and other jobs are all closed under strict', () => {
    expect(tenantEscapes.length).toBeGreaterThanOrEqual(60)
    expect(refusals(tenantEscapes, 'strict')).toEqual([])
  })

  test('are closed by a rule that means them, not by an accident of the document', () => {
    const reasons = (escapes: readonly Escape[], policy: PolicyLevel) =>
      escapes.map(([steps, value]) => rulesOf(parseValue(withValue(makeDocument(), steps, value), policy)))
    const isMeant = (rules: readonly string[]) => rules.some(rule => rule.startsWith('policy-') || formRules.has(rule))
    expect(reasons(platformEscapes, 'open').filter(rules => !isMeant(rules))).toEqual([])
    expect(reasons(tenantEscapes, 'strict').filter(rules => !rules.some(rule => rule.startsWith('policy-')))).toEqual(
      [],
    )
  })

  test('every refusal under strict names the field and what is allowed instead', () => {
    for (const [steps, value] of tenantEscapes) {
      const errors = errorsOf(parseValue(withValue(makeDocument(), steps, value), 'strict'))
      for (const error of errors.filter(({ rule }) => rule.startsWith('policy-'))) {
        expect(error.allowed).toBeTruthy()
        expect(error.path).toMatch(/^(spec|metadata)[.[]/)
      }
    }
  })

  test('a trusted team is let through where only it is concerned', () => {
    const refused = refusals(tenantEscapes, 'open')
    expect(refused).toContain('spec.driver.hostNetwork = true')
    expect(refused).toContain('spec.volumes.0 = {"name":"scratch","hostPath":{"path":"/"}}')
  })
})

describe('what the gateway decides is rewritten, not refused', () => {
  test.each<readonly [Steps, unknown, string]>([
    [['metadata', 'namespace'], 'kube-system', 'namespace-of-team'],
    [spec('driver', 'serviceAccount'), 'admin', 'service-account-of-team'],
    [spec('executor', 'serviceAccount'), 'admin', 'service-account-of-team'],
    [spec('driver', 'podName'), 'other-driver', 'pod-name-left-out'],
    [spec('sparkConf', 'spark.kubernetes.driver.pod.name'), 'other', 'setting-left-out'],
    [spec('sparkConf', 'spark.kubernetes.executor.podNamePrefix'), 'other', 'setting-left-out'],
    [spec('sparkConf', 'spark.kubernetes.submission.requestTimeout'), '999999999', 'setting-left-out'],
    [spec('sparkConf', 'spark.kubernetes.file.upload.path'), 's3a://other/upload', 'setting-left-out'],
    [spec('timeToLiveSeconds'), 1, 'time-to-live-of-gateway'],
    [spec('suspend'), true, 'suspend-left-out'],
    [spec('failureRetries'), 3, 'dead-field'],
    [spec('retryInterval'), 3, 'dead-field'],
    [spec('restartPolicy'), { type: 'Always' }, 'retries-by-gateway'],
    [['metadata', 'annotations'], { a: 'b' }, 'annotations-left-out'],
    [['metadata', 'uid'], 'x', 'metadata-left-out'],
    [['status'], { applicationState: { state: 'COMPLETED' } }, 'status-left-out'],
  ])('%j = %j', (steps, value, rule) => {
    for (const policy of ['open', 'strict'] as const) {
      const verdict = parseValue(withValue(makeDocument(), steps, value), policy)
      expect(errorsOf(verdict)).toEqual([])
      expect(rulesOf(verdict, 'rewritten')).toContain(rule)
      const text = JSON.stringify(verdict.verdict === 'accepted' ? verdict.spec : undefined)
      for (const trace of ['kube-system', 'admin', 'other', 'timeToLive', 'suspend', 'COMPLETED']) {
        expect(text).not.toContain(trace)
      }
    }
  })

  test('an upload path is refused where a file would be uploaded by the operator', () => {
    for (const [steps, file] of [
      [spec('mainApplicationFile'), 'file:///var/run/secrets/token'],
      [spec('deps', 'jars', 0), '/etc/passwd'],
      [spec('sparkConf', 'spark.archives'), 's3a://bucket/a.zip,FILE:/etc/passwd'],
    ] as const) {
      const upload = spec('sparkConf', 'spark.kubernetes.file.upload.path')
      const document = withValue(withValue(makeDocument(), steps, file), upload, 's3a://other/upload')
      expect(rulesOf(parseValue(document, 'open'))).toContain('policy-upload-path')
    }
  })

  test('images are always checked with the registry where nodes are shared', () => {
    const document = withValue(makeDocument(), ['spec', 'imagePullPolicy'], 'IfNotPresent')
    expect(parseValue(document, 'strict')).toMatchObject({ spec: { application: { imagePullPolicy: 'Always' } } })
    expect(parseValue(document, 'open')).toMatchObject({ spec: { application: { imagePullPolicy: 'IfNotPresent' } } })
  })
})
