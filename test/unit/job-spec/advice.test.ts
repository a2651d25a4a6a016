import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { advise } from '../../../shared/domain/job-spec/advice/advise.ts'
import { adviceTable } from '../../../shared/domain/job-spec/advice/advice-table.ts'
import { moveSettingsToFields } from '../../../shared/domain/job-spec/checks/check-spark-conf.ts'
import { parseDocument } from './spec-documents.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'

type Json = Record<string, unknown>

/** A job about which nothing is to be said. */
function makeSpec({
  sparkConf,
  driver,
  executor,
  ...spec
}: { sparkConf?: Json; driver?: Json; executor?: Json } & Json = {}): Json {
  const eventLog = { 'spark.eventLog.enabled': 'true', 'spark.eventLog.dir': 's3a://logs/spark' }
  return {
    type: 'Python',
    sparkVersion: '4.0.1',
    image: 'registry.example.com/spark:4.0.1',
    mainApplicationFile: 's3a://code/main.py',
    sparkConf: { ...eventLog, ...sparkConf },
    driver: { cores: 1, memory: '2g', ...driver },
    executor: { instances: 2, cores: 4, memory: '8g', memoryOverhead: '2g', ...executor },
    ...spec,
  }
}

function adviceFor(spec: Json): readonly Finding[] {
  const text = JSON.stringify({ spec })
  const { root } = parseDocument(text, 'json')
  const node = root?.kind === 'map' ? root.fields.get('spec') : undefined
  if (node?.kind !== 'map') throw new Error('the test needs a spec')
  const findings = makeFindingCollector(text)
  moveSettingsToFields(node, makeFindingCollector(text))
  advise(node, findings)
  return findings.findings()
}
const idsFor = (spec: Json): readonly string[] => adviceFor(spec).map(({ rule }) => rule)

const dynamic = (more: Json = {}): Json => ({ dynamicAllocation: { enabled: true, maxExecutors: 4, ...more } })
const conf = (key: string, value: string): Json => ({ sparkConf: { [key]: value } })
const v1Provider = 'com.amazonaws.auth.WebIdentityTokenCredentialsProvider'
const spotNodes = { nodeSelector: { 'karpenter.sh/capacity-type': 'spot' } }
const scratch = { volumes: [{ name: 'spark-local-dir-1', emptyDir: { sizeLimit: '50Gi' } }] }

