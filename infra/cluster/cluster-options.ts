/**
 * What a platform chooses about one cluster beside its platform file: one flag a part, each with a default that is safe
 * on a shared cluster. The schema is the one source of names, defaults and docs/cluster.md.
 */
import * as z from 'zod/mini'

// Problems in whole words: this is read by people at deployment, and is in no function's bundle.
z.config(z.locales.en())

const dnsLabel = z.string().check(z.regex(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label'))
const cidr = z.string().check(z.regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'must be an IPv4 range such as 10.0.0.0/16'))
const image = z.string().check(z.minLength(1), z.maxLength(512))
/** `bucket/prefix/`: everything below; the slash keeps `payments` from meaning `payments-secret`. */
const dataPrefix = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/([\w!.*'()=+-]+\/)*$/, 'must be BUCKET/ or BUCKET/PREFIX/'))
const on = z._default(z.boolean(), true)
const off = z._default(z.boolean(), false)
/** More of anything than this in one cluster is a mistake in the file. */
const MAX_ENTRIES = 200

const operator = z.strictObject({ name: dnsLabel, teams: z.array(dnsLabel).check(z.minLength(1)) })

const historyServer = z.strictObject({
  /** An image with Spark and hadoop-aws; Spark's own image cannot read S3. */
  image,
  /** `hpa`: by load; `office-hours`: none at night (KEDA); `fixed`: one. */
  scaling: z._default(z.enum(['hpa', 'office-hours', 'fixed']), 'hpa'),
  /** For `office-hours`. */
  timezone: z._default(z.string(), 'UTC'),
})

const forwarder = z.strictObject({
  image,
  /** The reconcile queue of the gateway. */
  queueUrl: z.string().check(z.startsWith('https://sqs.')),
})

const argo = z.strictObject({
  /** The repository that holds the written manifests. */
  repoUrl: z.string().check(z.minLength(1)),
  revision: z._default(z.string(), 'main'),
  /** Folder of the repository. */
  path: z.string().check(z.minLength(1)),
  project: z._default(dnsLabel, 'default'),
})

const clusterOptionsSchema = z.strictObject({
  /** Of the roles in service accounts; needed unless `identity` is `none` or `pod-identity`. */
  accountId: z.optional(z.string().check(z.regex(/^\d{12}$/, 'must have 12 digits'))),
  partition: z._default(z.enum(['aws', 'aws-us-gov', 'aws-cn']), 'aws'),
  /** How pods get their AWS role: an annotation (IRSA), an association that CDK makes (Pod Identity), or not at all. */
  identity: z._default(z.enum(['irsa', 'pod-identity', 'none']), 'irsa'),
  /** Team roles are `PREFIX-TEAM`; 30 characters of team names fit. */
  roleNamePrefix: z._default(dnsLabel.check(z.maxLength(30)), 'sparkgate'),
  /** What a team's jobs read and write in S3, beside the artifacts of its policy. */
  teamData: z._default(
    z.record(
      dnsLabel,
      z.strictObject({
        read: z._default(z.array(dataPrefix).check(z.maxLength(MAX_ENTRIES)), []),
        write: z._default(z.array(dataPrefix).check(z.maxLength(MAX_ENTRIES)), []),
      }),
    ),
    {},
  ),
  networkPolicies: on,
  /** Where the API server is, for drivers: the subnets of the cluster's control plane. */
  apiServerCidrs: z._default(z.array(cidr).check(z.minLength(1)), ['0.0.0.0/0']),
  /** Where pods may go by HTTPS: S3, STS, registries of data. */
  httpsCidrs: z._default(z.array(cidr), ['0.0.0.0/0']),
  /** The second wall behind the gateway's policy: `warn` tells, `off` renders none. */
  admissionPolicy: z._default(z.enum(['deny', 'warn', 'off']), 'deny'),
  /** SparkApplications that somebody else than the gateway creates in a team's namespace. */
  directSubmission: z._default(z.enum(['refused', 'checked']), 'refused'),
  /** Groups of people who repair things: no admission policy of ours holds them. */
  exemptGroups: z._default(z.array(z.string()), ['system:masters']),
  /** Own share of the API server for the gateway. */
  fairness: on,
  priorityClasses: on,
  storageClasses: on,
  /** Spark Operators with disjoint teams; empty: one for all. */
  operators: z._default(z.array(operator).check(z.maxLength(20)), []),
  nodes: z._default(z.enum(['karpenter', 'cluster-autoscaler', 'none']), 'karpenter'),
  /**
   * AMI of Karpenter's nodes: `al2023@v…` pins a release of it for the cluster's Kubernetes version, which a default could not
   * know. `latest` changes no node that has pods (infra/cluster/karpenter-nodes.ts), only what is started next.
   */
  amiAlias: z._default(
    z
      .string()
      .check(z.regex(/^(al2023|bottlerocket)@(latest|v\d[\d.]*)$/, 'must be al2023@v… or bottlerocket@v…, or @latest')),
    'al2023@latest',
  ),
  /** Tag `karpenter.sh/discovery` of subnets and security groups; the cluster's EKS name if absent. */
  discoveryTag: z.optional(z.string()),
  /** Role of Karpenter's nodes; `KarpenterNodeRole-EKSNAME` if absent. */
  nodeRole: z.optional(z.string()),
  gpuNodes: off,
  prePullImages: z._default(z.array(image).check(z.maxLength(20)), []),
  fluentBit: off,
  /** ServiceMonitors, PodMonitors, alerts, dashboards; needs the CRDs of the Prometheus Operator. */
  monitoring: off,
  /** Installs Prometheus, Grafana and their CRDs too. */
  prometheusStack: off,
  monitoringNamespace: z._default(dnsLabel, 'monitoring'),
  historyServer: z.optional(historyServer),
  forwarder: z.optional(forwarder),
  argo: z.optional(argo),
})

/** Every flag; docs/cluster.md explains each. */
export const CLUSTER_OPTION_NAMES: readonly string[] = Object.keys(clusterOptionsSchema.shape)

export type ClusterOptions = z.output<typeof clusterOptionsSchema>
/** What a file or a construct's caller writes: everything has a default. */
export type ClusterOptionsInput = z.input<typeof clusterOptionsSchema>

/** The checked options. Throws `ClusterOptionsError` with every problem. */
export function parseClusterOptions(document: unknown): ClusterOptions {
  const result = clusterOptionsSchema.safeParse(document ?? {})
  if (!result.success)
    throw new ClusterOptionsError(result.error.issues.map(issue => `${issue.path.join('.') || '$'}: ${issue.message}`))
  return result.data
}

/** Options that cannot be rendered; the message lists each problem with its path. */
export class ClusterOptionsError extends Error {
  override readonly name = 'ClusterOptionsError'
  constructor(problems: readonly string[]) {
    super(
      `The cluster options have ${problems.length} problem(s):\n${problems.map(problem => `  ${problem}`).join('\n')}`,
    )
  }
}
