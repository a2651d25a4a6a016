/**
 * Rights that no test uses, each with the reason why it is granted all the same. A right that a test does use may not stand
 * here: test/infra/deployed-run.test.ts says so.
 */
import type { FunctionName } from '../shared/runtime/function-table.ts'

export interface UnusedGrant {
  readonly functions: readonly FunctionName[] | 'all'
  /** As in the policy. */
  readonly actions: readonly string[]
  /** The end of the resource's ARN; absent: whatever the resource. */
  readonly on?: string
  readonly reason: string
}

/** Exported for the test, and for whoever reviews the roles. */
export const GRANTED_WITHOUT_USE: readonly UnusedGrant[] = [
  {
    functions: 'all',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    reason: "Lambda writes the function's log as its role; the embedded runner writes to no log group.",
  },
  {
    functions: ['object-created', 'reconcile-job', 'observe-cluster'],
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    reason: "Lambda's pollers read the queue as the function's role; the embedded runner polls as itself.",
  },
  {
    functions: ['notify'],
    actions: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream', 'dynamodb:ListStreams'],
    reason: "Lambda's pollers read the change stream as the function's role; the embedded runner reads it as itself.",
  },
  {
    functions: ['schedule-fired', 'sweep-jobs', 'notify'],
    actions: ['sqs:SendMessage'],
    on: '-events-dead',
    reason: "Lambda sends what failed for good to events-dead as the function's role.",
  },
  {
    functions: 'all',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    reason:
      'Only with a customer managed key: SQS, S3, DynamoDB and Lambda use it for whoever calls them; the embedded services encrypt nothing.',
  },
  {
    functions: 'all',
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    reason: 'Only with tracing: Lambda sends the traces as the function.',
  },
  {
    functions: ['api', 'reconcile-job', 'observe-cluster'],
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    reason: 'Only with a network: Lambda attaches the function to it as the function.',
  },
  {
    functions: ['object-created'],
    actions: ['s3:GetObject'],
    reason: 'An event without a version (a bucket whose versioning was suspended) is read without one.',
  },
  {
    functions: ['object-created', 'api'],
    actions: ['s3:ListBucket'],
    reason:
      'No call: with it S3 answers 404 for an object that is not there, without it 403, which would be taken for a wrong right.',
  },
]