/** Each row: when it speaks, where, and a job so like it that it must stay silent. */
const cases: readonly (readonly [id: string, path: string, spoken: Json, silent: Json])[] = [
  [
    'advice-python-overhead',
    'spec.executor.memoryOverhead',
    makeSpec({ executor: { memoryOverhead: undefined } }),
    makeSpec({ executor: { memoryOverhead: undefined }, memoryOverheadFactor: '0.3' }),
  ],
  [
    'advice-python-overhead-small',
    'spec.executor.memoryOverhead',
    makeSpec({ executor: { memoryOverhead: '1g' } }),
    makeSpec({ type: 'Scala', executor: { memoryOverhead: '1g' } }),
  ],
  [
    'advice-driver-memory',
    'spec.driver.memory',
    makeSpec({ driver: { memory: '1900m' } }),
    makeSpec({ driver: { memory: '2048m' } }),
  ],
  [
    'advice-driver-memory',
    'spec.driver.memory',
    makeSpec({ driver: { memory: undefined } }),
    makeSpec({ driver: { memory: undefined }, sparkConf: { 'spark.driver.memory': '3g' } }),
  ],
  [
    'advice-default-size',
    'spec.executor.cores',
    makeSpec({ executor: { cores: undefined } }),
    makeSpec({ executor: { cores: undefined }, sparkConf: { 'spark.executor.cores': '2' } }),
  ],
  [
    'advice-one-executor',
    'spec.executor.instances',
    makeSpec({ executor: { instances: undefined } }),
    makeSpec({ executor: { instances: undefined }, ...dynamic() }),
  ],
  [
    'advice-large-heap',
    'spec.executor.memory',
    makeSpec({ executor: { memory: '32g', memoryOverhead: '8g' } }),
    makeSpec({ executor: { memory: '31g', memoryOverhead: '8g' } }),
  ],
  [
    'advice-small-executors',
    'spec.executor.memory',
    makeSpec({ executor: { memory: '2g', instances: 40 }, ...scratch }),
    makeSpec({ executor: { memory: '4g', instances: 40 }, ...scratch }),
  ],
  [
    'advice-many-cores',
    'spec.executor.cores',
    makeSpec({ executor: { cores: 16 } }),
    makeSpec({ executor: { cores: 8 } }),
  ],
  [
    'advice-memory-fraction',
    'spec.sparkConf["spark.memory.fraction"]',
    makeSpec(conf('spark.memory.fraction', '0.9')),
    makeSpec(conf('spark.memory.fraction', '0.8')),
  ],
  [
    'advice-max-result-size',
    'spec.sparkConf["spark.driver.maxResultSize"]',
    makeSpec(conf('spark.driver.maxResultSize', '0')),
    makeSpec(conf('spark.driver.maxResultSize', '1g')),
  ],
  [
    'advice-max-result-size',
    'spec.sparkConf["spark.driver.maxResultSize"]',
    makeSpec(conf('spark.driver.maxResultSize', '4g')),
    makeSpec(conf('spark.driver.maxResultSize', '1073741824')),
  ],
  [
    'advice-tmpfs-memory',
    'spec.sparkConf["spark.kubernetes.local.dirs.tmpfs"]',
    makeSpec({
      ...conf('spark.kubernetes.local.dirs.tmpfs', 'true'),
      type: 'Scala',
      executor: { memoryOverhead: undefined },
    }),
    makeSpec(conf('spark.kubernetes.local.dirs.tmpfs', 'true')),
  ],
  [
    'advice-cpu-limit',
    'spec.executor.coreLimit',
    makeSpec({ executor: { coreLimit: '4000m' } }),
    makeSpec({ executor: { coreLimit: '8' } }),
  ],
  [
    'advice-gpu-amount',
    'spec.executor.gpu.quantity',
    makeSpec({ executor: { gpu: { name: 'nvidia.com/gpu', quantity: 1 } } }),
    makeSpec({
      executor: { gpu: { name: 'nvidia.com/gpu', quantity: 1 } },
      ...conf('spark.task.resource.gpu.amount', '1'),
    }),
  ],
  [
    'advice-adaptive-off',
    'spec.sparkConf["spark.sql.adaptive.enabled"]',
    makeSpec(conf('spark.sql.adaptive.enabled', 'False')),
    makeSpec(conf('spark.sql.adaptive.enabled', 'true')),
  ],
  [
    'advice-adaptive-off',
    'spec.sparkConf["spark.sql.adaptive.enabled"]',
    makeSpec({ sparkVersion: '3.1.1' }),
    makeSpec({ sparkVersion: '3.2.0' }),
  ],
  [
    'advice-skew-join-off',
    'spec.sparkConf["spark.sql.adaptive.skewJoin.enabled"]',
    makeSpec(conf('spark.sql.adaptive.skewJoin.enabled', 'false')),
    makeSpec(conf('spark.sql.adaptive.skewJoin.enabled', 'true')),
  ],
  [
    'advice-few-partitions',
    'spec.sparkConf["spark.sql.shuffle.partitions"]',
    makeSpec(conf('spark.sql.shuffle.partitions', '7')),
    makeSpec(conf('spark.sql.shuffle.partitions', '8')),
  ],
  [
    'advice-max-executors',
    'spec.dynamicAllocation.maxExecutors',
    makeSpec(dynamic({ maxExecutors: undefined })),
    makeSpec(dynamic({ enabled: false, maxExecutors: undefined })),
  ],
  [
    'advice-shuffle-tracking',
    'spec.dynamicAllocation.shuffleTrackingEnabled',
    makeSpec(dynamic({ shuffleTrackingEnabled: false })),
    makeSpec({
      ...dynamic({ shuffleTrackingEnabled: false }),
      sparkConf: { 'spark.decommission.enabled': 'true', 'spark.storage.decommission.shuffleBlocks.enabled': 'true' },
    }),
  ],
  [
    'advice-shuffle-tracking',
    'spec.sparkConf["spark.dynamicAllocation.shuffleTracking.enabled"]',
    makeSpec({ ...dynamic(), ...conf('spark.dynamicAllocation.shuffleTracking.enabled', 'false') }),
    makeSpec({ ...dynamic(), ...conf('spark.dynamicAllocation.shuffleTracking.enabled', 'true') }),
  ],
  [
    'advice-shuffle-tracking-unset',
    'spec.dynamicAllocation.shuffleTrackingEnabled',
    makeSpec({ ...dynamic(), sparkVersion: '3.3.2' }),
    makeSpec({ ...dynamic(), sparkVersion: '3.4.0' }),
  ],
  [
    'advice-shuffle-service',
    'spec.sparkConf["spark.shuffle.service.enabled"]',
    makeSpec(conf('spark.shuffle.service.enabled', 'true')),
    makeSpec(conf('spark.shuffle.service.enabled', 'false')),
  ],
  [
    'advice-no-scratch',
    'spec.volumes',
    makeSpec({ executor: { instances: 10 } }),
    makeSpec({ executor: { instances: 10 }, ...scratch }),
  ],
  [
    'advice-no-scratch',
    'spec.volumes',
    makeSpec(conf('spark.sql.shuffle.partitions', '400')),
    makeSpec({ sparkConf: { 'spark.sql.shuffle.partitions': '400', 'spark.local.dir': '/data' } }),
  ],
  [
    'advice-scratch-limit',
    'spec.volumes[0].emptyDir',
    makeSpec({ volumes: [{ name: 'a', emptyDir: {} }] }),
    makeSpec(scratch),
  ],
  [
    'advice-host-path',
    'spec.volumes[0].hostPath',
    makeSpec({ volumes: [{ name: 'a', hostPath: { path: '/mnt' } }] }),
    makeSpec(scratch),
  ],
  [
    'advice-speculation',
    'spec.sparkConf["spark.speculation"]',
    makeSpec({
      sparkConf: { 'spark.speculation': 'true', 'spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version': '2' },
    }),
    makeSpec(conf('spark.speculation', 'true')),
  ],
  [
    'advice-task-retries',
    'spec.sparkConf["spark.task.maxFailures"]',
    makeSpec(conf('spark.task.maxFailures', '1')),
    makeSpec(conf('spark.task.maxFailures', '4')),
  ],
  [
    'advice-no-checkpoint',
    'spec.sparkConf["spark.sql.streaming.checkpointLocation"]',
    makeSpec(conf('spark.sql.streaming.metricsEnabled', 'true')),
    makeSpec({
      sparkConf: {
        'spark.sql.streaming.metricsEnabled': 'true',
        'spark.sql.streaming.checkpointLocation': 's3a://b/c',
      },
    }),
  ],
  [
    'advice-java-serializer',
    'spec.sparkConf["spark.serializer"]',
    makeSpec(conf('spark.serializer', 'org.apache.spark.serializer.JavaSerializer')),
    makeSpec(conf('spark.serializer', 'org.apache.spark.serializer.KryoSerializer')),
  ],
  [
    'advice-allocation-batch',
    'spec.sparkConf["spark.kubernetes.allocation.batch.size"]',
    makeSpec(conf('spark.kubernetes.allocation.batch.size', '500')),
    makeSpec(conf('spark.kubernetes.allocation.batch.size', '20')),
  ],
  [
    'advice-latest-tag',
    'spec.image',
    makeSpec({ image: 'registry.example.com:5000/spark' }),
    makeSpec({ image: `registry.example.com/spark:latest@sha256:${'a'.repeat(64)}` }),
  ],
  [
    'advice-latest-tag',
    'spec.driver.sidecars[0].image',
    makeSpec({ driver: { sidecars: [{ name: 'a', image: 'a:latest' }] } }),
    makeSpec({ driver: { sidecars: [{ name: 'a', image: 'a:1' }] } }),
  ],
  [
    'advice-no-image',
    'spec.image',
    makeSpec({ image: undefined }),
    makeSpec({ image: undefined, driver: { image: 'a:1' }, executor: { image: 'a:1' } }),
  ],
  [
    'advice-credential',
    'spec.arguments[0]',
    makeSpec({ arguments: ['AKIAIOSFODNN7EXAMPLE'] }),
    makeSpec({ arguments: ['--table', 'tokens'] }),
  ],
  [
    'advice-credential',
    'spec.arguments[1]',
    makeSpec({ arguments: ['a', 'jdbc:postgresql://db/x?user=u&password=hunter2'] }),
    makeSpec({ arguments: ['jdbc:postgresql://db/x?user=u'] }),
  ],
  [
    'advice-credential',
    'spec.driver.env[0].value',
    makeSpec({ driver: { env: [{ name: 'URL', value: 'https://user:pass@host/x' }] } }),
    makeSpec({ driver: { env: [{ name: 'URL', value: 'https://host:80/x' }] } }),
  ],
  [
    'advice-credential-variable',
    'spec.executor.env[0].value',
    makeSpec({ executor: { env: [{ name: 'DB_PASSWORD', value: 'x' }] } }),
    makeSpec({ executor: { env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'p' } } }] } }),
  ],
  [
    'advice-credential-variable',
    'spec.driver.envVars.API_KEY',
    makeSpec({ driver: { envVars: { API_KEY: 'x' } } }),
    makeSpec({ driver: { envVars: { MONKEY: 'x' } } }),
  ],
  [
    'advice-s3a-provider',
    'spec.hadoopConf["fs.s3a.aws.credentials.provider"]',
    makeSpec({
      hadoopConf: { 'fs.s3a.aws.credentials.provider': 'com.amazonaws.auth.InstanceProfileCredentialsProvider' },
    }),
    makeSpec({
      hadoopConf: {
        'fs.s3a.aws.credentials.provider': 'software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider',
      },
    }),
  ],
  [
    'advice-s3a-provider-v1',
    'spec.sparkConf["spark.hadoop.fs.s3a.aws.credentials.provider"]',
    makeSpec(conf('spark.hadoop.fs.s3a.aws.credentials.provider', v1Provider)),
    makeSpec({ ...conf('spark.hadoop.fs.s3a.aws.credentials.provider', v1Provider), sparkVersion: '3.5.4' }),
  ],
  [
    'advice-s3-scheme',
    'spec.mainApplicationFile',
    makeSpec({ mainApplicationFile: 's3://code/main.py' }),
    makeSpec({
      mainApplicationFile: 's3://code/main.py',
      hadoopConf: { 'fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem' },
    }),
  ],
  [
    'advice-placeholder',
    'spec.deps.jars[0]',
    makeSpec({ deps: { jars: ['s3a://<BUCKET>/a.jar'] } }),
    makeSpec({ deps: { jars: ['s3a://bucket/a.jar'] } }),
  ],
  [
    'advice-spot-driver',
    'spec.driver.nodeSelector',
    makeSpec({ driver: spotNodes }),
    makeSpec({ executor: spotNodes, ...conf('spark.decommission.enabled', 'true') }),
  ],
  [
    'advice-spot-decommission',
    'spec.sparkConf["spark.decommission.enabled"]',
    makeSpec({ executor: spotNodes }),
    makeSpec({ executor: { nodeSelector: { 'karpenter.sh/capacity-type': 'on-demand' } } }),
  ],
  [
    'advice-event-log',
    'spec.sparkConf["spark.eventLog.enabled"]',
    { ...makeSpec({ executor: { instances: 10 } }), sparkConf: {} },
    { ...makeSpec({ executor: { instances: 9 } }), sparkConf: {} },
  ],
  [
    'advice-event-log-dir',
    'spec.sparkConf["spark.eventLog.dir"]',
    makeSpec(conf('spark.eventLog.dir', 'file:///tmp/logs')),
    makeSpec(conf('spark.eventLog.dir', 's3a://b/logs')),
  ],
  [
    'advice-deprecated-setting',
    'spec.sparkConf["spark.blacklist.enabled"]',
    makeSpec(conf('spark.blacklist.enabled', 'true')),
    makeSpec(conf('spark.excludeOnFailure.enabled', 'true')),
  ],
  ['advice-old-spark', 'spec.sparkVersion', makeSpec({ sparkVersion: '2.4.8' }), makeSpec({ sparkVersion: '3.5.3' })],
]

