import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CanonicalSpec, JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { toShortForm } from '../../../shared/domain/job-spec/convert/to-short-form.ts'
import { toSparkApplicationDocument } from '../../../shared/domain/job-spec/convert/to-spark-application.ts'
import { withoutDefaults } from '../../../shared/domain/job-spec/convert/without-defaults.ts'
import { judgeJobSpecs } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { check, makePlatformContext, shortFormSamples } from './short-form-documents.ts'
import { makeDocument } from './spec-documents.ts'

/** Reads one of the operator's documents on the same platform; throws where it is refused. */
function readNative(document: unknown): { readonly spec: CanonicalSpec; readonly specHash: string } {
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  const [judged] = judgeJobSpecs({ bytes }, makePlatformContext())
  if (judged?.verdict.verdict !== 'accepted') throw new Error(JSON.stringify(judged?.verdict.findings))
  return judged.verdict
}

const job = (application: JsonObject, more: Partial<CanonicalSpec> = {}): CanonicalSpec => ({
  version: 1,
  name: 'x',
  labels: {},
  ...more,
  application: { type: 'Python', sparkVersion: '4.0.1', mainApplicationFile: 's3a://bucket/a.py', ...application },
})

/** Documents that the short form can say, with every field now and then. */
const size = fc.integer({ min: 1, max: 64 }).map(count => `${count}g`)
const whole = fc.integer({ min: 1, max: 9 })
const duration = fc.constantFrom('90s', '30m', '2h', '1d', '1h30m', 3600, 61)
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
const pod = { cores: whole, memory: size, overhead: size }
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] })
const text = fc.stringMatching(/^[A-Za-z0-9 =:.,_-]{1,20}$/)
const uri = fc
  .tuple(fc.constantFrom('s3a://bucket/', 'local:///opt/'), word, fc.constantFrom('.jar', '.zip', '.py'))
  .map(parts => parts.join(''))
const uris = fc.uniqueArray(uri, { maxLength: 3 })
const document = fc.tuple(
  fc.constantFrom(
    { main: 's3a://bucket/Job_1.py' },
    { main: 's3a://bucket/a.R', name: 'r-job' },
    { main: 'local:///opt/a.jar', class: 'com.example.Main' },
    { main: 'local:///opt/a.jar', class: 'com.example.Main', language: 'java' },
    { main: 's3a://bucket/b.py', language: 'Python', python: 3 },
    { main: 's3a://bucket/query.sql' },
    { name: 'q', sql: "SELECT 'a;b';\n-- done\n" },
  ),
  record({
    args: fc.array(fc.oneof(text, fc.integer(), fc.boolean()), { maxLength: 4 }),
    spark: fc.constantFrom('3.5.3', '4.0.1'),
    image: fc.constantFrom('registry.example.com/spark:3.5.3', 'registry.example.com/etl:1.2'),
    size: fc.constantFrom('small', 'medium'),
    profiles: fc.constantFrom(['adaptive'], ['pyspark', 'dynamic-allocation'], []),
    cores: whole,
    memory: size,
    driver: record(pod),
    executors: fc.oneof(
      whole,
      record({ ...pod, count: whole, gpus: fc.integer({ min: 1, max: 8 }), max: fc.integer({ min: 50, max: 90 }) }),
    ),
    scratch: fc.constantFrom('10Gi', '500Mi'),
    env: fc.dictionary(
      fc.stringMatching(/^[A-Z][A-Z_]{0,8}$/).map(name => `X_${name}`),
      fc.oneof(text, fc.nat()),
      { maxKeys: 4 },
    ),
    conf: fc.dictionary(
      word.map(name => `spark.sql.x.${name}`),
      fc.oneof(text, fc.nat(), fc.boolean(), fc.constant(0.5)),
      { maxKeys: 4 },
    ),
    jars: uris,
    pyFiles: uris,
    labels: fc.dictionary(word, word, { maxKeys: 2 }),
    schedule: fc.constantFrom(
      '0 6 * * *',
      { cron: '@hourly', timezone: 'Europe/Berlin' },
      { cron: '@daily', concurrency: 'replace', paused: true },
    ),
    retry: record({ onFailure: fc.nat({ max: 5 }), delaySeconds: whole, maxAttempts: fc.integer({ min: 1, max: 10 }) }),
    deadlines: record({ queued: duration, pending: duration, running: duration, total: duration }),
    idempotencyKey: word,
    priority: fc.constantFrom('low', 'normal', 'HIGH'),
    notify: fc.oneof(fc.constant('on-call'), fc.uniqueArray(word, { maxLength: 3 })),
    dependsOn: fc.oneof(
      fc.constant(['jabcdefghijklmnopqrstuvwx']),
      fc.constant({ jobs: ['jabcdefghijklmnopqrstuvwx'], when: 'all-ended' }),
    ),
    costCentre: word,
    streaming: fc.boolean(),
  }),
)

