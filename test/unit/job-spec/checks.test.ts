import { describe, expect, test } from 'vitest'
import type { NodeShape } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { checkCapacity } from '../../../shared/domain/job-spec/checks/check-capacity.ts'
import { checkSchedule } from '../../../shared/domain/job-spec/checks/check-schedule.ts'
import { fieldAt, type SourceMap } from '../../../shared/domain/job-spec/document/source-node.ts'
import { parseDocument } from './spec-documents.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { FindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import { errorsOf, makeDocument, parseValue, withValue, type Steps } from './spec-documents.ts'

/** The base document with values at places below `spec`. */
function specWith(...changes: readonly (readonly [path: string, value: unknown])[]): unknown {
  return changes.reduce<Record<string, unknown>>(
    (document, [path, value]) => withValue(document, ['spec', ...stepsOf(path)], value),
    makeDocument(),
  )
}

/** `driver.env.0.name`; a name with dots stands after a bar: `sparkConf|spark.task.cpus`. */
function stepsOf(path: string): Steps {
  const [fields = '', setting] = path.split('|')
  const steps = fields.split('.').map(step => (/^[0-9]+$/.test(step) ? Number(step) : step))
  return setting === undefined ? steps : [...steps, setting]
}

const scala: readonly (readonly [string, unknown])[] = [
  ['type', 'Scala'],
  ['mainApplicationFile', 's3a://payments-code/jobs/report.jar'],
  ['mainClass', 'com.example.Main'],
]

