/**
 * AWS roles of pods with least rights in S3: a team reads its artifacts and its data, writes its data, its checkpoints and
 * its event logs; the history server reads event logs; the forwarder sends to one queue. Plain policy documents: CDK and
 * people without CDK use the same.
 */
import { allows } from '../../shared/domain/job-spec/policy/allow-list.ts'
import type { ClusterContext, ClusterTeam } from './cluster-context.ts'
import { PLATFORM_NAMESPACE } from './manifest.ts'

export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** A role of pods: who takes it, and what it may do. */
export interface PodRole {
  /** Name of the IAM role. */
  readonly roleName: string
  readonly namespace: string
  readonly serviceAccount: string
  readonly statements: readonly PolicyStatement[]
}

/** Roles of all service accounts that are rendered, teams first. */
export function renderPodRoles(context: ClusterContext): readonly PodRole[] {
  const { historyServer, forwarder } = context.options
  return [
    ...context.teams.map(team => ({
      roleName: roleName(context, team.name),
      namespace: team.namespace,
      serviceAccount: team.serviceAccount,
      statements: teamStatements(context, team),
    })),
    ...(historyServer === undefined
      ? []
      : [platformRole(context, 'history-server', dataStatements(context, eventLogs(context), []))]),
    ...(forwarder === undefined
      ? []
      : [platformRole(context, 'forwarder', forwarderStatements(context, forwarder.queueUrl))]),
    ...(context.options.fluentBit ? [logRole(context)] : []),
    ...(context.options.nodes === 'cluster-autoscaler' ? [autoscalerRole(context)] : []),
  ]
}

/** ARN of a team's role, or of a part of the platform (`history-server`, `cluster-autoscaler` …); the name is the one that `renderPodRoles` gives it. */
export function teamRoleArn(context: ClusterContext, name: string): string {
  const { accountId = '', partition } = context.options
  return `arn:${partition}:iam::${accountId}:role/${roleName(context, name)}`
}

/** IAM role names end at 64 characters; region and cluster keep roles of several clusters apart. */
const MAX_ROLE_NAME = 64

function roleName({ options, clusterName }: ClusterContext, name: string): string {
  return `${options.roleNamePrefix}-${clusterName}-${name}`.slice(0, MAX_ROLE_NAME).replace(/-+$/, '')
}

function platformRole(context: ClusterContext, name: string, statements: readonly PolicyStatement[]): PodRole {
  return {
    roleName: roleName(context, name),
    namespace: PLATFORM_NAMESPACE,
    serviceAccount: `sparkgate-${name}`,
    statements,
  }
}

function teamStatements(context: ClusterContext, team: ClusterTeam): readonly PolicyStatement[] {
  const { read, write } = context.options.teamData[team.name] ?? { read: [], write: [] }
  return dataStatements(
    context,
    [...artifacts(team), ...read],
    [...write, ...checkpoints(context), ...(mayLogEvents(team) ? eventLogs(context) : [])],
  )
}

