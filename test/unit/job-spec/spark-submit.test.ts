/** What pasted command lines become: the tree that the checks see, and what is said on the way. */
import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { parseJsonDocument } from '../../../shared/domain/job-spec/document/parse-json-document.ts'
import { toJson, type SourceNode } from '../../../shared/domain/job-spec/document/source-node.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import {
  looksLikeSparkSubmit,
  parseSparkSubmit,
  sparkSubmitFromList,
} from '../../../shared/domain/job-spec/spark-submit/parse-spark-submit.ts'

interface Read {
  readonly metadata: Record<string, JsonValue>
  readonly spec: Record<string, JsonValue>
  readonly options: JsonValue
  readonly findings: readonly Finding[]
}

function read(text: string): Read {
  const findings = makeFindingCollector(text)
  const document = parseSparkSubmit(text, findings)
  expect(document).toBeDefined()
  const { metadata, spec } = toJson(document?.root as SourceNode) as unknown as Read
  return { metadata, spec, options: toJson(document?.options as SourceNode), findings: findings.findings() }
}

const errorsOf = ({ findings }: Read): readonly Finding[] => findings.filter(({ severity }) => severity === 'error')
const said = ({ findings }: Read): readonly string[] => findings.map(({ rule, path }) => `${rule} ${path}`)

describe('lines from the wild', () => {
  test('a line for YARN with queue, executors and files', () => {
    const yarn = read(
      [
        '# nightly report, from cron',
        'export HADOOP_CONF_DIR=/etc/hadoop/conf',
        '/usr/lib/spark/bin/spark-submit --master yarn --deploy-mode cluster --queue etl \\',
        '    --name nightly-report --class com.example.Report \\',
        '    --num-executors 20 --executor-memory 8G --executor-cores 4 --driver-memory 4g \\',
        '    --files s3://conf/log4j.properties,s3://conf/app.conf \\',
        '    --conf spark.yarn.maxAppAttempts=1 --conf spark.yarn.appMasterEnv.STAGE=prod \\',
        '    --conf spark.yarn.executor.memoryOverhead=2048 \\',
        '    s3://code/report.jar 2026-01-01 "two words"',
      ].join('\n'),
    )
    expect(errorsOf(yarn)).toEqual([])
    expect(yarn.metadata).toEqual({ name: 'nightly-report' })
    expect(yarn.spec).toEqual({
      type: 'Scala',
      sparkVersion: '4.0.4',
      mainClass: 'com.example.Report',
      mainApplicationFile: 's3://code/report.jar',
      arguments: ['2026-01-01', 'two words'],
      deps: { files: ['s3://conf/log4j.properties', 's3://conf/app.conf'] },
      driver: { memory: '4g', env: [{ name: 'STAGE', value: 'prod' }] },
      executor: { instances: 20, cores: 4, memory: '8G', memoryOverhead: '2048' },
    })
    expect(said(yarn)).toEqual([
      'variable-left-out HADOOP_CONF_DIR',
      'spark-version-assumed ["--conf"]["spark.kubernetes.container.image"]',
      'master-of-gateway ["--master"]',
      'queue-left-out ["--queue"]',
      'yarn-setting-left-out ["--conf"]["spark.yarn.maxAppAttempts"]',
    ])
  })

  test('a line for Kubernetes with its settings as fields', () => {
    const line = read(`$ bin/spark-submit \\
      --master k8s://https://ABC.gr7.eu-west-1.eks.amazonaws.com:443 --deploy-mode cluster \\
      --name spark-pi --class org.apache.spark.examples.SparkPi \\
      --conf spark.executor.instances=5 \\
      --conf spark.kubernetes.namespace=spark-jobs \\
      --conf spark.kubernetes.authenticate.driver.serviceAccountName=spark \\
      --conf spark.kubernetes.container.image=123456789012.dkr.ecr.eu-west-1.amazonaws.com/spark:3.5.3-java17 \\
      --conf spark.kubernetes.driver.label.team=data \\
      --conf spark.kubernetes.executor.annotation.prometheus.io/scrape=true \\
      --conf spark.kubernetes.node.selector.disk=ssd \\
      --conf spark.kubernetes.driverEnv.STAGE=prod --conf spark.executorEnv.STAGE=prod \\
      --conf spark.dynamicAllocation.enabled=true --conf spark.dynamicAllocation.maxExecutors=10 \\
      --conf spark.dynamicAllocation.shuffleTracking.timeout=10min \\
      local:///opt/spark/examples/jars/spark-examples.jar 1000`)
    expect(errorsOf(line)).toEqual([])
    expect(line.metadata).toEqual({ name: 'spark-pi', namespace: 'spark-jobs' })
    expect(line.spec).toMatchObject({
      image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/spark:3.5.3-java17',
      sparkVersion: '3.5.3',
      sparkConf: { 'spark.executor.instances': '5' },
      driver: { serviceAccount: 'spark', labels: { team: 'data' }, env: [{ name: 'STAGE', value: 'prod' }] },
      executor: { annotations: { 'prometheus.io/scrape': 'true' }, env: [{ name: 'STAGE', value: 'prod' }] },
      nodeSelector: { disk: 'ssd' },
      dynamicAllocation: { enabled: true, maxExecutors: 10, shuffleTrackingTimeout: 600_000 },
      arguments: ['1000'],
    })
    expect(said(line)).toEqual(['master-of-gateway ["--master"]'])
  })

  test('quotes keep blanks, JSON and commas together', () => {
    const { spec } = read(
      `spark-submit --name etl --conf "spark.driver.extraJavaOptions=-XX:+UseG1GC -Dx='a b'" --conf 'spark.x={"a": [1, 2]}' ` +
        `local:///opt/etl.py --filter "day = '2026-01-01'" '{"k": "v, w"}' it\\'s ""`,
    )
    expect(spec['sparkConf']).toEqual({
      'spark.driver.extraJavaOptions': "-XX:+UseG1GC -Dx='a b'",
      'spark.x': '{"a": [1, 2]}',
    })
    expect(spec['arguments']).toEqual(['--filter', "day = '2026-01-01'", '{"k": "v, w"}', "it's", ''])
  })

  test('Windows line ends, a semicolon at the end and a backslash too many do no harm', () => {
    const line = read('spark-submit \\\r\n  --name a \\\r\n  local:///a.py 1 2 ;\r\n\r\n')
    expect(errorsOf(line)).toEqual([])
    expect(line.spec['arguments']).toEqual(['1', '2'])
    expect(read('spark-submit --name a local:///a.py x \\\n').spec['arguments']).toEqual(['x'])
  })

  test('a list of words, as exec takes it', () => {
    const text = '["--class", "org.example.Pi", "--conf", "spark.x=$HOME *", "local:///pi.jar", "a b", 10, true]'
    const findings = makeFindingCollector(text)
    const { root: list } = parseJsonDocument(text)
    const document = list?.kind === 'list' ? sparkSubmitFromList(list, findings) : undefined
    expect(toJson(document?.root as SourceNode)).toMatchObject({
      metadata: { name: 'pi' },
      spec: { sparkConf: { 'spark.x': '$HOME *' }, mainClass: 'org.example.Pi', arguments: ['a b', '10', 'true'] },
    })
    expect(findings.hasErrors()).toBe(false)
  })

  test('a list whose items are no words', () => {
    const text = '["spark-submit", "local:///pi.py", {"a": 1}, null, 1.5]'
    const findings = makeFindingCollector(text)
    const { root: list } = parseJsonDocument(text)
    if (list?.kind === 'list') sparkSubmitFromList(list, findings)
    expect(findings.findings().filter(({ rule }) => rule === 'wrong-type')).toMatchObject([
      { path: '[2]', column: 36 },
      { path: '[3]' },
      { path: '[4]' },
    ])
  })
})

