/** Each option of spark-submit once: the field it becomes, or what is said about it. */
import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { toJson } from '../../../shared/domain/job-spec/document/source-node.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import { parseSparkSubmit } from '../../../shared/domain/job-spec/spark-submit/parse-spark-submit.ts'
import { submitOptions } from '../../../shared/domain/job-spec/spark-submit/submit-options.ts'

/** The tree without what every line of these tests has, and the findings about the option at hand. */
function read(options: string, application = 'local:///a.py'): { tree: JsonValue; findings: readonly Finding[] } {
  const text = `spark-submit --name a ${options} ${application}`
  const findings = makeFindingCollector(text)
  const document = parseSparkSubmit(text, findings)
  const found = findings.findings().filter(({ rule }) => rule !== 'spark-version-assumed')
  return { tree: document === undefined ? null : toJson(document.root), findings: found }
}

describe('options that are fields', () => {
  const cases: readonly (readonly [option: string, tree: object, application?: string])[] = [
    ['--class a.B', { spec: { mainClass: 'a.B', type: 'Scala' } }, 'local:///a.jar'],
    ['--name a', { metadata: { name: 'a' } }],
    ['--jars s3a://b/x.jar,,s3a://b/y.jar', { spec: { deps: { jars: ['s3a://b/x.jar', 's3a://b/y.jar'] } } }],
    ['--packages a:b:1', { spec: { deps: { packages: ['a:b:1'] } } }],
    ['--exclude-packages a:c', { spec: { deps: { excludePackages: ['a:c'] } } }],
    ['--repositories https://r/', { spec: { deps: { repositories: ['https://r/'] } } }],
    ['--py-files s3a://b/x.zip', { spec: { deps: { pyFiles: ['s3a://b/x.zip'] } } }],
    ['--files s3a://b/x', { spec: { deps: { files: ['s3a://b/x'] } } }],
    ['--archives s3a://b/x.tgz#env', { spec: { deps: { archives: ['s3a://b/x.tgz#env'] } } }],
    ['--conf spark.a=b=c', { spec: { sparkConf: { 'spark.a': 'b=c' } } }],
    ['-c spark.a=', { spec: { sparkConf: { 'spark.a': '' } } }],
    ['--driver-memory 2g', { spec: { driver: { memory: '2g' } } }],
    ['--driver-java-options "-Da=b -Dc"', { spec: { driver: { javaOptions: '-Da=b -Dc' } } }],
    ['--driver-library-path /l', { spec: { sparkConf: { 'spark.driver.extraLibraryPath': '/l' } } }],
    ['--driver-class-path /c', { spec: { sparkConf: { 'spark.driver.extraClassPath': '/c' } } }],
    ['--driver-default-class-path /d', { spec: { sparkConf: { 'spark.driver.defaultExtraClassPath': '/d' } } }],
    ['--executor-memory=3g', { spec: { executor: { memory: '3g' } } }],
    ['--proxy-user joe', { spec: { proxyUser: 'joe' } }],
    ['--driver-cores 2', { spec: { driver: { cores: 2 } } }],
    ['--executor-cores 4', { spec: { executor: { cores: 4 } } }],
    ['--num-executors 8', { spec: { executor: { instances: 8 } } }],
    ['--kubernetes-namespace x', { metadata: { namespace: 'x' } }],
    ['--deploy-mode cluster', {}],
  ]
  test.each(cases.map(([option, tree, application]) => ({ option, tree, application })))(
    '$option',
    ({ option, tree, application }) => {
      const line = read(option, application)
      expect(line.tree).toMatchObject(tree)
      expect(line.findings).toEqual([])
    },
  )
})