describe('fields that contradict each other are refused', () => {
  test.each<readonly [string, unknown, rule: string, path: string]>([
    [
      'a limit of cores below coreRequest',
      specWith(['driver.coreRequest', '1500m']),
      'core-limit-below-cores',
      'spec.driver.coreLimit',
    ],
    [
      'a limit of memory without the overhead of 10 %',
      specWith(...scala, ['driver.memory', '8g'], ['driver.memoryLimit', '8500m']),
      'memory-limit-below-memory',
      'spec.driver.memoryLimit',
    ],
    [
      'a limit of memory without the overhead of Python',
      specWith(['driver.memory', '8g'], ['driver.memoryLimit', '9g']),
      'memory-limit-below-memory',
      'spec.driver.memoryLimit',
    ],
    [
      'a limit of memory without Python memory',
      specWith(['sparkConf|spark.executor.pyspark.memory', '2g'], ['executor.memoryLimit', '6g']),
      'memory-limit-below-memory',
      'spec.executor.memoryLimit',
    ],
    [
      'tasks larger than an executor',
      specWith(['sparkConf|spark.task.cpus', '3']),
      'task-cpus-above-cores',
      'spec.sparkConf["spark.task.cpus"]',
    ],
    [
      'initialExecutors above maxExecutors',
      specWith(['dynamicAllocation.initialExecutors', 9]),
      'executor-bounds',
      'spec.dynamicAllocation.initialExecutors',
    ],
    ['instances above maxExecutors', specWith(['executor.instances', 9]), 'executor-bounds', 'spec.executor.instances'],
    [
      'no executors at all',
      specWith(['dynamicAllocation', { enabled: true, maxExecutors: 0 }]),
      'executor-bounds',
      'spec.dynamicAllocation.maxExecutors',
    ],
    [
      'bounds as settings',
      specWith(
        ['dynamicAllocation', undefined],
        [
          'sparkConf',
          {
            'spark.dynamicAllocation.enabled': 'true',
            'spark.dynamicAllocation.minExecutors': '9',
            'spark.dynamicAllocation.maxExecutors': '3',
          },
        ],
      ),
      'executor-bounds',
      'spec.sparkConf["spark.dynamicAllocation.minExecutors"]',
    ],
    [
      'a Python program that is no .py file',
      specWith(['mainApplicationFile', 's3a://payments-code/jobs/report']),
      'file-type-mismatch',
      'spec.mainApplicationFile',
    ],
    [
      'an R program that ends with .r',
      specWith(['type', 'R'], ['mainApplicationFile', 's3a://payments-code/a.r']),
      'file-type-mismatch',
      'spec.mainApplicationFile',
    ],
    [
      'a Scala program that is Python',
      specWith(...scala, ['mainApplicationFile', 's3a://payments-code/a.py']),
      'file-type-mismatch',
      'spec.mainApplicationFile',
    ],
    ['Python 2 with Spark 4', specWith(['pythonVersion', '2']), 'python-version-unsupported', 'spec.pythonVersion'],
    [
      'arguments of 200 kB',
      specWith(['arguments', Array.from({ length: 10 }, () => 'x'.repeat(20_000))]),
      'arguments-too-long',
      'spec.arguments',
    ],
    [
      'a volume of two kinds',
      specWith(['volumes.0.nfs', { server: 'a', path: '/b' }]),
      'volume-source',
      'spec.volumes[0]',
    ],
    ['a volume of no kind', specWith(['volumes', [{ name: 'scratch' }]]), 'volume-source', 'spec.volumes[0]'],
    [
      'a sidecar that mounts nothing known',
      specWith(['driver.sidecars', [{ name: 'a', image: 'a:1', volumeMounts: [{ name: 'scrtch', mountPath: '/x' }] }]]),
      'unknown-volume',
      'spec.driver.sidecars[0].volumeMounts[0].name',
    ],
    [
      'two volumes of one name',
      specWith(['volumes.1', { name: 'scratch', emptyDir: {} }]),
      'duplicate-name',
      'spec.volumes[1].name',
    ],
    [
      'two mounts at one path',
      specWith(['driver.volumeMounts.1', { name: 'scratch', mountPath: '/scratch/' }]),
      'duplicate-name',
      'spec.driver.volumeMounts[1].mountPath',
    ],
    [
      "a sidecar with the driver's name",
      specWith(['driver.sidecars', [{ name: 'spark-kubernetes-driver', image: 'a:1' }]]),
      'duplicate-name',
      'spec.driver.sidecars[0].name',
    ],
    [
      'a toleration of Exists with a value',
      specWith(['executor.tolerations', [{ key: 'a', operator: 'Exists', value: 'b' }]]),
      'toleration-value',
      'spec.executor.tolerations[0].value',
    ],
    [
      'a toleration of everything by chance',
      specWith(['executor.tolerations', [{ value: 'b' }]]),
      'toleration-key',
      'spec.executor.tolerations[0]',
    ],
    [
      'a toleration for a time of another effect',
      specWith(['executor.tolerations', [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }]]),
      'toleration-seconds',
      'spec.executor.tolerations[0].tolerationSeconds',
    ],
    [
      'a variable with two values',
      specWith(['driver.env.0.valueFrom', { fieldRef: { fieldPath: 'metadata.name' } }]),
      'variable-value-twice',
      'spec.driver.env[0].valueFrom',
    ],
    [
      'an ingress without a form of its URL',
      specWith(['driverIngressOptions', [{ servicePort: 8080, servicePortName: 'a' }]]),
      'ingress-incomplete',
      'spec.driverIngressOptions[0]',
    ],
    [
      'a template for Spark 2',
      specWith(['sparkVersion', '2.4.8'], ['driver.template', {}]),
      'template-needs-spark-3',
      'spec.driver.template',
    ],
    [
      'a heartbeat slower than the time-out',
      specWith(['sparkConf|spark.executor.heartbeatInterval', '120s']),
      'heartbeat-above-timeout',
      'spec.sparkConf["spark.executor.heartbeatInterval"]',
    ],
    [
      'a time-out as short as a heartbeat',
      specWith(['sparkConf|spark.network.timeout', '10']),
      'heartbeat-above-timeout',
      'spec.sparkConf["spark.network.timeout"]',
    ],
    [
      'Java options in two places',
      specWith(['driver.javaOptions', '-Da=1'], ['sparkConf|spark.driver.extraJavaOptions', '-Da=2']),
      'setting-in-two-places',
      'spec.sparkConf["spark.driver.extraJavaOptions"]',
    ],
    [
      'a flag in two places',
      specWith(['sparkConf|spark.dynamicAllocation.enabled', 'false']),
      'setting-in-two-places',
      'spec.sparkConf["spark.dynamicAllocation.enabled"]',
    ],
    [
      'a volume setting without its path',
      specWith(['sparkConf|spark.kubernetes.executor.volumes.emptyDir.a.options.sizeLimit', '1Gi']),
      'volume-setting-incomplete',
      'spec.sparkConf["spark.kubernetes.executor.volumes.emptyDir.a.options.sizeLimit"]',
    ],
    [
      'a claim without its name',
      specWith(['sparkConf|spark.kubernetes.driver.volumes.persistentVolumeClaim.a.mount.path', '/a']),
      'volume-setting-incomplete',
      'spec.sparkConf["spark.kubernetes.driver.volumes.persistentVolumeClaim.a.mount.path"]',
    ],
    [
      'a volume setting of no type',
      specWith(['sparkConf|spark.kubernetes.driver.volumes.emptydir.a.mount.path', '/a']),
      'volume-setting-type',
      'spec.sparkConf["spark.kubernetes.driver.volumes.emptydir.a.mount.path"]',
    ],
    [
      'a size of a volume setting',
      specWith(
        ['sparkConf|spark.kubernetes.driver.volumes.emptyDir.a.mount.path', '/a'],
        ['sparkConf|spark.kubernetes.driver.volumes.emptyDir.a.options.sizeLimit', '1GB'],
      ),
      'quantity-format',
      'spec.sparkConf["spark.kubernetes.driver.volumes.emptyDir.a.options.sizeLimit"]',
    ],
  ])('%s', (_, document, rule, path) => {
    expect(errorsOf(parseValue(document))).toContainEqual(expect.objectContaining({ rule, path }))
  })
})

