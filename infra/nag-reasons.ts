/**
 * Findings of cdk-nag (AwsSolutions) that stay, each with its reason and its place; anything else fails `npm run synth`. A place
 * is a path of ids under the gateway; a place that this deployment does not have is passed over. A finding about one wildcard
 * is named exactly (`[Resource::…]`), so that a new wildcard in the same role is found.
 */
import { Stack, Validations } from 'aws-cdk-lib'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import type { CfnElement } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { GatewayBuckets } from './buckets.ts'
import { CLUSTER_CALLERS, FUNCTION_NAMES } from '../shared/runtime/function-table.ts'
import { pascalCase } from './pascal-case.ts'
import type { FunctionName } from '../shared/runtime/function-table.ts'
import { SHIPPED_LOGS_REASON, shippedLogFindings } from './shipped-logs.ts'

interface Reason {
  readonly rule: string
  readonly at: readonly string[]
  readonly reason: string
}

const REASONS: readonly Reason[] = [
  {
    rule: 'SQS3',
    at: ['EventsDeadQueue'],
    reason:
      'It is a dead-letter queue: of asynchronous calls, schedules and the change stream; no queue redrives into it.',
  },
  { rule: 'IAM5[Resource::*]', at: ['NotifyRole'], reason: 'dynamodb:ListStreams takes no resource.' },
  {
    rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    at: ['RolloutRole'],
    reason: "What CodeDeploy needs to move an alias is CodeDeploy's to know; the role can be assumed by it alone.",
  },
  {
    rule: 'APIG2',
    at: ['PrivateApi'],
    reason: 'The function checks each request and names every mistake; a second check would name the first, worse.',
  },
  {
    rule: 'APIG3',
    at: ['PrivateApi'],
    reason:
      'Inside a VPC, by the named endpoints alone; from outside only with a web ACL (infra/private-api.ts refuses else).',
  },
  {
    rule: 'APIG6',
    at: ['PrivateApi'],
    reason: 'Access logs are on. Execution logs could hold specs, and need a setting of the whole account.',
  },
  {
    rule: 'COG4',
    at: ['PrivateApi'],
    reason: 'Callers sign with AWS credentials (AWS_IAM); tokens come by the other door.',
  },
]

export interface NagFacts {
  readonly platform: Platform
  readonly buckets: GatewayBuckets
  readonly audit: Bucket | undefined
  readonly tracing: boolean
  readonly isInVpc: boolean
}

export function acknowledgeFindings(
  gateway: IConstruct,
  { platform, buckets, audit, tracing, isInVpc }: NagFacts,
): void {
  const reasons = [
    ...REASONS,
    ...wildcardsOf(buckets),
    ...shippedLogs(gateway, platform),
    ...(audit === undefined ? [] : [auditWildcard(audit)]),
    ...(tracing ? [everywhere('X-Ray takes segments without a resource.', FUNCTION_NAMES)] : []),
    ...(isInVpc ? [everywhere('Network interfaces exist only once Lambda has made them.', CLUSTER_CALLERS)] : []),
  ]
  for (const { rule, at, reason } of reasons) {
    for (const place of at) {
      const construct = gateway.node.tryFindChild(place)
      if (construct !== undefined)
        Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })
    }
  }
}

const shippedLogs = (gateway: IConstruct, { clusters }: Platform): Reason[] =>
  Object.values(clusters).flatMap(({ region, podLogGroup }) =>
    podLogGroup === undefined
      ? []
      : shippedLogFindings(gateway, { region, name: podLogGroup }).map(rule => ({
          rule,
          at: ['ApiRole'],
          reason: SHIPPED_LOGS_REASON,
        })),
  )

const everywhere = (reason: string, functions: readonly FunctionName[]): Reason => ({
  rule: 'IAM5[Resource::*]',
  at: functions.map(name => `${pascalCase(name)}Role`),
  reason,
})

/** The finding about one wildcard in the names of a bucket's objects. */
function objects(bucket: Bucket, pattern: string): string {
  const resource = bucket.node.defaultChild as CfnElement
  return `IAM5[Resource::<${Stack.of(bucket).getLogicalId(resource)}.Arn>/${pattern}]`
}

const auditWildcard = (audit: Bucket): Reason => ({
  rule: objects(audit, 'audit/*'),
  at: ['AuditWriter'],
  reason: 'Firehose names objects by day and number below one prefix.',
})

/** Objects have names that people choose: what a role may touch is said by bucket and by suffix or prefix. */
function wildcardsOf({ inboxes, archive }: GatewayBuckets): Reason[] {
  const report = (suffix: string, at: string[]): Reason[] =>
    inboxes.map(inbox => ({
      rule: objects(inbox, `*${suffix}`),
      at,
      reason: 'Reports lie beside specs, whose names their authors choose; nothing but reports may be written.',
    }))
  return [
    ...inboxes.map(inbox => ({
      rule: objects(inbox, '*'),
      at: ['ObjectCreatedRole'],
      reason: 'It reads the specs of an inbox, whose names their authors choose.',
    })),
    ...report('.rejected.json', ['ObjectCreatedRole', 'NotifyRole']),
    ...report('.accepted.json', ['NotifyRole']),
    ...report('.result.json', ['NotifyRole']),
    ...(archive === undefined
      ? []
      : [
          {
            rule: objects(archive, 'jobs/*'),
            at: ['NotifyRole'],
            reason: 'It writes records of ended jobs below one prefix, by their day.',
          },
          {
            rule: objects(archive, 'logs/*'),
            at: ['ReconcileJobRole', 'ApiRole'],
            reason:
              'Logs of drivers lie below one prefix, by team and job: one role writes them, the other reads them.',
          },
        ]),
  ]
}
