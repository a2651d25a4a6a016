import { describe, expect, test } from 'vitest'
import { parseJobSpec } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { errorsOf, makeContext, makeDocument, parseText, parseValue, rulesOf, withValue } from './spec-documents.ts'

const yaml = `apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: spark-pi
spec:
  type: Scala
  mode: cluster
  image: apache/spark:4.0.1
  mainClass: org.apache.spark.examples.SparkPi
  mainApplicationFile: local:///opt/spark/examples/jars/spark-examples.jar
  sparkVersion: 4.0.1
  restartPolicy:
    type: OnFailure
    onFailureRetries: 3
    onFailureRetryInterval: 10
  driver: {cores: 1, memory: 512m, serviceAccount: spark, podName: other}
  executor:
    instances: 2
    memory: 1g
`

describe('a spec that is accepted', () => {
  test('becomes a canonical spec without the fields that the gateway owns', () => {
    const verdict = parseText(yaml, 'open')
    if (verdict.verdict !== 'accepted') throw new Error(JSON.stringify(verdict.findings))
    expect(verdict.spec).toEqual({
      version: 1,
      name: 'spark-pi',
      labels: {},
      retry: { onFailure: 3, onFailureIntervalSeconds: 10 },
      application: {
        type: 'Scala',
        image: 'apache/spark:4.0.1',
        mainClass: 'org.apache.spark.examples.SparkPi',
        mainApplicationFile: 'local:///opt/spark/examples/jars/spark-examples.jar',
        sparkVersion: '4.0.1',
        driver: { cores: 1, memory: '512m' },
        executor: { instances: 2, memory: '1g', cores: 1 },
        sparkConf: { 'spark.kubernetes.executor.enablePollingWithResourceVersion': 'true' },
      },
    })
    expect(rulesOf(verdict, 'rewritten').toSorted()).toEqual([
      'pod-name-left-out',
      'retries-by-gateway',
      'service-account-of-team',
    ])
  })

  test('has the same hashes whatever the order of its fields and its notation', () => {
    const document = makeDocument()
    const reversed = Object.fromEntries(Object.entries(document).toReversed())
    const [one, other] = [parseValue(document), parseText(JSON.stringify(reversed, null, 2))]
    expect(one.documentHash).toBe(other.documentHash)
    expect(one).toEqual(expect.objectContaining({ specHash: (other as { specHash?: string }).specHash }))
  })

  test('says nothing about retries where its author said nothing', () => {
    const verdict = parseValue(makeDocument(), 'strict')
    expect(verdict).toMatchObject({ verdict: 'accepted' })
    expect(verdict).not.toHaveProperty('spec.retry')
  })

  test('keeps failed runs of restartPolicy Always within a limit, and says so', () => {
    const verdict = parseValue(withValue(makeDocument(), ['spec', 'restartPolicy'], { type: 'Always' }))
    expect(verdict).toMatchObject({ spec: { retry: { onFailure: 100 } } })
    expect(rulesOf(verdict, 'rewritten')).toContain('restart-always')
  })

  test('reads settings that are fields as these fields', () => {
    const document = withValue(makeDocument(), ['spec', 'sparkConf'], { 'spark.driver.memoryOverhead': '1g' })
    expect(parseValue(document)).toMatchObject({
      verdict: 'accepted',
      spec: { application: { driver: { memoryOverhead: '1g' }, sparkConf: {} } },
    })
  })

  test('leaves out empty fields with a warning', () => {
    const verdict = parseText(yaml.replace('  executor:', '  arguments:\n  executor:'))
    expect(verdict).toMatchObject({ verdict: 'accepted' })
    expect(verdict).not.toHaveProperty('spec.application.arguments')
    expect(rulesOf(verdict, 'warning')).toContain('empty-field')
  })
})

