/**
 * Settings that are no field of the spec. The operator writes each as `--conf key=value` after its own, so the last one
 * wins. Keys of hadoopConf are judged with `spark.hadoop.` before them, as Spark sees them.
 */
import type { PolicyPart } from './policy-rule.ts'

/** One refused kind of setting. */
export interface SettingKeyRule {
  readonly id: string
  /** Who answers, and refuses by `none`, an empty list or a size of 0; absent: refused under every policy. */
  readonly part?: PolicyPart
  /** Patterns as allow-list.ts reads them. */
  readonly keys: readonly string[]
  readonly message: string
  readonly instead: string
}

/** First match wins. */
export const settingKeyRules: readonly SettingKeyRule[] = [
  {
    id: 'policy-spark-master',
    keys: [
      'spark.master',
      'spark.master.*',
      'spark.kubernetes.driver.master',
      'spark.remote*',
      'spark.api.mode',
      'spark.local.connect*',
    ],
    message: 'The cluster is chosen by the gateway; another API server would receive the credentials of the job.',
    instead: 'No value',
  },
  {
    id: 'policy-submit-settings',
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
    instead: 'No value; Python files go into spec.deps.pyFiles',
  },
  {
    id: 'policy-authenticate',
    keys: ['spark.kubernetes.authenticate*'],
    message:
      'The identity of a job is the service account of its team; these settings also read files of the operator.',
    instead: 'No value: the gateway sets the service account',
  },
  {
    id: 'policy-kerberos',
    keys: [
      'spark.kubernetes.kerberos.*',
      'spark.kerberos.*',
      'spark.yarn.*',
      'spark.security.*',
      'spark.hadoop.hadoop.{security,kerberos,token,tokens}*',
    ],
    message: 'Kerberos and Hadoop security are set up inside the operator, from its files.',
    instead: "The role of the team's service account",
  },
  {
    id: 'policy-upload-path',
    keys: ['spark.kubernetes.file.upload.*'],
    message: "With this setting the operator uploads its own files; local files of yours don't exist there.",
    instead: 'Files in S3 (s3a://) or in the image (local://)',
  },
  {
    id: 'policy-maven',
    keys: ['spark.jars.*'],
    message: 'Packages would be resolved and downloaded inside the operator.',
    instead: 'Jars in the image (local://) or in S3 (s3a://) under spec.deps.jars',
  },
  {
    id: 'policy-pod-template-file',
    keys: ['spark.kubernetes.*podTemplate*', 'spark.kubernetes.*podGroupTemplate*'],
    message: 'Templates are read from the disk or network of the operator.',
    instead: 'The fields of spec.driver and spec.executor',
  },
  {
    id: 'policy-feature-steps',
    keys: ['spark.kubernetes.*eatureSteps*', 'spark.kubernetes.*allocator*'],
    message: 'Classes named here are loaded inside the operator.',
    instead: 'No value',
  },
  {
    id: 'policy-namespace',
    keys: ['spark.kubernetes.namespace', 'spark.kubernetes.namespace.*'],
    message: 'The job runs in the namespace of its team.',
    instead: 'No value: the gateway sets the namespace',
  },
  {
    id: 'policy-application-id',
    keys: ['spark.app.id', 'spark.app.attempt.id', 'spark.app.startTime', 'spark.app.submitTime'],
    message: 'Spark makes this id; pods of jobs are found by it.',
    instead: 'spark.app.name, if a name is wanted',
  },
  {
    id: 'policy-image-setting',
    keys: ['spark.kubernetes.container.image', 'spark.kubernetes.{driver,executor}.container.image'],
    message: 'The operator refuses images among the settings.',
    instead: 'spec.image, spec.driver.image, spec.executor.image',
  },
  {
    id: 'policy-credential-setting',
    part: 'sparkConf.credentials',
    keys: [
      'spark.hadoop.fs.{s3,s3a,s3n}.*{access.key,secret.key,session.token,awsAccessKeyId,awsSecretAccessKey,encryption.key}',
      'spark.authenticate.secret*',
      'spark.hadoop.fs.s3a.*{assumed.role,security.credential}*',
      'spark.ssl.*assword*',
      'spark.*.password',
      'spark.hadoop.*ConnectionPassword',
      'spark.sql.catalog.*.{s3.access-key-id,s3.secret-access-key,s3.session-token,jdbc.password,credential,token}',
    ],
    message: 'Settings are readable in the cluster, in the UI and in logs: credentials do not belong here.',
    instead: "The role of the team's service account (no keys at all)",
  },
  {
    id: 'policy-s3-endpoint',
    part: 'sparkConf.endpoints',
    keys: [
      'spark.hadoop.fs.{s3,s3a}.{endpoint,bucket.*.endpoint}',
      'spark.hadoop.fs.{s3,s3a}.*proxy.*',
      'spark.hadoop.fs.{s3,s3a}.*sign{ing,er}*',
      'spark.sql.catalog.*.s3.endpoint',
    ],
    message: 'Another endpoint receives signed requests of the job.',
    instead: "No value: the region's own S3",
  },
  {
    id: 'policy-volume-size',
    part: 'volumes.tmpfs',
    keys: ['spark.kubernetes.local.dirs.tmpfs'],
    message: 'Volumes in memory are memory of the node.',
    instead: 'emptyDir on the disk',
  },
]