describe('fields that go together are accepted', () => {
  test.each<readonly [string, unknown]>([
    ['limits at the request', specWith(['driver.coreLimit', '1'], ['executor.memoryLimit', '5g'])],
    [
      'a limit of memory with the overhead of Python',
      specWith(['driver.memory', '8g'], ['driver.memoryLimit', '11469m']),
    ],
    ['a jar with its class', specWith(...scala)],
    ['a program that nobody named yet', specWith(['mainApplicationFile', 's3a://payments-code/${MAIN}'])],
    ['instances at maxExecutors', specWith(['executor.instances', 8])],
    ['the same size in other units', specWith(['sparkConf|spark.executor.memory', '4096m'])],
    ['two lists with one name each', specWith(['executor.env', [{ name: 'STAGE', value: 'prod' }]])],
    [
      'times in their own units',
      specWith(['sparkConf|spark.network.timeout', '2400'], ['sparkConf|spark.executor.heartbeatInterval', '300s']),
    ],
    ['flags in any case, with spaces', specWith(['sparkConf|spark.sql.adaptive.enabled', ' True '])],
    [
      'an upload of a mount under another',
      specWith(['driver.volumeMounts.1', { name: 'scratch', mountPath: '/scratch/b' }]),
    ],
    ["a library's own setting that ends in enabled", specWith(['sparkConf|spark.mylib.cache.enabled', 'sometimes'])],
  ])('%s', (_, document) => {
    expect(errorsOf(parseValue(document))).toEqual([])
  })
})

describe('what is only strange is told', () => {
  test.each<readonly [string, unknown, rule: string, path: string]>([
    ['a class for Python', specWith(['mainClass', 'com.example.Main']), 'main-class-unused', 'spec.mainClass'],
    [
      'a Python version for Scala',
      specWith(...scala, ['pythonVersion', '3']),
      'python-version-unused',
      'spec.pythonVersion',
    ],
    [
      'bounds without enabled',
      specWith(['dynamicAllocation', { maxExecutors: 3 }]),
      'dynamic-allocation-off',
      'spec.dynamicAllocation.enabled',
    ],
    [
      'initialExecutors below minExecutors',
      specWith(['dynamicAllocation.minExecutors', 5]),
      'initial-below-min-executors',
      'spec.dynamicAllocation.initialExecutors',
    ],
    [
      'a volume that nothing mounts',
      specWith(['volumes.1', { name: 'other', emptyDir: {} }]),
      'unused-volume',
      'spec.volumes[1]',
    ],
    [
      'a variable twice',
      specWith(['driver.env.1', { name: 'STAGE', value: 'test' }]),
      'duplicate-name',
      'spec.driver.env[1].name',
    ],
    [
      'a setting with a line break',
      specWith(['sparkConf|spark.app.name', 'report\n']),
      'spark-conf-line-break',
      'spec.sparkConf["spark.app.name"]',
    ],
    [
      'a setting in small letters',
      specWith(['sparkConf|spark.sql.shuffle.Partitions', '10']),
      'spark-conf-case',
      'spec.sparkConf["spark.sql.shuffle.Partitions"]',
    ],
  ])('%s', (_, document, rule, path) => {
    const { findings } = parseValue(document)
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'warning', rule, path }))
  })
})

