import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fieldAt, pathOf } from '../../../shared/domain/job-spec/document/source-node.ts'
import { isShortForm } from '../../../shared/domain/job-spec/short-form/parse-short-form.ts'
import { check, makePlatformContext, rootOf, shortFormSamples, translate } from './short-form-documents.ts'
import { makeContext } from './spec-documents.ts'

const main = 's3a://bucket/jobs/report.py'

describe('a document of the short form', () => {
  test.each([
    [{ main }, true],
    [{ sql: 'SELECT 1' }, true],
    [{}, true],
    [{ nmae: 'x', args: [] }, true],
    [{ main, kind: 'SparkApplication' }, true],
    [{ main, kind: 'SparkApplication', apiVersion: 'v1' }, false],
    [{ kind: 'SparkApplication' }, false],
    [{ apiVersion: 'v1' }, false],
    [{ metadata: {}, spec: {} }, false],
  ])('is told from the others by its fields: %j', (document, expected) => {
    expect(isShortForm(rootOf(JSON.stringify(document)))).toBe(expected)
  })

  test.each(shortFormSamples())('of the samples is accepted: %s', (_, text) => {
    const checked = check(text)
    expect(checked.spec().version).toBe(1)
  })

  test('may be no more than its main file', () => {
    expect(check({ main }).spec()).toMatchObject({
      name: 'report',
      application: { type: 'Python', mainApplicationFile: main, driver: { cores: 1 }, executor: { memory: '2g' } },
    })
  })

  test('becomes the fields, options and schedule of a job', () => {
    const text = readFileSync('events/specs/short-form-everything.yaml', 'utf8')
    const { spec, metadata, options, job, findings } = translate(text)
    expect(findings).toEqual([])
    expect(metadata).toEqual({ name: 'revenue', labels: { owner: 'finance' } })
    expect(spec).toMatchObject({
      type: 'Java',
      mainClass: 'com.example.Revenue',
      arguments: ['--month', '2026-11', '--rows', '5000', '--strict', 'true'],
      sparkConf: { 'spark.sql.shuffle.partitions': '400', 'spark.memory.fraction': '0.7' },
      driver: { cores: 1, memory: '2g', memoryOverhead: '512m' },
      executor: { cores: 2, memory: '6g', instances: 2, env: [{ name: 'STAGE', value: 'prod' }, { name: 'ATTEMPTS' }] },
      dynamicAllocation: { enabled: true, minExecutors: 1, maxExecutors: 20 },
      restartPolicy: { type: 'OnFailure', onFailureRetries: 2, onFailureRetryInterval: 60 },
      volumes: [{ name: 'spark-local-dir-scratch', emptyDir: { sizeLimit: '20Gi' } }],
    })
    expect(options).toMatchObject({
      maxAttempts: 4,
      deadlines: { queued: '2h', pending: 1200 },
      dependsOnWhen: 'all-succeeded',
      dependsOn: ['jabcdefghijklmnopqrstuvwx'],
    })
    expect(fieldAt(job.schedule, 'concurrencyPolicy')).toMatchObject({ scalar: 'Forbid' })
    expect(fieldAt(job.schedule, 'suspend')).toMatchObject({ scalar: true })
  })

  test('remembers the path and the place of every value', () => {
    const text = 'main: s3a://bucket/a.py\nexecutor:\n  memory: 4g\nargs: [a, b]\nenv: {X: "1"}\nconf: {spark.x.y: 1}\n'
    const { root } = translate(text).job
    const memory = fieldAt(root, 'spec', 'executor', 'memory')!
    const args = fieldAt(root, 'spec', 'arguments')!
    const env = fieldAt(root, 'spec', 'driver', 'env')!
    expect([pathOf(memory), memory.offset]).toEqual(['executor.memory', text.indexOf('4g')])
    expect(args.kind === 'list' && args.items.map(pathOf)).toEqual(['args[0]', 'args[1]'])
    expect(env.kind === 'list' && env.items.map(item => pathOf(fieldAt(item, 'value')!))).toEqual(['env.X'])
    expect(pathOf(fieldAt(root, 'spec', 'sparkConf', 'spark.x.y')!)).toBe('conf["spark.x.y"]')
    expect(pathOf(fieldAt(root, 'spec', 'type')!)).toBe('main')
  })
})

