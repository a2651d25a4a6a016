/**
 * Which settings of Spark a spec may carry. The operator writes each as `--conf key=value` after its own, so the last
 * one wins: `always` refuses what acts in the operator, on its API server or on other objects; `strict` begins with
 * the allow-list, and names the known dangerous ones for a better answer. Keys of hadoopConf are checked with
 * `spark.hadoop.` before them, as Spark sees them. In patterns `*` is any run of characters, `{a,b}` one of several.
 */

/** One refused kind of setting. */
export interface SparkConfRule {
  readonly id: string
  readonly refusedAt: 'always' | 'strict'
  readonly keys: readonly string[]
  readonly message: string
  readonly allowed: string
}

/** First match wins, so that the special rules stand before the general ones. */
export const sparkConfRules: readonly SparkConfRule[] = [
  {
    id: 'policy-spark-master',
    refusedAt: 'always',
    keys: [
      'spark.master',
      'spark.master.*',
      'spark.kubernetes.driver.master',
      'spark.remote*',
      'spark.api.mode',
      'spark.local.connect*',
    ],
    message: 'The cluster is chosen by the gateway; another API server would receive the credentials of the job.',
    allowed: 'No value',
  },
  {
    id: 'policy-submit-settings',
    refusedAt: 'always',
    keys: [
      'spark.submit.*',
      'spark.kubernetes.submission.*',
      'spark.kubernetes.submitInDriver',
      'spark.launcher.*',
      'spark.kubernetes.context',
      'spark.kubernetes.trust.*',
      'spark.kubernetes.report.*',
    ],
    message: 'This setting acts on spark-submit, which runs inside the operator.',
    allowed: 'No value; Python files go into spec.deps.pyFiles',
  },
  {
    id: 'policy-authenticate',
    refusedAt: 'always',
    keys: ['spark.kubernetes.authenticate*'],
    message:
      'The identity of a job is the service account of its team; these settings also read files of the operator.',
    allowed: 'No value: the gateway sets the service account',
  },
  {
    id: 'policy-kerberos',
    refusedAt: 'always',
    keys: [
      'spark.kubernetes.kerberos.*',
      'spark.kerberos.*',
      'spark.yarn.*',
      'spark.security.*',
      'spark.hadoop.hadoop.security.*',
      'spark.hadoop.hadoop.kerberos.*',
    ],
    message: 'Kerberos and Hadoop security are set up inside the operator, from its files.',
    allowed: "The role of the team's service account",
  },
  {
    id: 'policy-upload-path',
    refusedAt: 'always',
    keys: ['spark.kubernetes.file.upload.*'],
    message: "With this setting the operator uploads its own files; local files of yours don't exist there.",
    allowed: 'Files in S3 (s3a://) or in the image (local://)',
  },
  {
    id: 'policy-maven',
    refusedAt: 'always',
    keys: ['spark.jars.*'],
    message: 'Packages would be resolved and downloaded inside the operator.',
    allowed: 'Jars in the image (local://) or in S3 (s3a://) under spec.deps.jars',
  },
  {
    id: 'policy-pod-template-file',
    refusedAt: 'always',
    keys: ['spark.kubernetes.*podTemplate*', 'spark.kubernetes.*podGroupTemplate*'],
    message: 'Templates are read from the disk or network of the operator.',
    allowed: 'The fields of spec.driver and spec.executor',
  },
  {
    id: 'policy-feature-steps',
    refusedAt: 'always',
    keys: ['spark.kubernetes.*eatureSteps*', 'spark.kubernetes.*allocator*'],
    message: 'Classes named here are loaded inside the operator.',
    allowed: 'No value',
  },
  {
    id: 'policy-namespace',
    refusedAt: 'always',
    keys: ['spark.kubernetes.namespace', 'spark.kubernetes.namespace.*'],
    message: 'The job runs in the namespace of its team.',
    allowed: 'No value: the gateway sets the namespace',
  },
  {
    id: 'policy-application-id',
    refusedAt: 'always',
    keys: ['spark.app.id', 'spark.app.attempt.id', 'spark.app.startTime', 'spark.app.submitTime'],
    message: 'Spark makes this id; pods of jobs are found by it.',
    allowed: 'spark.app.name, if a name is wanted',
  },
  {
    id: 'policy-image-setting',
    refusedAt: 'always',
    keys: ['spark.kubernetes.container.image', 'spark.kubernetes.{driver,executor}.container.image'],
    message: 'The operator refuses images among the settings.',
    allowed: 'spec.image, spec.driver.image, spec.executor.image',
  },
  {
    id: 'policy-reserved-label',
    refusedAt: 'always',
    keys: [
      'spark.kubernetes.{driver,executor}.{label,service.label,annotation,service.annotation}.{*sparkoperator.k8s.io/,*sparkgate.dev/,*kueue.x-k8s.io/,spark-}*',
    ],
    message: 'The operator, the gateway or Spark finds its own pods by this.',
    allowed: 'A key with a prefix of your own, such as example.com/NAME',
  },
  {
    id: 'policy-system-label',
    refusedAt: 'strict',
    keys: [
      'spark.kubernetes.{driver,executor}.{label,service.label}.*{kubernetes.io/,k8s.io/,karpenter.sh/,amazonaws.com/}*',
    ],
    message: 'Labels of Kubernetes and its add-ons select pods for the platform.',
    allowed: 'A label with a prefix of your own, or none',
  },
  {
    id: 'policy-volume',
    refusedAt: 'strict',
    keys: ['spark.kubernetes.{driver,executor}.volumes.{hostPath,nfs,persistentVolumeClaim}.*'],
    message: "This volume reaches the node's disk or other jobs' data.",
    allowed: 'spark.kubernetes.driver.volumes.emptyDir.* and …executor.volumes.emptyDir.*, or data in S3',
  },
  {
    id: 'policy-secret',
    refusedAt: 'strict',
    keys: [
      'spark.kubernetes.{driver,executor}.{secrets,secretKeyRef}.*',
      'spark.kubernetes.container.image.pullSecrets',
      'spark.kubernetes.*pullSecrets*',
    ],
    message: "Any secret of the team's namespace could be read by this name.",
    allowed: "The role of the team's service account",
  },
  {
    id: 'policy-config-map',
    refusedAt: 'strict',
    keys: ['spark.kubernetes.hadoop.*', 'spark.kubernetes.*configMap*'],
    message: "Any ConfigMap of the team's namespace could be read by this name.",
    allowed: 'hadoopConf in the spec',
  },
  {
    id: 'policy-placement',
    refusedAt: 'strict',
    keys: ['spark.kubernetes.*node.selector.*', 'spark.kubernetes.*scheduler*', 'spark.kubernetes.*priorityClass*'],
    message: 'Where pods run is decided by the platform.',
    allowed: 'No value; ask the platform team for a node pool',
  },
  {
    id: 'policy-credential-setting',
    refusedAt: 'strict',
    keys: [
      'spark.hadoop.fs.{s3,s3a,s3n}.*{access.key,secret.key,session.token,awsAccessKeyId,awsSecretAccessKey}',
      'spark.authenticate.secret*',
      'spark.hadoop.fs.s3a.*{assumed.role,security.credential}*',
      'spark.ssl.*assword*',
      'spark.*.password',
    ],
    message: 'Settings are readable in the cluster, in the UI and in logs: credentials do not belong here.',
    allowed: "The role of the team's service account (no keys at all)",
  },
  {
    id: 'policy-s3-endpoint',
    refusedAt: 'strict',
    keys: [
      'spark.hadoop.fs.s3a.{endpoint,bucket.*.endpoint}',
      'spark.hadoop.fs.s3a.*proxy.*',
      'spark.hadoop.fs.s3a.*signing*',
    ],
    message: 'Another endpoint receives signed requests of the job.',
    allowed: "No value: the region's own S3",
  },
  {
    id: 'policy-environment',
    refusedAt: 'strict',
    keys: [
      'spark.{executorEnv,kubernetes.driverEnv}.{AWS_ROLE_ARN,AWS_WEB_IDENTITY,AWS_CONTAINER_,AWS_ACCESS,AWS_SECRET,AWS_SESSION,KUBERNETES_,SPARK_,LD_}*',
    ],
    message: 'This variable decides identity or how Spark starts.',
    allowed: 'Variables of your own',
  },
]