describe('advice', () => {
  test('has nothing to say about a job without known mistakes', () => {
    expect(adviceFor(makeSpec())).toEqual([])
  })

  test.each(cases)('%s at %s', (id, path, spoken, silent) => {
    expect(adviceFor(spoken)).toContainEqual(expect.objectContaining({ severity: 'warning', rule: id, path }))
    expect(idsFor(silent)).not.toContain(id)
  })

  test('is tested row by row, and each row has an id, a source and a remedy of its own', () => {
    const ids = adviceTable.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter(id => !cases.some(([tested]) => tested === id))).toEqual([])
    for (const { id, source, when, message, allowed } of adviceTable) {
      expect(id).toMatch(/^advice(-[a-z0-9]+)+$/)
      for (const text of [source, when, message, allowed]) expect(text.length).toBeGreaterThan(4)
      expect(message).toMatch(/[.]$/)
    }
  })

  test('offers the new name of an old setting, and never the credential itself', () => {
    const [old] = adviceFor(makeSpec(conf('spark.executor.plugins', 'com.example.Plugin')))
    expect(old).toMatchObject({ rule: 'advice-deprecated-setting', suggestion: 'spark.plugins' })
    const said = adviceFor(makeSpec({ arguments: ['--password=hunter2secret'] }))
    expect(JSON.stringify(said)).not.toContain('hunter2secret')
  })

  test('has a page that names every row', () => {
    const page = readFileSync(new URL('../../../docs/advice.md', import.meta.url), 'utf8')
    expect(adviceTable.filter(({ id }) => !page.includes(`\`${id}\``))).toEqual([])
  })
})

