/**
 * What a policy says, and its one schema: types, the platform file, the JSON Schema for editors and docs/policy.md come
 * from here. Lambdas that only apply a policy import the type alone, so that no schema library is loaded with them.
 *
 * Three concepts carry it all: an allow-list of patterns (`[]` nothing, `['*']` everything), a limit, and a closed choice
 * whose last word is always the freest. A policy is `{group: {part: value}}`; an override replaces whole parts.
 */
import * as z from 'zod/mini'

/** Longest pattern, and most patterns in one list: every list is walked for every value that it judges. */
const MAX_PATTERN_LENGTH = 512
const MAX_PATTERNS = 500
/** More stars than this in one pattern help nobody. */
const MAX_STARS = 8

const pattern = z.string().check(
  z.minLength(1),
  z.maxLength(MAX_PATTERN_LENGTH),
  z.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'),
  z.refine(text => text.split('*').length - 1 <= MAX_STARS, `has more than ${MAX_STARS} stars`),
)

const text = <Schema extends z.core.$ZodType>(schema: Schema, description: string): Schema => {
  z.globalRegistry.add(schema, { description })
  return schema
}
const patterns = (description: string) => text(z.array(pattern).check(z.maxLength(MAX_PATTERNS)), description)
const choice = <const Words extends readonly [string, ...string[]]>(words: Words, description: string) =>
  text(z.enum(words), description)
const anyOrNone = (description: string) => choice(['none', 'any'], description)
const count = (description: string) =>
  text(z.union([z.literal('unlimited'), z.int().check(z.minimum(0), z.maximum(1_000_000_000))]), description)
const size = (description: string) =>
  text(
    z
      .string()
      .check(
        z.regex(/^(unlimited|0|[1-9][0-9]{0,6}(Ki|Mi|Gi|Ti))$/, 'must be a size such as 100Gi, or 0, or unlimited'),
      ),
    description,
  )

/** Holds the values of settings; the keys are judged by `sparkConf.keys`. */
const settingRule = z.strictObject({
  keys: patterns('The settings whose values are held against this rule.'),
  oneOf: z.optional(patterns('Each comma-separated part of the value matches one of these.')),
  minimum: z.optional(text(z.number(), 'The value is a number, and not less.')),
  maximum: z.optional(text(z.number(), 'The value is a number, and not more.')),
  within: z.optional(choice(['artifacts'], 'The value is an address below one of `artifacts.prefixes`.')),
})