describe('the answer to a wrong spec', () => {
  test('names every problem at once, with path, line and column', () => {
    const verdict = parseText(
      yaml.replace('cores: 1, memory: 512m', 'coers: 1, memory: 1.5g').replace('instances: 2', 'instances: "2"'),
    )
    expect(
      errorsOf(verdict).map(({ rule, path, line, column, suggestion }) => [rule, path, line, column, suggestion]),
    ).toEqual([
      ['unknown-field', 'spec.driver.coers', 16, 12, 'cores'],
      ['memory-format', 'spec.driver.memory', 16, 30, '1536m'],
      ['wrong-type', 'spec.executor.instances', 18, 16, '2'],
    ])
    expect(verdict).toMatchObject({ verdict: 'refused', name: 'spark-pi' })
  })

  test('says which required fields the operator would have invented', () => {
    const document = withValue(makeDocument(), ['spec'], { image: 'a:1' })
    const errors = errorsOf(parseValue(document))
    expect(errors.map(error => error.path)).toEqual(
      expect.arrayContaining(['spec.type', 'spec.sparkVersion', 'spec.mainApplicationFile']),
    )
    expect(errors.find(error => error.path === 'spec.type')?.message).toContain('operator would guess')
  })

  test('shows at most a hundred findings and counts the rest', () => {
    const conf = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`spark.key${index}`, index]))
    const { findings } = parseValue(withValue(makeDocument(), ['spec', 'sparkConf'], conf))
    expect(findings).toHaveLength(101)
    expect(findings.at(-1)).toMatchObject({ rule: 'more-findings' })
    // One for each wrong value, and advice.
    expect(Number(/There are ([0-9]+) findings/.exec(findings.at(-1)?.message ?? '')?.[1])).toBeGreaterThanOrEqual(500)
  })

  test.each([
    ['other kinds', { kind: 'Pod' }, 'unsupported-kind', 'kind'],
    ['no kind', { kind: undefined }, 'required-field', 'kind'],
    ['other versions', { apiVersion: 'v1' }, 'unsupported-api-version', 'apiVersion'],
  ])('says what to do with %s in one finding', (_, change, rule, path) => {
    const errors = errorsOf(parseValue({ ...makeDocument(), ...change }))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ rule, path })
  })

  test('never shows a credential or a control character', () => {
    const secret = 'AKIAIOSFODNN7EXAMPLE'
    const document = withValue(makeDocument(), ['spec', 'sparkConf'], {
      [`spark.x ${secret}`]: 'v',
      'spark.hadoop.fs.s3a.access.key': secret,
      'spark.app.name': `Bearer abcdefgh12345678`,
      'spark.bad\u001b[31m': 'x',
    })
    const { findings } = parseValue(withValue(document, ['metadata', 'name'], secret), 'strict')
    const text = findings.map(finding => Object.values(finding).join('|')).join('|')
    expect(text.toLowerCase()).not.toContain(secret.toLowerCase())
    expect(text).not.toContain('abcdefgh12345678')
    expect(text).not.toMatch(/\p{Cc}/u)
  })
})