describe('advice on values that a layer gave', () => {
  test('names the layer and no line, and missing fields are told at the author’s own object', () => {
    const text = JSON.stringify({ spec: makeSpec() })
    const { root } = parseDocument(text, 'json')
    const spec = root?.kind === 'map' ? root.fields.get('spec') : undefined
    if (spec?.kind !== 'map') throw new Error('the test needs a spec')
    const place = { parent: spec, keyOffset: 0, offset: 0, layer: 'cluster main' }
    spec.fields.set('image', { ...place, key: 'image', kind: 'scalar', scalar: 'spark:latest' })
    spec.fields.set('dynamicAllocation', {
      ...place,
      key: 'dynamicAllocation',
      kind: 'map',
      fields: new Map([['enabled', { ...place, key: 'enabled', kind: 'scalar', scalar: true }]]),
    })
    spec.fields.set('dynamicAllocation', {
      ...place,
      key: 'dynamicAllocation',
      kind: 'map',
      fields: new Map([['enabled', { ...place, key: 'enabled', kind: 'scalar', scalar: true }]]),
    })
    const findings = makeFindingCollector(text, path => path.replace('spec.', 'job.'))
    advise(spec, findings)
    const said = new Map(findings.findings().map(finding => [finding.rule, finding]))
    const image = said.get('advice-latest-tag')
    const bound = said.get('advice-max-executors')
    expect(image).toMatchObject({ path: 'job.image' })
    expect(image?.message).toMatch(/ \(from cluster main\)$/)
    expect(image).not.toHaveProperty('line')
    expect(bound).toMatchObject({ path: 'job.dynamicAllocation.maxExecutors', line: 1 })
    expect(bound?.message).not.toContain('cluster main')
  })
})