describe('what people leave out', () => {
  test.each([
    ['s3a://bucket/jobs/Daily_Report.py', 'daily-report', 'Python'],
    ['s3a://bucket/etl-assembly-1.2.jar', 'etl-assembly-1-2', 'Scala'],
    ['local:///opt/app/model.R', 'model', 'R'],
    ['s3a://bucket/main.zip', 'main', 'Python'],
  ])('the name and language follow from %s', (main, name, type) => {
    const { metadata, spec } = translate({ main })
    expect([metadata['name'], spec['type']]).toEqual([name, type])
  })

  test('a class makes a job of unknown suffix one of the JVM', () => {
    expect(translate({ main: 's3a://bucket/app', class: 'a.B' }).spec['type']).toBe('Scala')
    expect(translate({ main: 's3a://bucket/app', language: 'Java', class: 'a.B' }).spec['type']).toBe('Java')
    expect(translate({ main: 's3a://bucket/app' }).spec).not.toHaveProperty('type')
  })

  test.each([
    ['registry.example.com/spark:3.5.3', '3.5.3'],
    ['registry.example.com:5000/spark-py:v3.4-java17', '3.4'],
    ['registry.example.com/etl:spark-3.3.2-7', '3.3.2'],
    ['registry.example.com/spark:3.5.3@sha256:0123', '3.5.3'],
    ['registry.example.com/etl:1.4.2', '4.0.1'],
    ['registry.example.com/spark:latest', '4.0.1'],
    ['registry.example.com/spark', '4.0.1'],
  ])('the version of Spark in %s is %s', (image, version) => {
    expect(translate({ main, image }).spec['sparkVersion']).toBe(version)
  })

  test('the version of the platform goes before the default, and after the author’s', () => {
    const layers = [{ name: 'team', spec: { sparkVersion: '3.5.3' } }]
    expect(translate({ main }, { layers }).spec).not.toHaveProperty('sparkVersion')
    expect(translate({ main, spark: '3.4.1' }, { layers }).spec['sparkVersion']).toBe('3.4.1')
  })

  test('the version of a profile counts for the jobs that name it', () => {
    const profiles = { old: { summary: '', spec: { sparkVersion: '3.3.0' } } }
    expect(translate({ main, size: 'old' }, { profiles }).spec).not.toHaveProperty('sparkVersion')
    expect(translate({ main, profiles: 'old' }, { profiles }).spec).not.toHaveProperty('sparkVersion')
    expect(translate({ main }, { profiles }).spec['sparkVersion']).toBe('4.0.1')
  })

  test('size is the first profile', () => {
    expect(translate({ main, size: 'medium', profiles: ['adaptive'] }).options['profiles']).toEqual([
      'medium',
      'adaptive',
    ])
    expect(check({ main, size: 'medium' }).spec().application['executor']).toMatchObject({ instances: 4, cores: 4 })
  })

  test('cores and memory hold for both pods, and those of one pod go before them', () => {
    const { spec } = translate({ main, cores: 2, memory: '4g', driver: { memory: '2g' } })
    expect([spec['driver'], spec['executor']]).toEqual([
      { cores: 2, memory: '2g' },
      { cores: 2, memory: '4g' },
    ])
  })

  test('a field without a value keeps a default away', () => {
    const text = `main: ${main}\nsize: medium\nexecutors:\n  count:\nenv:\n`
    expect(check(text).spec().application['executor']).not.toHaveProperty('instances')
    expect(
      check(text)
        .findings.filter(({ rule }) => rule === 'empty-field')
        .map(({ path }) => path),
    ).toEqual(['executors.count', 'env'])
  })
})