describe('suggestions are what was meant', () => {
  test.each<readonly [string, unknown, rule: string, suggestion: string]>([
    [
      'a scheme before an image',
      specWith(['image', 'https://registry.example.com/spark:1']),
      'image-format',
      'registry.example.com/spark:1',
    ],
    [
      'an image in capitals',
      specWith(['image', 'registry.example.com/Spark:1']),
      'image-format',
      'registry.example.com/spark:1',
    ],
    [
      'a path without a place',
      specWith(['mainApplicationFile', '/opt/app/main.py']),
      'policy-file-uri',
      'local:///opt/app/main.py',
    ],
    [
      'local with two slashes',
      specWith(['mainApplicationFile', 'local://opt/main.py']),
      'policy-file-uri',
      'local:///opt/main.py',
    ],
    [
      'the web address of an object',
      specWith(['mainApplicationFile', 'https://code.s3.eu-west-1.amazonaws.com/a/main.py']),
      'policy-file-uri',
      's3a://code/a/main.py',
    ],
    ['a time in words', specWith(['sparkConf|spark.network.timeout', '5 minutes']), 'spark-conf-value', '5m'],
    ['a flag in words', specWith(['sparkConf|spark.sql.adaptive.enabled', 'yes']), 'spark-conf-value', 'true'],
    ['a size of volumes', specWith(['volumes.0.emptyDir.sizeLimit', '10 GB']), 'wrong-format', '10Gi'],
    ['half a core', specWith(['driver.cores', 0.5]), 'wrong-type', '1'],
    ['a version with its name', specWith(['sparkVersion', 'v3.5.1']), 'spark-version-format', '3.5.1'],
    ['a label with spaces', specWith(['driver.labels', { team: 'data eng' }]), 'label-value-format', 'data-eng'],
    ['a mount of a slip', specWith(['driver.volumeMounts.0.name', 'scrach']), 'unknown-volume', 'scratch'],
  ])('%s', (_, document, rule, suggestion) => {
    expect(errorsOf(parseValue(document))).toContainEqual(expect.objectContaining({ rule, suggestion }))
  })
})

/** Runs one check on a tree of its own. */
function findingsOf(value: unknown, check: (map: SourceMap, findings: FindingCollector) => void): readonly Finding[] {
  const text = JSON.stringify(value)
  const { root } = parseDocument(text, 'json')
  const spec = fieldAt(root, 'spec')
  if (spec?.kind !== 'map') throw new Error('the test needs a spec')
  const findings = makeFindingCollector(text)
  check(spec, findings)
  return findings.findings()
}

describe('pods are held against the nodes of the cluster', () => {
  const nodes: readonly NodeShape[] = [
    { name: 'm5.xlarge', cores: 3.9, memoryMiB: 14_000 },
    { name: 'r5.2xlarge', cores: 7.9, memoryMiB: 60_000 },
  ]
  const check = (document: unknown, shapes = nodes): readonly Finding[] =>
    findingsOf(document, (spec, findings) => checkCapacity(spec, shapes, findings))
  const small = specWith(['executor.gpu', undefined])

  test('a job that fits says nothing, and so does a cluster that nobody described', () => {
    expect(check(small)).toEqual([])
    expect(check(specWith(['executor.memory', '900g']), [])).toEqual([])
  })
  test.each<readonly [string, unknown, path: string, allowed: string]>([
    [
      'memory with its overhead',
      specWith(['executor.gpu', undefined], ['executor.memory', '58g'], ['executor.memoryOverhead', '2g']),
      'spec.executor.memory',
      'r5.2xlarge (7.9 cores, 60000 MiB)',
    ],
    ['cores', specWith(['executor.gpu', undefined], ['executor.cores', 8]), 'spec.executor.cores', 'r5.2xlarge'],
    [
      'coreRequest',
      specWith(['executor.gpu', undefined], ['executor.coreRequest', '9']),
      'spec.executor.coreRequest',
      'r5.2xlarge',
    ],
    ['devices', specWith(), 'spec.executor.gpu.quantity', 'm5.xlarge'],
    ['the driver', specWith(['executor.gpu', undefined], ['driver.memory', '70g']), 'spec.driver.memory', 'r5.2xlarge'],
  ])('too much of %s is refused with the largest nodes', (_, document, path, allowed) => {
    const [finding, ...others] = check(document)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ severity: 'error', rule: 'no-node-fits', path })
    expect(finding?.allowed).toContain(allowed)
  })
  test('two resources that fit only different nodes do not fit', () => {
    const wide = [...nodes, { name: 'c5.4xlarge', cores: 15.9, memoryMiB: 28_000 }]
    const document = specWith(['executor.gpu', undefined], ['executor.cores', 12], ['executor.memory', '40g'])
    expect(check(document, wide)).toMatchObject([{ rule: 'no-node-fits', path: 'spec.executor.memory' }])
  })
})