describe('text that is no document', () => {
  const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['nothing', '', 'document-empty'],
    ['white space', ' \n\t\n', 'document-empty'],
    ['comments only', '# nothing\n', 'document-empty'],
    ['NUL bytes', 'kind: a\u0000', 'document-binary'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0]), 'document-binary'],
    ['bytes that are not UTF-8', new Uint8Array([0x61, 0xc3, 0x28]), 'document-not-utf8'],
    ['gzip', new Uint8Array([0x1f, 0x8b, 0x08, 0x08, 0x91]), 'document-not-utf8'],
    ['escape sequences', 'kind: \u001b[31m', 'document-control-character'],
    ['bidirectional overrides', 'kind: a\u202eb', 'document-control-character'],
    ['escaped control characters', 'kind: "a\\u0007"', 'control-character'],
    ['lone surrogates', '{"kind": "\\ud800"}', 'control-character'],
    ['anchors', 'kind: &a x', 'yaml-anchor'],
    ['aliases', 'a: *b', 'yaml-alias'],
    ['tags', 'kind: !!binary aGk=', 'yaml-tag'],
    ['tag directives', '%TAG ! x:\n---\nkind: a', 'yaml-directive'],
    ['merge keys', '<<: {kind: a}', 'yaml-merge-key'],
    ['doubled keys', 'kind: a\nkind: b', 'duplicate-key'],
    ['doubled keys of JSON', '{"kind": "a", "kind": "b"}', 'duplicate-key'],
    ['doubled keys by escapes', '{"kind": "a", "\\u006bind": "b"}', 'duplicate-key'],
    ['numeric keys', '1: a', 'key-not-text'],
    ['list keys', '? [a]\n: b', 'key-not-text'],
    ['__proto__', '{"__proto__": {"kind": "x"}}', 'dangerous-key'],
    ['constructor', 'constructor: a', 'dangerous-key'],
    ['prototype', 'spec: {prototype: a}', 'dangerous-key'],
    ['octal-looking numbers', 'a: 010', 'ambiguous-number'],
    ['infinite numbers', 'a: .inf', 'number-out-of-range'],
    ['numbers beyond 2^53', '{"a": 9007199254740993}', 'number-out-of-range'],
    ['huge exponents', '{"a": 1e400}', 'number-out-of-range'],
    ['deep lists', '['.repeat(100), 'document-too-deep'],
    ['33 levels of maps', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'document-too-deep'],
    ['two documents', 'a: 1\n---\nb: 2', 'several-documents'],
    ['open brackets', 'a: [1', 'yaml-syntax'],
    ['bad indentation', 'a:\n  b: 1\n   c: 2', 'yaml-syntax'],
    ['long keys', `{"${'k'.repeat(600)}": 1}`, 'key-too-long'],
  ]
  test.each(cases)('%s: %j is refused as %s', (_, content, rule) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    const verdict = parseJobSpec({ bytes }, makeContext())
    expect(verdict.verdict).toBe('refused')
    expect(rulesOf(verdict)).toContain(rule)
  })

  test('32 levels are not too deep', () => {
    const verdict = parseText(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`)
    expect(rulesOf(verdict)).not.toContain('document-too-deep')
  })

  test('the place of a syntax error is where it is', () => {
    const verdict = parseText('kind: a\nspec: {a: 1\nb: "')
    expect(errorsOf(verdict)[0]).toMatchObject({ rule: 'yaml-syntax', line: 3 })
  })

  test('more bytes than the limit are refused before they are read', () => {
    const verdict = parseJobSpec({ bytes: new TextEncoder().encode(yaml), maxBytes: 10 }, makeContext())
    expect(rulesOf(verdict)).toEqual(['document-too-large'])
  })

  test('a byte order mark is no harm', () => {
    expect(parseText(`\ufeff${yaml}`)).toMatchObject({ verdict: 'accepted' })
  })

  test('JSON content is not read as YAML', () => {
    const bytes = new TextEncoder().encode(yaml)
    expect(rulesOf(parseJobSpec({ bytes, contentType: 'json' }, makeContext()))).toEqual(['json-syntax'])
  })

  test('empty documents around one are no second document', () => {
    expect(parseText(`---\n${yaml}---\n`)).toMatchObject({ verdict: 'accepted' })
  })

  test('a doubled key does not hide the other problems', () => {
    const verdict = parseText(yaml.replace('  type: Scala', '  type: Scala\n  type: Java\n  tpye: x'))
    expect(rulesOf(verdict)).toEqual(expect.arrayContaining(['duplicate-key', 'unknown-field']))
  })
})

describe('relations between fields', () => {
  const spec = (path: readonly string[], value: unknown): unknown => withValue(makeDocument(), ['spec', ...path], value)
  test.each([
    [
      'a core limit below the cores',
      spec(['driver', 'coreLimit'], '500m'),
      'core-limit-below-cores',
      'spec.driver.coreLimit',
    ],
    [
      'a memory limit below memory',
      spec(['driver', 'memoryLimit'], '2g'),
      'memory-limit-below-memory',
      'spec.driver.memoryLimit',
    ],
    [
      'minExecutors above maxExecutors',
      spec(['dynamicAllocation', 'minExecutors'], 9),
      'executor-bounds',
      'spec.dynamicAllocation.minExecutors',
    ],
    ['a Scala job without a class', spec(['type'], 'Scala'), 'main-class-missing', 'spec.mainClass'],
    [
      'a jar for Python',
      spec(['mainApplicationFile'], 's3a://bucket/a.jar'),
      'file-type-mismatch',
      'spec.mainApplicationFile',
    ],
    ['a mount without volume', spec(['volumes'], []), 'unknown-volume', 'spec.driver.volumeMounts[0].name'],
    [
      'a setting that contradicts a field',
      spec(['sparkConf'], { 'spark.executor.memory': '8g' }),
      'setting-in-two-places',
      'spec.sparkConf["spark.executor.memory"]',
    ],
    [
      'node selectors in two places',
      withValue(spec(['nodeSelector'], { a: 'b' }), ['spec', 'driver', 'nodeSelector'], { a: 'b' }),
      'node-selector-in-two-places',
      'spec.driver.nodeSelector',
    ],
  ])('%s is refused', (_, document, rule, path) => {
    expect(errorsOf(parseValue(document))).toContainEqual(expect.objectContaining({ rule, path }))
  })
})
