/** Command lines before the checks of every format: what is dangerous is refused in the words of the line. */
import { describe, expect, test } from 'vitest'
import type { CanonicalSpec, PolicyLevel } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { checkJobDocument } from '../../../shared/domain/job-spec/check-job-document.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import { parseSparkSubmit } from '../../../shared/domain/job-spec/spark-submit/parse-spark-submit.ts'
import { makeContext } from './spec-documents.ts'

interface Checked {
  readonly spec: CanonicalSpec | undefined
  readonly errors: readonly Finding[]
  readonly findings: readonly Finding[]
}

function check(text: string, policy: PolicyLevel = 'open'): Checked {
  const unworded = makeFindingCollector(text)
  const wordFor = parseSparkSubmit(text, unworded)?.wordFor
  const findings = makeFindingCollector(text, wordFor)
  const document = parseSparkSubmit(text, findings)
  const spec = document && checkJobDocument(document, makeContext(policy), findings).spec
  const all = findings.findings()
  return { spec, errors: all.filter(({ severity }) => severity === 'error'), findings: all }
}

const line = `spark-submit --master yarn --deploy-mode cluster --name daily-report \\
  --num-executors 4 --executor-memory 4g --executor-cores 2 --driver-memory 2g \\
  --conf spark.kubernetes.container.image=registry.example.com/spark:4.0.1 \\
  --conf spark.executor.memoryOverhead=1g --conf spark.sql.shuffle.partitions=200 \\
  --conf sparkgate.dev/priority=high \\
  s3a://payments-code/jobs/report.py --day 2026-01-01`

describe('a whole line', () => {
  test('is accepted without errors', () => {
    const { spec, errors } = check(line)
    expect(errors).toEqual([])
    expect(spec).toMatchObject({
      name: 'daily-report',
      options: { priority: 'high' },
      application: {
        type: 'Python',
        sparkVersion: '4.0.1',
        image: 'registry.example.com/spark:4.0.1',
        executor: { instances: 4, cores: 2, memory: '4g', memoryOverhead: '1g' },
        arguments: ['--day', '2026-01-01'],
      },
    })
  })

  test('keeps the places of the line in what the checks say', () => {
    const { findings } = check(line)
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'setting-is-field',
        path: '["--conf"]["spark.executor.memoryOverhead"]',
        line: 4,
        column: 10,
      }),
    )
  })
})

describe('what would reach the platform is refused at its place', () => {
  test.each([
    ['--conf spark.master=k8s://https://evil', '["--conf"]["spark.master"]'],
    ['--conf "spark.master=x"', '["--conf"]["spark.master"]'],
    [
      '--conf spark.kubernetes.authenticate.driver.caCertFile=/etc/passwd',
      '["--conf"]["spark.kubernetes.authenticate.driver.caCertFile"]',
    ],
    ['--conf spark.kubernetes.driver.podTemplateFile=/x', '["--conf"]["spark.kubernetes.driver.podTemplateFile"]'],
    ['--conf "spark.a --master=x"', '["--conf"]["spark.a --master"]'],
    ['--conf =spark.master=x', '["--conf"][""]'],
    ['--conf spark.jars.packages=a:b:1', '["--conf"]["spark.jars.packages"]'],
    [
      '--conf spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name=x',
      '["--conf"]["spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name"]',
    ],
    ['--packages a:b:1', '["--packages"]'],
    ['--proxy-user root', '["--proxy-user"]'],
    ['--jars /etc/passwd', '["--jars"][0]'],
    ['--files s3a://bucket/a,file:///etc/shadow', '["--files"][1]'],
    ['--py-files hdfs://nn/x.zip', '["--py-files"][0]'],
    ['--conf spark.files=/etc/passwd', '["--conf"]["spark.files"]'],
    ['--properties-file p', '["--properties-file"]["spark.master"]'],
  ])('%s', (option, path) => {
    const text = `spark-submit --name a ${option} local:///opt/a.py\n# properties-file: p\nspark.master local\n`
    const { errors } = check(text)
    expect(errors.map(error => error.path)).toEqual([path])
  })

  test.each(['./etl.py', '/opt/etl.py', 'file:///opt/etl.py', 'hdfs://nn/etl.py', 'https://h/etl.py', '"a b.py"'])(
    'the application %s',
    application => {
      expect(check(`spark-submit --name a ${application}`).errors).toMatchObject([
        { rule: 'policy-file-uri', path: 'application', column: application.startsWith('"') ? 24 : 23 },
      ])
    },
  )

  test('an upload path stays an error beside a local file', () => {
    const { errors } = check('spark-submit --name a --conf spark.kubernetes.file.upload.path=s3a://bucket/up ./etl.py')
    expect(errors.map(({ rule }) => rule)).toEqual(['policy-upload-path', 'policy-file-uri'])
  })

  test('under the strict policy a place for pods is refused where the line names it', () => {
    const { errors } = check('spark-submit --name a --conf spark.kubernetes.node.selector.x=y local:///a.py', 'strict')
    expect(errors.map(({ path }) => path)).toContain('["--conf"]["spark.kubernetes.node.selector.x"]')
  })
})

describe('what is missing has the words of a command line', () => {
  test('a class, an image', () => {
    const { findings } = check('spark-submit --name a local:///a.jar')
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'main-class-missing', path: '["--class"]' }))
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'advice-no-image', path: '["--conf"]["spark.kubernetes.container.image"]' }),
    )
  })

  test('a command that runs nothing is one error', () => {
    expect(check('spark-submit --kill driver-1').errors).toMatchObject([{ rule: 'not-a-job', path: '["--kill"]' }])
    expect(check('spark-submit --name a').errors).toMatchObject([{ rule: 'application-missing', path: 'application' }])
  })
})
