/** Wrong values that no table of the CRD can tell, each with the rule that must notice it. */
import type { Steps } from './spec-documents.ts'

/** One change to a document that is fine. */
export interface Mutation {
  readonly steps: Steps
  /** `undefined` takes the field away. */
  readonly value: unknown
  readonly rule: string
  /** What the finding must offer; absent: anything. */
  readonly suggestion?: string
}

/** Driver and executor have defaults; everything else of these the author must say. */
const topFields = ['type', 'sparkVersion', 'mainApplicationFile']
const missing: readonly Mutation[] = [
  ...topFields.map(field => ['spec', field]),
  ['metadata'],
  ['metadata', 'name'],
  ['spec'],
].flatMap(steps => [
  { steps, value: undefined, rule: 'required-field' },
  ...(steps.length > 1 ? [{ steps, value: null, rule: 'required-field' }] : []),
])

const longText = 'x'.repeat(40_000)
const wrongTexts: readonly (readonly [rule: string, steps: Steps, values: readonly unknown[]])[] = [
  ['not-one-of', ['spec', 'type'], ['python', 'SQL', '']],
  ['not-one-of', ['spec', 'mode'], ['local']],
  ['not-one-of', ['spec', 'pythonVersion'], ['4']],
  ['not-one-of', ['spec', 'restartPolicy', 'type'], ['Sometimes']],
  ['not-one-of', ['spec', 'imagePullPolicy'], ['always']],
  ['not-one-of', ['spec', 'batchScheduler'], ['yarn', 'Volcano']],
  ['not-one-of', ['spec', 'driver', 'tolerations', 0, 'operator'], ['Exist']],
  ['not-one-of', ['spec', 'executor', 'tolerations', 0, 'effect'], ['NoRun']],
  ['not-one-of', ['spec', 'sparkUIOptions', 'serviceType'], ['loadbalancer']],
  ['not-one-of', ['spec', 'driver', 'dnsPolicy'], ['first']],
  ['memory-format', ['spec', 'driver', 'memory'], ['1.5g', '1Gi', '-1g', '', 'lots', '1 g', '9'.repeat(40)]],
  ['memory-format', ['spec', 'executor', 'memoryOverhead'], ['0.5g', '1Mi']],
  ['memory-out-of-range', ['spec', 'executor', 'memory'], ['1m', '0', '100b', '999999999t']],
  ['quantity-format', ['spec', 'driver', 'coreLimit'], ['one', '-1', '0', '1e400', '1 core']],
  ['quantity-format', ['spec', 'executor', 'coreRequest'], ['', '1..5']],
  ['wrong-format', ['spec', 'volumes', 0, 'emptyDir', 'sizeLimit'], ['10GB', 'much']],
  ['factor-format', ['spec', 'memoryOverheadFactor'], ['-1', 'half', '1e3', '20%']],
  ['spark-version-format', ['spec', 'sparkVersion'], ['latest', '4', '', '3.5.3; rm -rf /', 'v3.5.1']],
  ['class-format', ['spec', 'mainClass'], ['--conf', 'a b', 'a..b', '']],
  ['image-format', ['spec', 'image'], ['-v', 'a b', '', 'a:$TAG', 'http://x/y:z', 'a/B:1', 'a@sha256:12', 'a:-x']],
  ['image-format', ['spec', 'executor', 'image'], ['a,b', 'a//b', `a:${'x'.repeat(129)}`]],
  ['java-options-memory', ['spec', 'driver', 'javaOptions'], ['-Xmx4g', '-Xss1m -Xmx1g']],
  ['java-options-spark', ['spec', 'executor', 'javaOptions'], ['-Dspark.ui.enabled=true']],
  ['jmx-exporter-path-format', ['spec', 'monitoring', 'prometheus', 'jmxExporterJar'], ['local:///a.jar', 'a.jar']],
  ['out-of-range', ['spec', 'driver', 'cores'], [0, -1, 5000, 2 ** 40]],
  ['out-of-range', ['spec', 'executor', 'instances'], [0, 100_000]],
  ['out-of-range', ['spec', 'restartPolicy', 'onFailureRetries'], [-1, 1000]],
  ['out-of-range', ['spec', 'dynamicAllocation', 'minExecutors'], [-1]],
  ['out-of-range', ['spec', 'executor', 'gpu', 'quantity'], [0]],
  ['out-of-range', ['spec', 'monitoring', 'prometheus', 'port'], [80, 70_000]],
  ['out-of-range', ['spec', 'timeToLiveSeconds'], [-1]],
  ['out-of-range', ['spec', 'sparkUIOptions', 'servicePort'], [0, 70_000]],
  ['gpu-name-format', ['spec', 'executor', 'gpu', 'name'], ['gpu', 'nvidia.com/gpu=1']],
  ['label-key-format', ['spec', 'driver', 'labels', 'a b'], ['x']],
  ['label-key-format', ['spec', 'executor', 'annotations', 'a=b'], ['x']],
  ['label-key-format', ['metadata', 'labels', '-x'], ['x']],
  ['label-value-format', ['spec', 'driver', 'labels', 'x'], ['a b', 'x'.repeat(64), '-']],
  ['label-value-format', ['metadata', 'labels', 'x'], ['a/b']],
  ['label-value-format', ['spec', 'sparkConf', 'spark.kubernetes.driver.label.team'], ['a b']],
  ['label-value-format', ['spec', 'sparkConf', 'spark.kubernetes.node.selector.pool'], ['a b']],
  ['label-key-format', ['spec', 'sparkConf', 'spark.kubernetes.executor.annotation.-a'], ['x']],
  ['environment-name-format', ['spec', 'sparkConf', 'spark.executorEnv.1A'], ['x']],
  ['environment-name-format', ['spec', 'driver', 'env', 0, 'name'], ['A=B', '1A', '']],
  ['environment-name-format', ['spec', 'executor', 'envVars', 'A=B'], ['x']],
  ['name-format', ['metadata', 'name'], ['Upper', '1a', 'a_b', 'x'.repeat(64), '', 'a.b', 'a\nb']],
  ['name-format', ['spec', 'volumes', 0, 'name'], ['A', 'a/b']],
  ['name-format', ['spec', 'hadoopConfigMap'], ['../x']],
  ['name-format', ['spec', 'volumes', 0, 'configMap', 'name'], ['A_B']],
  ['data-key-format', ['spec', 'driver', 'env', 0, 'valueFrom', 'secretKeyRef', 'key'], ['a/b']],
  ['port-name-format', ['spec', 'driver', 'ports', 0, 'name'], ['a-name-of-too-many-letters', '80']],
  ['address-format', ['spec', 'driver', 'hostAliases', 0, 'ip'], ['localhost']],
  ['mount-path-format', ['spec', 'driver', 'volumeMounts', 0, 'mountPath'], ['data', '/a/../b', '/a:b']],
  ['spark-conf-key', ['spec', 'sparkConf', 'executor.memory'], ['x']],
  ['spark-conf-key', ['spec', 'sparkConf', 'spark.a=b'], ['x']],
  ['spark-conf-key', ['spec', 'sparkConf', 'spark.a b'], ['x']],
  ['spark-conf-value', ['spec', 'sparkConf', 'spark.sql.adaptive.enabled'], ['yes', '1', 'on']],
  ['spark-conf-value', ['spec', 'sparkConf', 'spark.network.timeout'], ['5 min', '1.5h']],
  [
    'spark-conf-value',
    ['spec', 'sparkConf', 'spark.sql.shuffle.partitions'],
    ['0', '-5', '1e3', '2,000', '99999999999'],
  ],
  ['spark-conf-value', ['spec', 'sparkConf', 'spark.memory.fraction'], ['60%', '1.5']],
  ['java-options-memory', ['spec', 'sparkConf', 'spark.executor.defaultJavaOptions'], ['-Xmx4g']],
  ['memory-format', ['spec', 'sparkConf', 'spark.driver.memoryOverhead'], ['1Gi']],
  ['wrong-type', ['spec', 'sparkConf', 'spark.kubernetes.executor.deleteOnTermination'], ['maybe']],
  ['hadoop-conf-key', ['spec', 'hadoopConf', 'a=b'], ['x']],
  ['wrong-type', ['spec', 'sparkConf', 'spark.x'], [1, true, null, ['a'], { a: 1 }]],
  ['wrong-type', ['spec', 'hadoopConf', 'x'], [1, false]],
  ['wrong-type', ['metadata', 'labels', 'x'], [1, true]],
  ['wrong-type', ['metadata', 'name'], [1]],
  ['argument-too-long', ['spec', 'arguments', 0], [longText]],
  ['argument-too-long', ['spec', 'driver', 'env', 0, 'value'], [longText]],
  ['control-character', ['spec', 'arguments', 0], ['a\u0000b', '\u001b[0m', '\ud800']],
  ['control-character', ['spec', 'sparkConf', 'spark.x'], ['\u0000']],
  ['unknown-field', ['metadata', 'nmae'], ['x']],
  ['unknown-field', ['specs'], [{}]],
  ['policy-metadata-field', ['metadata', 'ownerReferences'], [[]]],
  ['policy-metadata-field', ['metadata', 'finalizers'], [['a']]],
  ['policy-metadata-field', ['metadata', 'generateName'], ['a-']],
  [
    'policy-file-uri',
    ['spec', 'mainApplicationFile'],
    ['s3a://Bucket_A/x.py', 's3a://b/x.py', 's3a://bucket', 'local:opt/x.py'],
  ],
  ['policy-file-uri', ['spec', 'deps', 'jars', 0], ['/opt/a.jar', 'https://x.org/a.jar', '--conf', 's3a://bucket/']],
]

/** All of them. */
export const fixedMutations: readonly Mutation[] = [
  ...missing,
  ...wrongTexts.flatMap(([rule, steps, values]) => values.map(value => ({ steps, value, rule }))),
]