describe('the short form of a job', () => {
  test.each(shortFormSamples())('loses nothing of %s, and is the same job again', (_, sample) => {
    const checked = check(sample)
    const { document, lost } = toShortForm(withoutDefaults(checked.spec(), checked.merged))
    expect(lost).toEqual([])
    expect(check(document).specHash()).toBe(checked.specHash())
  })

  test('says what its author said: the sample with everything comes back field by field', () => {
    const checked = check(readFileSync('events/specs/short-form-everything.yaml', 'utf8'))
    const { document } = toShortForm(withoutDefaults(checked.spec(), checked.merged))
    expect(document).toMatchObject({
      name: 'revenue',
      language: 'java',
      driver: { cores: 1, memory: '2g', overhead: '512m' },
      executors: { count: 2, min: 1, max: 20, cores: 2, memory: '6g', overhead: '1g' },
      retry: { onFailure: 2, delaySeconds: 60, maxAttempts: 4 },
      deadlines: { queued: '2h', pending: '20m', running: '6h', total: '1d' },
      schedule: { cron: '0 6 1 * *', timezone: 'Europe/Berlin', concurrency: 'forbid', paused: true },
      scratch: '20Gi',
    })
    expect(Object.keys(document)[0]).toBe('name')
  })

  test('names what it cannot say, and says the rest', () => {
    const { document, lost } = toShortForm(readNative(makeDocument()).spec)
    expect(lost).toEqual(
      expect.arrayContaining([
        'spec.volumes',
        'spec.dynamicAllocation.initialExecutors',
        'spec.driver.coreLimit',
        'spec.driver.env',
        'spec.driver.annotations["prometheus.io/scrape"]',
        'spec.driver.securityContext.capabilities.drop',
      ]),
    )
    expect(document).toMatchObject({
      executors: { min: 1, max: 8, gpus: 1 },
      main: 's3a://payments-code/jobs/report.py',
    })
    expect(document['conf']).toMatchObject({ 'spark.hadoop.fs.s3a.connection.maximum': '100' })
    expect(check(document).findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test.each<readonly [string, CanonicalSpec, readonly string[]]>([
    ['variables of one pod', job({ driver: { env: [{ name: 'A', value: '1' }] } }), ['spec.driver.env']],
    [
      'variables that are secrets',
      job({ driver: { env: [{ name: 'A', valueFrom: {} }] }, executor: { env: [{ name: 'A', valueFrom: {} }] } }),
      ['spec.driver.env', 'spec.executor.env'],
    ],
    [
      'other devices',
      job({ executor: { gpu: { name: 'amd.com/gpu', quantity: 1 } } }),
      ['spec.executor.gpu.name', 'spec.executor.gpu.quantity'],
    ],
    [
      'bounds that are off',
      job({ dynamicAllocation: { enabled: false, maxExecutors: 2 } }),
      ['spec.dynamicAllocation.enabled', 'spec.dynamicAllocation.maxExecutors'],
    ],
    [
      'repeats of submissions',
      job({}, { retry: { onFailure: 0, onSubmissionFailure: 3 } }),
      ['spec.restartPolicy.onSubmissionFailureRetries'],
    ],
  ])('does not pretend to say %s', (_, spec, expected) => {
    expect(toShortForm(spec).lost).toEqual(expected)
  })

  test('keeps a main file whose suffix says another language apart', () => {
    expect(toShortForm(job({ mainApplicationFile: 's3a://bucket/a.sql' })).document).toMatchObject({
      language: 'python',
    })
    expect(toShortForm(job({})).document).not.toHaveProperty('language')
  })
})

describe('any job that the short form can say', () => {
  test('is the same job after a way through the short form, and after one through a SparkApplication', () => {
    fc.assert(
      fc.property(document, ([program, fields]) => {
        const checked = check({ ...program, ...fields })
        const own = withoutDefaults(checked.spec(), checked.merged)
        const short = toShortForm(own)
        expect(short.lost).toEqual([])
        expect(check(short.document).spec()).toEqual(checked.spec())
        expect(readNative(toSparkApplicationDocument(own)).specHash).toBe(checked.specHash())
        expect(readNative(toSparkApplicationDocument(checked.spec())).specHash).toBe(checked.specHash())
      }),
      { numRuns: 150 },
    )
  })
})

describe('the SparkApplication of a job', () => {
  test('has its options as annotations and its retries as restart policy', () => {
    const spec = job(
      {},
      {
        retry: { onFailure: 2, onFailureIntervalSeconds: 30, onSubmissionFailure: 1 },
        options: {
          maxAttempts: 3,
          profiles: ['small', 'adaptive'],
          deadlines: { runningSeconds: 5_400 },
          streaming: false,
        },
        labels: { owner: 'data' },
      },
    )
    expect(toSparkApplicationDocument(spec)).toEqual({
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: {
        name: 'x',
        labels: { owner: 'data' },
        annotations: {
          'sparkgate.dev/max-attempts': '3',
          'sparkgate.dev/profiles': 'small,adaptive',
          'sparkgate.dev/deadline-running': '1h30m',
          'sparkgate.dev/streaming': 'false',
        },
      },
      spec: {
        type: 'Python',
        mode: 'cluster',
        sparkVersion: '4.0.1',
        mainApplicationFile: 's3a://bucket/a.py',
        restartPolicy: {
          type: 'OnFailure',
          onFailureRetries: 2,
          onFailureRetryInterval: 30,
          onSubmissionFailureRetries: 1,
        },
      },
    })
  })

  test('is a ScheduledSparkApplication where it has a schedule', () => {
    const schedule = { cron: '@daily', timezone: 'UTC', concurrency: 'Forbid', suspended: false } as const
    const { kind, spec } = toSparkApplicationDocument(job({}, { schedule, retry: { onFailure: 0 } })) as Record<
      string,
      JsonObject
    >
    expect(kind).toBe('ScheduledSparkApplication')
    expect(spec).toMatchObject({ schedule: '@daily', timeZone: 'UTC', concurrencyPolicy: 'Forbid' })
    expect(spec?.['template']).toMatchObject({ type: 'Python', restartPolicy: { type: 'Never' } })
  })

  test('of one of the operator’s own documents is the same job', () => {
    const { spec, specHash } = readNative(makeDocument())
    expect(readNative(toSparkApplicationDocument(spec)).specHash).toBe(specHash)
  })
})