describe('options that the gateway decides, refuses or reads in its own way', () => {
  const cases: readonly (readonly [option: string, severity: Finding['severity'], rule: string])[] = [
    ['--master k8s://https://10.0.0.1:443', 'rewritten', 'master-of-gateway'],
    ['--master yarn-client', 'rewritten', 'master-of-gateway'],
    ['--master local[*]', 'rewritten', 'master-of-gateway'],
    ['--master=local[4]', 'rewritten', 'master-of-gateway'],
    ['--master spark://h:7077', 'rewritten', 'master-of-gateway'],
    ['--master mesos://h:5050', 'rewritten', 'master-of-gateway'],
    ['--master yarm', 'error', 'not-one-of'],
    ['--deploy-mode client', 'rewritten', 'deploy-mode-cluster'],
    ['--deploy-mode standalone', 'error', 'not-one-of'],
    ['--properties-file x.conf', 'error', 'properties-file-missing'],
    ['--load-spark-defaults', 'rewritten', 'spark-defaults-left-out'],
    ['--verbose', 'rewritten', 'verbose-left-out'],
    ['-v', 'rewritten', 'verbose-left-out'],
    ['--help', 'error', 'not-a-job'],
    ['--version', 'error', 'not-a-job'],
    ['--usage-error', 'error', 'not-a-job'],
    ['--remote sc://h', 'error', 'not-a-job'],
    ['--kill driver-1', 'error', 'not-a-job'],
    ['--status driver-1', 'error', 'not-a-job'],
    ['--supervise', 'rewritten', 'supervise-retries'],
    ['--total-executor-cores 8', 'error', 'total-executor-cores'],
    ['--total-executor-cores 8 --executor-cores 2', 'rewritten', 'total-executor-cores'],
    ['--total-executor-cores 8 --num-executors 2', 'rewritten', 'total-executor-cores'],
    ['--principal joe@X', 'error', 'kerberos-refused'],
    ['--keytab /k', 'error', 'kerberos-refused'],
    ['--queue q', 'rewritten', 'queue-left-out'],
    ['--class a.B', 'rewritten', 'class-left-out'],
    ['--driver-cores two', 'error', 'wrong-type'],
    ['--conf spark.dynamicAllocation.enabled=maybe', 'error', 'wrong-type'],
    ['--conf spark.dynamicAllocation.shuffleTracking.timeout=soon', 'error', 'wrong-type'],
    ['--conf spark.a', 'error', 'conf-without-value'],
    ['--executor-memory --num-executors 2', 'error', 'option-without-value'],
    ['--conf spark.yarn.dist.files=s3a://b/x', 'error', 'yarn-setting-refused'],
    ['--conf spark.yarn.queue=q', 'rewritten', 'queue-left-out'],
    ['--conf spark.submit.deployMode=client', 'rewritten', 'deploy-mode-cluster'],
    ['--conf spark.kubernetes.file.upload.path=s3a://b/up', 'rewritten', 'upload-path-left-out'],
  ]
  test.each(cases)('%s: %s %s', (option, severity, rule) => {
    const { findings } = read(option)
    expect(findings).toMatchObject([{ severity, rule, line: 1 }])
    const [, name = ''] = /^(--?[a-z-]+)/.exec(option) ?? []
    const official = { '-v': '--verbose' }[name] ?? name
    expect(findings[0]?.path.startsWith(JSON.stringify([official]))).toBe(true)
  })

  test('repeats and executors are taken over as numbers', () => {
    expect(read('--supervise').tree).toMatchObject({
      spec: { restartPolicy: { type: 'OnFailure', onFailureRetries: 3 } },
    })
    expect(read('--total-executor-cores 9 --executor-cores 2').tree).toMatchObject({
      spec: { executor: { instances: 4, cores: 2 } },
    })
  })

  test('every option of the table is tried in this file', () => {
    const untried = submitOptions.filter(({ name }) =>
      read(`${name} x`).findings.some(({ rule }) => rule === 'unknown-option'),
    )
    expect(untried).toEqual([])
    expect(submitOptions).toHaveLength(37)
  })
})

describe('options that do not exist', () => {
  test.each([
    ['--executor-memorry 4g', '--executor-memory'],
    ['--num-executor=4', '--num-executors'],
    ['–-conf spark.a=b', '--conf'],
    ['—verbose', '--verbose'],
  ])('%s was meant as %s', (option, suggestion) => {
    const { findings, tree } = read(option)
    expect(findings).toMatchObject([{ severity: 'error', rule: 'unknown-option', suggestion }])
    expect(tree).toMatchObject({ spec: { mainApplicationFile: 'local:///a.py' } })
  })

  test('twenty of them are enough', () => {
    const { findings } = read('--x-y-z '.repeat(500))
    expect(findings.filter(({ rule }) => rule === 'unknown-option')).toHaveLength(20)
  })
})

describe('the application', () => {
  test.each([
    ['pyspark-shell', 'application-is-no-file'],
    ['spark-internal', 'application-is-no-file'],
    ['s3a://b/query.sql', 'application-is-no-file'],
    ['', 'application-missing'],
  ])('"%s" is none: %s', (application, rule) => {
    const { findings } = read('', application)
    expect(findings).toMatchObject([{ severity: 'error', rule, path: 'application' }])
  })

  test.each([
    ['local:///a.py', 'Python'],
    ['local:///a.R', 'R'],
    ['local:///a.jar', 'Scala'],
  ])('%s is %s', (application, type) => {
    expect(read('', application).tree).toMatchObject({ spec: { type, mainApplicationFile: application } })
  })

  test('options after it are the program’s, with a warning for those that are meant for Spark', () => {
    const line = read('', 'local:///a.py --name x --num-executors=4')
    expect(line.tree).toMatchObject({ spec: { arguments: ['--name', 'x', '--num-executors=4'] } })
    expect(line.findings).toMatchObject([
      { severity: 'warning', rule: 'option-after-application', path: 'arguments[2]' },
    ])
  })
})