describe('schedules are read as the operator reads them', () => {
  const check = (schedule: Record<string, unknown>): readonly Finding[] =>
    findingsOf({ spec: { concurrencyPolicy: 'Forbid', ...schedule } }, checkSchedule)

  test.each([
    '0 3 * * *',
    '*/15 8-18 * * mon-fri',
    '0 0 1,15 jan,JUL ?',
    '5/10 * * * 0-6/2',
    '@hourly',
    '@every 1h30m',
    '@every 90s',
    '0 0 29 2 *',
    '0 0 31 2 1',
    '  0  3 * * *  ',
  ])('%j is one', schedule => {
    expect(check({ schedule })).toEqual([])
  })

  test.each([
    ['', 'cron-format', undefined],
    ['0 3 * *', 'cron-format', undefined],
    ['0 0 3 * * *', 'cron-format', '0 3 * * *'],
    ['60 * * * *', 'cron-format', undefined],
    ['* 24 * * *', 'cron-format', undefined],
    ['0 0 * * 7', 'cron-format', '0 0 * * 0'],
    ['5-1 * * * *', 'cron-format', undefined],
    ['*/0 * * * *', 'cron-format', undefined],
    ['0 0 L * *', 'cron-format', undefined],
    ['0 0 * foo *', 'cron-format', undefined],
    ['*-5 * * * *', 'cron-format', undefined],
    ['0 0 30 2 *', 'schedule-never', undefined],
    ['0 0 31 4,6 ?', 'schedule-never', undefined],
    ['@Daily', 'cron-format', '@daily'],
    ['@reboot', 'cron-format', undefined],
    ['@every 5', 'cron-format', '@every 1h30m'],
    ['@every 5s', 'schedule-interval', '@every 1m'],
    ['cron(0 3 * * ? *)', 'cron-format', '0 3 * * *'],
    ['rate(2 days)', 'cron-format', '@every 48h'],
    ['TZ=Europe/Berlin 0 3 * * *', 'cron-format', '0 3 * * * (and timeZone: Europe/Berlin)'],
    ['*'.repeat(10_000), 'cron-format', undefined],
  ])('%j is none', (schedule, rule, suggestion) => {
    const [finding] = check({ schedule })
    expect(finding).toMatchObject({ rule, path: 'spec.schedule', ...(suggestion !== undefined && { suggestion }) })
  })

  test.each([
    ['timeZone', 'Europe/Berlin', undefined],
    ['timeZone', 'UTC', undefined],
    ['timeZone', 'Asia/Calcutta', undefined],
    ['timeZone', 'Berlin', 'time-zone'],
    ['timeZone', 'europe/berlin', 'time-zone'],
    ['timeZone', '+01:00', 'time-zone'],
    ['timeZone', 'Local', 'time-zone'],
    ['timeZone', 1, 'wrong-type'],
    ['concurrencyPolicy', 'Replace', undefined],
    ['concurrencyPolicy', 'forbid', 'not-one-of'],
    ['concurrencyPolicy', '', 'not-one-of'],
    ['suspend', 'yes', 'wrong-type'],
    ['successfulRunHistoryLimit', -1, 'out-of-range'],
    ['failedRunHistoryLimit', 'many', 'wrong-type'],
  ])('%s: %j', (field, value, rule) => {
    const findings = check({ schedule: '@daily', [field]: value })
    expect(findings.map(finding => [finding.rule, finding.path])).toEqual(rule ? [[rule, `spec.${field}`]] : [])
  })

  test('a time zone in other letters or without its continent is found', () => {
    expect(check({ schedule: '@daily', timeZone: 'Berlin' })).toMatchObject([{ suggestion: 'Europe/Berlin' }])
    expect(check({ schedule: '@daily', timeZone: 'europe/berlin' })).toMatchObject([{ suggestion: 'Europe/Berlin' }])
  })

  test('a schedule without times is no schedule', () => {
    expect(check({})).toMatchObject([{ rule: 'required-field', path: 'spec.schedule' }])
  })
})