describe('properties files', () => {
  const command = 'spark-submit --name a --properties-file /etc/spark/prod.conf --conf spark.b=line local:///a.py'

  test('their content stands below the command, and the command wins', () => {
    const line = read(`${command}
# properties-file: prod.conf
# a comment
! another
spark.a  x y\u0020
spark.b = file
spark.c:z
spark.d a\\
    b
spark.e=\\u0041\\tb\\:
  spark.f
foo.bar 1
fs.s3a.path 2
spark.executor.memory 3g
`)
    expect(line.spec['sparkConf']).toEqual({
      'spark.a': 'x y',
      'spark.b': 'line',
      'spark.c': 'z',
      'spark.d': 'ab',
      'spark.e': 'A\tb:',
      'spark.f': '',
      'spark.executor.memory': '3g',
    })
    expect(line.findings.filter(({ rule }) => rule === 'property-left-out')).toMatchObject([
      { path: '["--properties-file"]["foo.bar"]', line: 12, column: 1 },
      { path: '["--properties-file"]["fs.s3a.path"]', suggestion: 'spark.hadoop.fs.s3a.path' },
    ])
  })

  test('a file without content is an error that says how, content without a file a warning', () => {
    const missing = read(command)
    expect(errorsOf(missing)).toMatchObject([
      { rule: 'properties-file-missing', path: '["--properties-file"]', column: 41 },
    ])
    expect(errorsOf(missing)[0]?.allowed).toContain('# properties-file: NAME')
    const unused = read('spark-submit --name a local:///a.py\n# properties-file: x.conf\nspark.a 1\n')
    expect(said(unused)).toContain('properties-file-unused ["--properties-file"]')
    expect(unused.spec['sparkConf']).toBeUndefined()
  })
})

