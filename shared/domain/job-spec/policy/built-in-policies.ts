/**
 * The two policies that ship. `strict` is for clusters that several teams share: nothing that reaches nodes, networks,
 * secrets or other jobs. `open` is for one trusted team: what real users' files do passes. A built-in policy cannot know the
 * registries and buckets of a platform, so that both leave images and artifacts open: name yours in a policy that extends one.
 */
import { allowedSparkConf } from './allowed-spark-conf.ts'
import type { Policy, SettingRule } from './policy-schema.ts'

/** Providers that take the role of the pod's service account, of both SDKs; the node's own role is not among them. */
const roleProviders: readonly string[] = [
  'com.amazonaws.auth.WebIdentityTokenCredentialsProvider',
  'com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper',
  'com.amazonaws.auth.DefaultAWSCredentialsProviderChain',
  'software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider',
  'software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider',
  'software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider',
  'org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider',
]

/** Values under `strict`. */
const strictValues: SettingRule[] = [
  { keys: ['spark.hadoop.fs.s3a.*aws.credentials.provider'], oneOf: [...roleProviders] },
  // `FROM=TO` pairs: only what is taken in the end counts.
  {
    keys: ['spark.hadoop.fs.s3a.*aws.credentials.provider.mapping'],
    oneOf: roleProviders.map(provider => `*=${provider}`),
  },
  { keys: ['spark.eventLog.dir', 'spark.eventLog.logBlockUpdates.dir'], within: 'artifacts' },
  // Each batch is one burst of requests to the API server.
  { keys: ['spark.kubernetes.allocation.batch.size'], minimum: 1, maximum: 50 },
  { keys: ['spark.kubernetes.allocation.batch.delay'], oneOf: ['{1,2,3,4,5,6,7,8,9}s', '{1,2,3,4,5,6}0s'] },
]

/** Least rights: several teams share the cluster. */
export const strictPolicy: Policy = {
  images: { repositories: ['*'], tags: 'any', pullPolicy: 'always', pullSecrets: [] },
  artifacts: { prefixes: ['*'] },
  sparkConf: { keys: [...allowedSparkConf], values: strictValues, credentials: 'none', endpoints: 'none' },
  volumes: {
    emptyDir: '500Gi',
    tmpfs: '64Gi',
    claims: [],
    storageClasses: [],
    claimSize: '0',
    hostPaths: [],
    nfs: [],
    otherKinds: [],
    subPaths: 'none',
  },
  objects: { configMaps: [], secrets: [] },
  environment: { names: ['*'], reserved: 'none' },
  containers: { initImages: [], sidecarImages: [], hooks: 'none' },
  templates: { paths: [] },
  placement: { nodeSelectors: [], affinity: 'none', tolerations: [], priorityClasses: [], schedulers: [], queues: [] },
  network: { host: 'none', resolution: 'none', sparkUI: 'none', serviceTypes: [], ingressHosts: [], ports: [] },
  security: { contexts: 'restricted', terminationGraceSeconds: 300 },
  metadata: { labels: ['*'], systemLabels: 'none', annotations: ['prometheus.io/*'] },
  gateway: { priorities: ['low', 'normal'], clusters: ['*'], profiles: ['*'] },
  limits: {
    driverCores: 32,
    driverMemory: '256Gi',
    executorCores: 64,
    executorMemory: '512Gi',
    executors: 1_000,
    totalCores: 8_000,
    totalMemory: '64Ti',
    gpus: 128,
    arguments: 1_000,
    argumentBytes: 65_536,
  },
}

/** One trusted team: its own cluster, its own risk. What reaches the operator stays refused. */
export const openPolicy: Policy = {
  images: { repositories: ['*'], tags: 'any', pullPolicy: 'any', pullSecrets: ['*'] },
  artifacts: { prefixes: ['*'] },
  sparkConf: { keys: ['*'], values: [], credentials: 'any', endpoints: 'any' },
  volumes: {
    emptyDir: 'unlimited',
    tmpfs: 'unlimited',
    claims: ['*'],
    storageClasses: ['*'],
    claimSize: 'unlimited',
    hostPaths: ['*'],
    nfs: ['*'],
    otherKinds: ['*'],
    subPaths: 'any',
  },
  objects: { configMaps: ['*'], secrets: ['*'] },
  environment: { names: ['*'], reserved: 'any' },
  containers: { initImages: ['*'], sidecarImages: ['*'], hooks: 'any' },
  templates: { paths: ['*'] },
  placement: {
    nodeSelectors: ['*'],
    affinity: 'any',
    tolerations: ['*'],
    priorityClasses: ['*'],
    schedulers: ['*'],
    queues: ['*'],
  },
  network: { host: 'any', resolution: 'any', sparkUI: 'any', serviceTypes: ['*'], ingressHosts: ['*'], ports: ['*'] },
  security: { contexts: 'any', terminationGraceSeconds: 'unlimited' },
  metadata: { labels: ['*'], systemLabels: 'any', annotations: ['*'] },
  gateway: { priorities: ['*'], clusters: ['*'], profiles: ['*'] },
  limits: {
    driverCores: 'unlimited',
    driverMemory: 'unlimited',
    executorCores: 'unlimited',
    executorMemory: 'unlimited',
    executors: 'unlimited',
    totalCores: 'unlimited',
    totalMemory: 'unlimited',
    gpus: 'unlimited',
    arguments: 'unlimited',
    argumentBytes: 'unlimited',
  },
}

/** By the names that the platform file and `--policy` use. */
export const builtInPolicies: Readonly<Record<'strict' | 'open', Policy>> = { strict: strictPolicy, open: openPolicy }
