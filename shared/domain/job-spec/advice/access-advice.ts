/** Credentials, S3 and the names of files: what the job may reach, and as whom. */
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import { looksLikeCredential } from '../findings/make-finding.ts'
import { at, hadoopSetting, nowhere, sparkVersionNumber } from './advice-row.ts'
import type { AdvicePlace, AdviceRow } from './advice-row.ts'

const credentialPlaces = [
  'arguments[]',
  'sparkConf.*',
  'hadoopConf.*',
  '{driver,executor}.env[].value',
  '{driver,executor}.envVars.*',
  '{driver,executor}.javaOptions',
]
/** A password inside a URL, or an argument or option that carries one. */
const credentialInText =
  /:\/\/[^\s/:@]{1,100}:[^\s/@]{1,100}@|(?:[?&;]|--?|-D)[\w.-]{0,40}(?:password|passwd|secret|token|api-?key)=[^\s&;]/i

function findCredentials(spec: SourceMap): readonly AdvicePlace[] {
  return credentialPlaces
    .flatMap(place => selectNodes(spec, place))
    .filter(node => {
      const text = (textOf(node) ?? '').slice(0, MAX_TEXT_SEARCHED)
      return looksLikeCredential(text) || credentialInText.test(text)
    })
    .map(node => ({ node }))
}
/** A credential stands near the front of what it is in. */
const MAX_TEXT_SEARCHED = 4_096

const secretName = /(?:^|[._-])(?:password|passwd|secret|token|api[._-]?key|access[._-]?key|credentials?)(?:$|[._-])/i

function findSecretVariables(spec: SourceMap): readonly AdvicePlace[] {
  const written = selectNodes(spec, '{driver,executor}.env[]').filter(variable => {
    const name = textOf(fieldAt(variable, 'name')) ?? ''
    return secretName.test(name) && (textOf(fieldAt(variable, 'value')) ?? '') !== ''
  })
  const places = written.flatMap(variable => at(fieldAt(variable, 'value')))
  const short = selectNodes(spec, '{driver,executor}.envVars.*').filter(node => secretName.test(String(node.key)))
  return [...places, ...short.map(node => ({ node }))]
}

const PROVIDER = 'fs.s3a.aws.credentials.provider'
/** Providers that take the role of the pod's service account, or need no credentials at all. */
const roleProviders =
  /(?:WebIdentityToken(?:File)?|ContainerCredentials|EC2ContainerCredentialsProviderWrapper|DefaultAWSCredentials|DefaultCredentials|AnonymousAWSCredentials|IAMInstanceCredentials)/

function findForeignProvider(spec: SourceMap): readonly AdvicePlace[] {
  const node = hadoopSetting(spec, PROVIDER)
  const providers = (textOf(node) ?? '').split(',').filter(name => name.trim() !== '')
  return providers.length > 0 && !providers.some(name => roleProviders.test(name)) ? at(node) : nowhere
}

const SPARK_4_0 = 4_000

function findOldProvider(spec: SourceMap): readonly AdvicePlace[] {
  const node = hadoopSetting(spec, PROVIDER)
  const old = /com\.amazonaws\.auth\.WebIdentityTokenCredentialsProvider/.test(textOf(node) ?? '')
  if (!old || (sparkVersionNumber(spec) ?? 0) < SPARK_4_0) return nowhere
  if (hadoopSetting(spec, `${PROVIDER}.mapping`) !== undefined) return nowhere
  const suggestion = 'software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider'
  return node === undefined ? nowhere : [{ node, suggestion }]
}

const files = ['mainApplicationFile', 'deps.{jars,files,pyFiles,archives}[]']

function findS3Scheme(spec: SourceMap): readonly AdvicePlace[] {
  if (hadoopSetting(spec, 'fs.s3.impl') !== undefined) return nowhere
  return files
    .flatMap(pattern => selectNodes(spec, pattern))
    .filter(node => textOf(node)?.startsWith('s3://') === true)
    .map(node => ({ node, suggestion: (textOf(node) ?? '').replace(/^s3:/, 's3a:') }))
}

function findPlaceholders(spec: SourceMap): readonly AdvicePlace[] {
  return files
    .flatMap(pattern => selectNodes(spec, pattern))
    .filter(node => /[$<>{}]/.test(textOf(node) ?? ''))
    .map(node => ({ node }))
}

/** Rows about credentials, S3 and files. */
export const accessAdvice: readonly AdviceRow[] = [
  {
    id: 'advice-credential',
    source: 'seed: security on Kubernetes',
    when: 'an argument, setting or variable looks like a credential',
    message: 'This looks like a credential. Specs are stored, and the operator logs all arguments and settings.',
    allowed: "The role of the team's service account, or a secret by name (env with valueFrom.secretKeyRef)",
    find: findCredentials,
  },
  {
    id: 'advice-credential-variable',
    source: 'seed: security on Kubernetes',
    when: 'a variable named like a secret has a value written out',
    message: 'By its name this variable holds a secret, and its value stands in the spec, which is stored and shown.',
    allowed: 'valueFrom.secretKeyRef',
    find: findSecretVariables,
  },
  {
    id: 'advice-s3a-provider',
    source: 'DESIGN: known mistakes; seed: storage on Kubernetes; Hadoop docs: S3A, Authenticating with S3',
    when: "the S3A provider takes other credentials than the role of the pod's service account",
    message: "With this provider the job acts as the node or with written keys, not as its team's role.",
    allowed:
      'No provider at all, or software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider (before Spark 4: com.amazonaws.auth.WebIdentityTokenCredentialsProvider)',
    find: findForeignProvider,
  },
  {
    id: 'advice-s3a-provider-v1',
    source: 'Hadoop docs: Upgrading S3A to AWS SDK V2',
    when: 'Spark 4 is given the web identity provider of the old AWS SDK, without a mapping',
    message: 'Spark 4 has Hadoop 3.4, whose S3A uses the AWS SDK v2 and does not translate this class of v1.',
    allowed: 'software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider',
    find: findOldProvider,
  },
  {
    id: 'advice-s3-scheme',
    source: 'Hadoop docs: S3A (there is no file system for the scheme s3)',
    when: 'a file is named with s3:// and nothing says which file system that is',
    message: 'Spark outside of EMR knows no file system "s3" by itself: No FileSystem for scheme "s3".',
    allowed: 's3a://, or spark.hadoop.fs.s3.impl: org.apache.hadoop.fs.s3a.S3AFileSystem',
    find: findS3Scheme,
  },
  {
    id: 'advice-placeholder',
    source: 'Files of real users',
    when: 'the name of a file holds $, < or {',
    message: 'This looks like a placeholder that nobody filled in.',
    allowed: 'The name of the file',
    find: findPlaceholders,
  },
]