describe('which of several values counts', () => {
  test('an option over --conf over the file, the last over the first', () => {
    const line =
      read(`spark-submit --name a --executor-memory 1g --conf spark.executor.memory=2g --executor-memory 3g \\
      --conf spark.a=1 --conf spark.a=2 --jars s3a://b/x.jar --conf spark.jars=s3a://b/y.jar local:///a.py`)
    expect(line.spec).toMatchObject({
      executor: { memory: '3g' },
      deps: { jars: ['s3a://b/x.jar'] },
      sparkConf: { 'spark.a': '2' },
    })
    expect(said(line)).toEqual([
      'spark-version-assumed ["--conf"]["spark.kubernetes.container.image"]',
      'given-twice ["--executor-memory"]',
      'setting-overridden ["--conf"]["spark.executor.memory"]',
      'given-twice ["--conf"]["spark.a"]',
      'setting-overridden ["--conf"]["spark.jars"]',
    ])
  })
})

describe('names and versions', () => {
  test.each([
    ['--name "My Report (daily)" s3a://b/a.py', 'my-report-daily', 'name-rewritten'],
    ['--conf spark.app.name=Report s3a://b/a.py', 'report', 'name-rewritten'],
    ['s3a://b/jobs/daily_report.py', 'daily-report', 'name-derived'],
    ['--class org.apache.spark.examples.SparkPi s3a://b/a.jar', 'spark-pi', 'name-derived'],
    ['s3a://b/2026.py', 'job-2026', 'name-derived'],
    ['s3a://b/%%%.py', 'job', 'name-derived'],
  ])('%s is called %s', (words, name, rule) => {
    const line = read(`spark-submit ${words}`)
    expect(line.metadata['name']).toBe(name)
    expect(line.findings.map(finding => finding.rule)).toContain(rule)
  })

  test.each([
    ['spark-submit', 'registry/spark-py:v3.4.1', '3.4.1'],
    ['spark-submit', 'registry:5000/etl:spark-3.5.0-7', '3.5.0'],
    ['spark-submit', 'registry/etl:2.1.0', '4.0.4'],
    ['/opt/spark-3.3.4-bin-hadoop3/bin/spark-submit', 'registry/etl:7', '3.3.4'],
  ])('%s with image %s has version %s', (command, image, version) => {
    const { spec } = read(`${command} --conf spark.kubernetes.container.image=${image} local:///a.py`)
    expect(spec['sparkVersion']).toBe(version)
  })
})

describe('options of the gateway', () => {
  test('are settings that Spark passes over', () => {
    const line = read(
      'spark-submit --conf sparkgate.dev/priority=high --conf sparkgate.dev/max-attempts=3 local:///a.py',
    )
    expect(line.options).toEqual({ priority: 'high', maxAttempts: 3 })
    expect(errorsOf(read('spark-submit --conf sparkgate.dev/prio=high local:///a.py'))).toMatchObject([
      { rule: 'unknown-option', path: '["--conf"]["sparkgate.dev/prio"]', suggestion: 'sparkgate.dev/priority' },
    ])
  })
})

describe('what looks like spark-submit', () => {
  test.each([
    'spark-submit a.py',
    './bin/spark-submit \\\n a.py',
    '#!/bin/sh\n# job\n\n$ A=1 B="x y" /opt/spark/bin/spark-submit.sh a.py',
    'export A=1; export B=2 && spark3-submit a.py',
    'nohup spark-submit a.py &',
  ])('%s', text => expect(looksLikeSparkSubmit(text)).toBe(true))

  test.each([
    '',
    'apiVersion: v1\n# spark-submit a.py',
    'main: spark-submit',
    '["spark-submit", "a.py"]',
    'spark-submit: 1',
    'echo spark-submit',
    "A='",
    'pyspark',
  ])('and what does not: %s', text => expect(looksLikeSparkSubmit(text)).toBe(false))

  test('a text without it is refused', () => {
    const findings = makeFindingCollector('kubectl apply')
    expect(parseSparkSubmit('kubectl apply', findings)).toBeUndefined()
    expect(findings.findings()).toMatchObject([{ severity: 'error', rule: 'command-missing', path: '$' }])
  })
})