describe('SQL', () => {
  const run = ['-e', 'SELECT 1', '--hivevar', 'day=1']

  test('is given to the program of the profile, before the author’s arguments', () => {
    const { application, options } = check({ name: 'x', sql: 'SELECT 1', args: run.slice(2) }).spec()
    expect(application).toMatchObject({
      type: 'Python',
      mainApplicationFile: 'local:///opt/sparkgate/run_sql.py',
      arguments: run,
    })
    expect(options?.profiles).toEqual(['sql'])
  })

  test('may stand in a file, whose name is the job’s', () => {
    const { name, application } = check({ main: 's3a://bucket/totals.sql', size: 'small' }).spec()
    expect([name, application['arguments']]).toEqual(['totals', ['-f', 's3a://bucket/totals.sql']])
  })

  test('is refused in one error where the platform offers no profile for it', () => {
    const { findings } = check({ name: 'x', sql: 'SELECT 1' }, makeContext())
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ rule, path }) => [rule, path])).toEqual([['sql-not-offered', 'sql']])
  })

  test.each([
    [{ sql: 's3a://bucket/x.sql' }, 'sql-is-address', 'sql'],
    [{ sql: 'SELECT 1', main: 's3a://bucket/x.sql' }, 'sql-in-two-places', 'sql'],
    [{ sql: 'SELECT 1', main, language: 'python' }, 'sql-in-other-language', 'sql'],
    [{ language: 'SQL' }, 'required-field', 'sql'],
  ])('is told apart from addresses and other programs: %j', (document, rule, path) => {
    const { findings } = translate({ name: 'x', ...document }, makePlatformContext())
    expect(findings.map(finding => [finding.rule, finding.path])).toEqual([[rule, path]])
  })
})

describe('the answer to a wrong document', () => {
  const errorsOf = (document: unknown) => check(document).findings.filter(({ severity }) => severity === 'error')

  test('names everything at once', () => {
    const errors = errorsOf(readFileSync('events/specs/invalid-short-form.yaml', 'utf8'))
    expect(errors.map(({ path, suggestion }) => [path, suggestion])).toEqual(
      expect.arrayContaining([
        ['mainFile', 'main'],
        ['name', 'name: my-job'],
        ['main', '"5"'],
        ['numExecutors', 'executors'],
        ['memory', '4g'],
        ['executors.instances', 'count'],
        ['executors.memory', '"4g"'],
        ['args', '["--day","2026-11-20"]'],
        ['env.VERSION', undefined],
        ['retry', '{"onFailure":2}'],
        ['schedule.cron', 'cron: "0 6 * * *"'],
        ['priority', undefined],
      ]),
    )
    expect(new Set(errors.map(({ path }) => path)).size).toBe(12)
  })

  test.each([
    ['sparkConf', 'conf'],
    ['num_executors', 'executors'],
    ['idempotency-key', 'idempotencyKey'],
    ['costCenter', 'costCentre'],
    ['entryPoint', 'main'],
    ['memoryOverhead', 'driver.overhead'],
    ['maxExecutors', 'executors.max'],
    ['agrs', 'args'],
    ['toString', undefined],
  ])('says for the unknown field %s what was meant: %s', (name, suggestion) => {
    const [error] = translate({ main, [name]: 1 }).findings
    expect(error).toMatchObject({ rule: 'unknown-field', path: name })
    expect(error?.suggestion).toBe(suggestion)
  })

  test('says what is missing in the author’s words', () => {
    expect(
      errorsOf({})
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['main', 'name'])
    expect(errorsOf({ main: 's3a://bucket/x.jar' }).map(({ path }) => path)).toEqual(['class'])
    expect(errorsOf({ main: 's3a://bucket/x' }).map(({ path }) => path)).toEqual(['language'])
  })

  test('gives advice about settings and fields that are not there in the author’s words', () => {
    const text = `main: ${main}\nexecutor: {count: 20}\n`
    const paths = check(text).findings.map(({ path }) => path)
    expect(paths.filter(path => path.startsWith('spec'))).toEqual([])
    expect(paths).toEqual(expect.arrayContaining(['image', 'executor.overhead', 'conf["spark.eventLog.enabled"]']))
  })

  test('shows values that the shared checks refuse at the author’s path', () => {
    const errors = errorsOf({ main: '/tmp/a.py', executor: { memory: '1.5g' }, scratch: 'much', env: { 'A B': '1' } })
    expect(new Set(errors.map(({ path }) => path))).toEqual(
      new Set(['main', 'executor.memory', 'scratch', 'env["A B"]']),
    )
  })

  test('refuses executors under both of their words', () => {
    const [error] = translate({ main, executors: 2, executor: { memory: '1g' } }).findings
    expect(error).toMatchObject({ rule: 'field-in-two-places', path: 'executor' })
  })
})