/** Statements for reading `read` and `write`, and for writing `write`; each is `bucket/` or `bucket/prefix/`. */
function dataStatements(
  { options: { partition } }: ClusterContext,
  read: readonly string[],
  write: readonly string[],
): readonly PolicyStatement[] {
  const all = [...new Set([...read, ...write])].toSorted()
  if (all.length === 0) return []
  const objects = (prefixes: readonly string[]): string[] =>
    [...new Set(prefixes)].toSorted().map(prefix => `arn:${partition}:s3:::${prefix}*`)
  const buckets = [...new Set(all.map(bucketOf))]
  return [
    // One statement a bucket: a prefix of one must not open the same prefix of another.
    ...buckets.map((bucket, index) => {
      const prefixes = all.filter(prefix => bucketOf(prefix) === bucket).map(prefix => prefix.slice(bucket.length + 1))
      const whole = prefixes.includes('')
      return {
        Sid: `List${index}`,
        Effect: 'Allow' as const,
        Action: ['s3:ListBucket'],
        Resource: [`arn:${partition}:s3:::${bucket}`],
        // Hadoop asks for the folder with and without its slash.
        ...(!whole && {
          Condition: {
            StringLike: { 's3:prefix': prefixes.flatMap(prefix => [prefix.slice(0, -1), `${prefix}*`]) },
          },
        }),
      }
    }),
    { Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject'], Resource: objects(all) },
    ...(write.length === 0
      ? []
      : [
          {
            Sid: 'Write',
            Effect: 'Allow' as const,
            // S3A writes in parts, and deletes what it has written elsewhere (committers, renames).
            Action: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
            Resource: objects(write),
          },
        ]),
  ]
}

const bucketOf = (prefix: string): string => prefix.slice(0, prefix.indexOf('/'))

/** Artifact prefixes of the policy that name a bucket; `*` opens nothing: what lies where has then to be said in `teamData`. */
const artifacts = (team: ClusterTeam): readonly string[] =>
  team.rules.artifacts.prefixes.flatMap(prefix => s3Prefix(prefix) ?? [])

function s3Prefix(uri: string): string | undefined {
  const match = /^s3a?:\/\/([a-z0-9.-]+\/(?:[^*{}]*\/)?)\*?$/.exec(
    uri.endsWith('/') || uri.endsWith('*') ? uri : `${uri}/`,
  )
  return match?.[1]
}

const eventLogs = ({ platform }: ClusterContext): readonly string[] =>
  [platform.profileSettings.eventLogDir ?? ''].flatMap(uri => s3Prefix(uri) ?? [])

const checkpoints = ({ platform }: ClusterContext): readonly string[] =>
  [platform.profileSettings.checkpointDir ?? ''].flatMap(uri => s3Prefix(uri) ?? [])

const mayLogEvents = (team: ClusterTeam): boolean => allows(team.rules.gateway.profiles, 'event-log')

/** Fluent Bit's, under the names of its chart: it makes the log group, its streams, and writes to them. */
function logRole(context: ClusterContext): PodRole {
  const { cluster, options } = context
  const account = options.accountId ?? '*'
  const group = `arn:${options.partition}:logs:${cluster.region}:${account}:log-group:/sparkgate/${cluster.eksName}/pods`
  return {
    roleName: roleName(context, 'fluent-bit'),
    namespace: 'logging',
    serviceAccount: 'fluent-bit',
    statements: [
      {
        Sid: 'WriteLogs',
        Effect: 'Allow',
        Action: [
          'logs:CreateLogGroup',
          'logs:PutRetentionPolicy',
          'logs:CreateLogStream',
          'logs:PutLogEvents',
          'logs:DescribeLogStreams',
        ],
        // IAM knows the group under both names, by action.
        Resource: [group, `${group}:*`],
      },
    ],
  }
}

/**
 * Cluster Autoscaler's, under the names of its chart: it sees all groups of the account and changes those that carry this cluster's
 * tags, by which it finds them too. Actions and tags are those of its own guide for AWS ("Full Cluster Autoscaler Features Policy").
 */
function autoscalerRole(context: ClusterContext): PodRole {
  const tag = (name: string): string => `aws:ResourceTag/k8s.io/cluster-autoscaler/${name}`
  return {
    roleName: roleName(context, 'cluster-autoscaler'),
    namespace: 'kube-system',
    serviceAccount: 'cluster-autoscaler',
    statements: [
      {
        Sid: 'See',
        Effect: 'Allow',
        Action: [
          'autoscaling:DescribeAutoScalingGroups',
          'autoscaling:DescribeAutoScalingInstances',
          'autoscaling:DescribeLaunchConfigurations',
          'autoscaling:DescribeScalingActivities',
          'autoscaling:DescribeTags',
          'ec2:DescribeImages',
          'ec2:DescribeInstanceTypes',
          'ec2:DescribeLaunchTemplateVersions',
          'ec2:GetInstanceTypesFromInstanceRequirements',
          'eks:DescribeNodegroup',
        ],
        Resource: ['*'],
      },
      {
        Sid: 'Scale',
        Effect: 'Allow',
        Action: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
        Resource: ['*'],
        Condition: { StringEquals: { [tag('enabled')]: ['true'], [tag(context.cluster.eksName)]: ['owned'] } },
      },
    ],
  }
}

/** `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME` → the right to send there, and nothing else. */
function forwarderStatements({ options: { partition } }: ClusterContext, queueUrl: string): readonly PolicyStatement[] {
  const { hostname, pathname } = new URL(queueUrl)
  const [, region = ''] = hostname.split('.')
  const [, account = '', name = ''] = pathname.split('/')
  return [
    {
      Sid: 'SendChanges',
      Effect: 'Allow',
      Action: ['sqs:SendMessage'],
      Resource: [`arn:${partition}:sqs:${region}:${account}:${name}`],
    },
  ]
}