const groups = {
  images: z.strictObject({
    repositories: patterns(
      'Images of driver and executors, without tag: `registry.example.com/team/*` is everything below. Names without a registry are `docker.io/…`.',
    ),
    tags: choice(
      ['digest', 'fixed', 'any'],
      'How an image is pinned: by digest; by a tag other than latest; as it likes.',
    ),
    pullPolicy: choice(
      ['always', 'any'],
      'Always: nodes check with the registry whether this team may use an image that another one pulled.',
    ),
    pullSecrets: patterns('Secrets that hold credentials of registries.'),
  }),
  artifacts: z.strictObject({
    prefixes: patterns(
      'Where code and files come from: `local:///opt/` and `s3a://bucket/prefix/` are everything below; s3:// and s3a:// are equal.',
    ),
  }),
  sparkConf: z.strictObject({
    keys: patterns(
      'Settings of sparkConf; those of hadoopConf with `spark.hadoop.` before them. Settings that are fields of the spec are judged as the field.',
    ),
    values: text(
      z.array(settingRule).check(z.maxLength(100)),
      'Rules for the values of some settings; all that fit must hold.',
    ),
    credentials: anyOrNone(
      'Settings that hold passwords and keys. They are readable in the cluster, in the UI and in logs.',
    ),
    endpoints: anyOrNone('Settings that send requests of S3 elsewhere.'),
  }),
  volumes: z.strictObject({
    emptyDir: size('Largest scratch volume on the disk of the node; 0 is none.'),
    tmpfs: size('Largest scratch volume in memory; 0 is none.'),
    claims: patterns('Names of persistent volume claims that exist.'),
    storageClasses: patterns('Storage classes of claims that are made for each pod (OnDemand, ephemeral).'),
    claimSize: size('Largest claim that is made for a pod.'),
    hostPaths: patterns('Folders of the node: `/mnt/k8s-disks/*` is everything below.'),
    nfs: patterns('NFS exports as `server:/path`; `server:/path/*` is everything below.'),
    otherKinds: patterns('Further kinds of volumes: csi, projected, downwardAPI, …'),
    subPaths: anyOrNone('Mounts of parts of volumes, and mount propagation.'),
  }),
  objects: z.strictObject({
    configMaps: patterns("ConfigMaps of the team's namespace."),
    secrets: patterns("Secrets of the team's namespace."),
  }),
  environment: z.strictObject({
    names: patterns('Names of environment variables.'),
    reserved: anyOrNone(
      'Variables that choose credentials, or that Spark and Kubernetes set: AWS_ROLE_ARN, KUBERNETES_*, SPARK_*.',
    ),
  }),
  containers: z.strictObject({
    initImages: patterns('Images of init containers, without tag.'),
    sidecarImages: patterns('Images of sidecars, without tag.'),
    hooks: anyOrNone('Lifecycle hooks and probes: commands and requests beside the program.'),
  }),
  templates: z.strictObject({
    paths: patterns(
      'Fields of pod templates: `spec.terminationGracePeriodSeconds`; everything below a path is meant too. What a field of the spec also says is judged as that field.',
    ),
  }),
  placement: z.strictObject({
    nodeSelectors: patterns('Node selectors as `key=value`.'),
    affinity: anyOrNone('Affinity of pods and nodes.'),
    tolerations: patterns('Keys of tolerations.'),
    priorityClasses: patterns('Priority classes of pods.'),
    schedulers: patterns('Schedulers of pods and batches.'),
    queues: patterns('Queues of batch schedulers.'),
  }),
  network: z.strictObject({
    host: anyOrNone("The node's network, and the processes of other containers."),
    resolution: anyOrNone('Host aliases and DNS settings.'),
    sparkUI: anyOrNone('A service and an ingress for the Spark UI.'),
    serviceTypes: patterns('Types of services.'),
    ingressHosts: patterns('Hosts of ingresses: `*.spark.example.com`.'),
    ports: patterns('Ports that pods and services open.'),
  }),
  security: z.strictObject({
    contexts: choice(['restricted', 'any'], 'Security contexts: the restricted profile of Kubernetes, or as it likes.'),
    terminationGraceSeconds: count('Longest time a pod may take to end; it keeps a node from being drained.'),
  }),
  metadata: z.strictObject({
    labels: patterns('Keys of labels of jobs, pods and services.'),
    systemLabels: anyOrNone('Labels of Kubernetes and its add-ons, which select pods for the platform.'),
    annotations: patterns('Keys of annotations of pods, services and ingresses.'),
  }),
  gateway: z.strictObject({
    priorities: patterns('Priorities that a job may ask for: low, normal, high.'),
    clusters: patterns('Clusters that a job may ask for.'),
    profiles: patterns('Profiles that a job may name.'),
  }),
  limits: z.strictObject({
    driverCores: count('Cores of the driver.'),
    driverMemory: size('Memory of the driver with its overhead.'),
    executorCores: count('Cores of one executor.'),
    executorMemory: size('Memory of one executor with its overhead.'),
    executors: count('Executors at once: instances, or the most that dynamic allocation may start.'),
    totalCores: count('Cores of the driver and of all executors.'),
    totalMemory: size('Memory of the driver and of all executors with their overheads.'),
    gpus: count('GPUs and other devices of the driver and of all executors.'),
    arguments: count('Arguments of the program.'),
    argumentBytes: count('Bytes of all arguments together.'),
  }),
}

/** A whole policy: every part of every group has a value. */
export const policySchema = z.strictObject(groups)
/** `group: {part: value}` as `allows` and the rules read it. */
export type Policy = z.output<typeof policySchema>
export type SettingRule = z.output<typeof settingRule>

/** A policy of the platform file: another one, and what differs. */
export const policyDocumentSchema = z.strictObject({
  extends: text(
    z.string().check(z.minLength(1), z.maxLength(63)),
    'strict, open, or another policy of the file: what holds where this one says nothing.',
  ),
  images: z.optional(z.partial(groups.images)),
  artifacts: z.optional(z.partial(groups.artifacts)),
  sparkConf: z.optional(z.partial(groups.sparkConf)),
  volumes: z.optional(z.partial(groups.volumes)),
  objects: z.optional(z.partial(groups.objects)),
  environment: z.optional(z.partial(groups.environment)),
  containers: z.optional(z.partial(groups.containers)),
  templates: z.optional(z.partial(groups.templates)),
  placement: z.optional(z.partial(groups.placement)),
  network: z.optional(z.partial(groups.network)),
  security: z.optional(z.partial(groups.security)),
  metadata: z.optional(z.partial(groups.metadata)),
  gateway: z.optional(z.partial(groups.gateway)),
  limits: z.optional(z.partial(groups.limits)),
})
export type PolicyDocument = z.output<typeof policyDocumentSchema>
