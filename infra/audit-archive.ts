/**
 * The audit trail in S3, if asked for: the lines `audit` of the functions that take requests (shared/domain/audit.ts) go by
 * subscription and Firehose into a bucket of their own, where nobody can change them before their time (Object Lock). Log groups
 * alone keep them too, but for as long as logs are kept, and whoever may delete logs may delete them there.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose'
import { CfnSubscriptionFilter } from 'aws-cdk-lib/aws-logs'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import type { FunctionName } from '../shared/runtime/function-table.ts'
import type { GatewayFunctions } from './functions.ts'
import { pascalCase } from './pascal-case.ts'

export interface AuditArchive {
  /** How long objects are locked, and kept. */
  readonly keepDays: number
}

interface AddOptions extends AuditArchive {
  readonly gatewayName: string
  readonly functions: GatewayFunctions
  readonly key: IKey | undefined
  readonly accessLogs: Bucket | undefined
}

/** Who writes audit lines: every way in. */
export const AUDITED: readonly FunctionName[] = ['api', 'object-created', 'schedule-fired']
export const AUDIT_PATTERN = '{ $.message = "audit" }'
const PREFIX = 'audit/'
/** Firehose writes when either is reached: a quiet gateway's lines are there after a quarter of an hour. */
const BUFFER = { intervalInSeconds: 900, sizeInMBs: 16 } as const
/** Locked objects go some days after their lock. */
const EXPIRY_SLACK_DAYS = 7

export function addAuditArchive(scope: Construct, options: AddOptions): Bucket {
  const { keepDays, key, functions, accessLogs } = options
  const bucket = new Bucket(scope, 'Audit', {
    versioned: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // Locked objects cannot go with the stack.
    removalPolicy: RemovalPolicy.RETAIN,
    objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(keepDays)),
    lifecycleRules: [
      {
        expiration: Duration.days(keepDays + EXPIRY_SLACK_DAYS),
        noncurrentVersionExpiration: Duration.days(EXPIRY_SLACK_DAYS),
      },
    ],
    ...(accessLogs !== undefined && {
      serverAccessLogsBucket: accessLogs as IBucket,
      serverAccessLogsPrefix: PREFIX,
    }),
    ...(key === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
  })
  const stream = addStream(scope, bucket, options)
  const sender = addSender(scope, stream.attrArn)
  for (const name of AUDITED) {
    const filter = new CfnSubscriptionFilter(scope, `${pascalCase(name)}Audit`, {
      logGroupName: functions[name].logGroup.logGroupName,
      filterPattern: AUDIT_PATTERN,
      destinationArn: stream.attrArn,
      roleArn: sender.roleArn,
    })
    // CloudWatch tries the stream while the filter is made: the right must be there by then.
    filter.node.addDependency(sender)
  }
  return bucket
}

/** JSON lines below `audit/dt=…`; what CloudWatch sends is unpacked, so that Athena reads it as it is. */
function addStream(scope: Construct, bucket: Bucket, { gatewayName, key }: AddOptions): CfnDeliveryStream {
  const role = new Role(scope, 'AuditWriter', {
    description: 'Sparkgate: Firehose writes the audit trail',
    assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  })
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resources: [bucket.arnForObjects(`${PREFIX}*`)],
    }),
  )
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [bucket.bucketArn] }))
  if (key !== undefined)
    role.addToPolicy(new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }))
  const stream = new CfnDeliveryStream(scope, 'AuditStream', {
    deliveryStreamName: `${gatewayName}-audit`,
    deliveryStreamType: 'DirectPut',
    // What waits here for a quarter of an hour; the bucket has the gateway's key.
    deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
    extendedS3DestinationConfiguration: {
      bucketArn: bucket.bucketArn,
      roleArn: role.roleArn,
      prefix: `${PREFIX}dt=!{timestamp:yyyy-MM-dd}/`,
      errorOutputPrefix: `${PREFIX}failed/!{firehose:error-output-type}/`,
      bufferingHints: BUFFER,
      compressionFormat: 'GZIP',
      processingConfiguration: {
        enabled: true,
        processors: [
          { type: 'Decompression', parameters: [{ parameterName: 'CompressionFormat', parameterValue: 'GZIP' }] },
          {
            type: 'CloudWatchLogProcessing',
            parameters: [{ parameterName: 'DataMessageExtraction', parameterValue: 'true' }],
          },
        ],
      },
    },
  })
  stream.node.addDependency(role)
  return stream
}

function addSender(scope: Construct, streamArn: string): Role {
  const { account, region, partition } = Stack.of(scope)
  const role = new Role(scope, 'AuditSender', {
    description: 'Sparkgate: CloudWatch Logs sends audit lines to Firehose',
    assumedBy: new ServicePrincipal('logs.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:logs:${region}:${account}:*` },
      },
    }),
  })
  role.addToPolicy(
    new PolicyStatement({ actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'], resources: [streamArn] }),
  )
  return role
}
