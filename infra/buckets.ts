/**
 * The inbox buckets of the platform file and the archive bucket: versioned, TLS only, closed to the public, owned by the
 * account whoever writes. An inbox tells its objects to the intake queue by S3's own notification (no EventBridge rule, no
 * custom resource), and its policy makes the prefix table true: where a team has principals, only they write under its prefix.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AccountPrincipal, AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import type { CfnBucket, IBucket, LifecycleRule } from 'aws-cdk-lib/aws-s3'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { pascalCase } from './pascal-case.ts'

export interface BucketOptions {
  readonly platform: Platform
  readonly key: IKey | undefined
  readonly isDataKept: boolean
  readonly intake: Queue
}

export interface GatewayBuckets {
  readonly inboxes: readonly Bucket[]
  readonly archive: Bucket | undefined
  /** Who asked for what in the others; absent where there are none. */
  readonly accessLogs: Bucket | undefined
}

/** Old versions of specs: long enough for any message about them (SQS keeps one for 14 days at most). */
const OLD_VERSION_DAYS = 30
const UNFINISHED_UPLOAD_DAYS = 7
const ACCESS_LOG_DAYS = 90

export function addBuckets(scope: Construct, options: BucketOptions): GatewayBuckets {
  const { platform, key, isDataKept, intake } = options
  const { inboxBuckets, archiveBucket } = platform
  const removalPolicy = isDataKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY
  const closed = {
    versioned: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy,
  }
  if (inboxBuckets.length === 0 && archiveBucket === undefined)
    return { inboxes: [], archive: undefined, accessLogs: undefined }
  const accessLogs = new Bucket(scope, 'AccessLogs', {
    ...closed,
    // S3 writes access logs with its own key only.
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [{ expiration: Duration.days(ACCESS_LOG_DAYS), noncurrentVersionExpiration: Duration.days(1) }],
  })
  const encryption =
    key === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
  const add = (id: string, bucketName: string, rules: readonly LifecycleRule[] = []): Bucket =>
    new Bucket(scope, id, {
      ...closed,
      ...encryption,
      bucketName,
      serverAccessLogsBucket: accessLogs as IBucket,
      serverAccessLogsPrefix: `${bucketName}/`,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(UNFINISHED_UPLOAD_DAYS),
          noncurrentVersionExpiration: Duration.days(OLD_VERSION_DAYS),
        },
        ...rules,
      ],
    })
  // The name is part of the id: another order in the platform file must not replace a bucket.
  const inboxes = inboxBuckets.map(name => add(`Inbox-${name}`, name))
  allowNotifications(scope, intake, inboxBuckets)
  for (const inbox of inboxes) {
    notifyQueue(inbox, intake)
    guardPrefixes(inbox, platform)
  }
  // A log is of use as long as its job can be asked for; the records stay.
  const logsEnd = { prefix: 'logs/', expiration: Duration.days(platform.retentionDays) }
  const archive = archiveBucket === undefined ? undefined : add('Archive', archiveBucket, [logsEnd])
  return { inboxes, archive, accessLogs }
}

/** S3 may send for these buckets of this account, and for no other's. */
function allowNotifications(scope: Construct, intake: Queue, buckets: readonly string[]): void {
  if (buckets.length === 0) return
  const { account, partition } = Stack.of(scope)
  intake.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [intake.queueArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnEquals: { 'aws:SourceArn': buckets.map(name => `arn:${partition}:s3:::${name}`) },
      },
    }),
  )
}

function notifyQueue(inbox: Bucket, intake: Queue): void {
  const resource = inbox.node.defaultChild as CfnBucket
  resource.notificationConfiguration = {
    queueConfigurations: [{ event: 's3:ObjectCreated:*', queue: intake.queueArn }],
  }
  // S3 sends a test message while the bucket is made: the queue must allow it by then.
  const policy = intake.node.tryFindChild('Policy')
  if (policy !== undefined) inbox.node.addDependency(policy)
}

/** Writers under a team's prefix: its principals, and the gateway's own reports (added by `allowReports`). */
function guardPrefixes(inbox: Bucket, platform: Platform): void {
  for (const [name, team] of Object.entries(platform.teams)) {
    const { principals, inboxPrefixes } = team
    if (principals.length === 0 || inboxPrefixes.length === 0) continue
    const objects = inboxPrefixes.map(prefix => inbox.arnForObjects(`${prefix}*`))
    const accounts = [...new Set(principals.map(accountOf))].map(account => new AccountPrincipal(account))
    const isPrincipal = { ArnEquals: { 'aws:PrincipalArn': [...principals] } }
    inbox.addToResourcePolicy(
      new PolicyStatement({
        sid: `${pascalCase(name)}DropsSpecsAndReadsReports`,
        principals: accounts,
        actions: ['s3:PutObject', 's3:GetObject'],
        resources: objects,
        conditions: isPrincipal,
      }),
    )
    inbox.addToResourcePolicy(
      new PolicyStatement({
        sid: `${pascalCase(name)}ListsItsPrefix`,
        principals: accounts,
        actions: ['s3:ListBucket'],
        resources: [inbox.bucketArn],
        conditions: { ...isPrincipal, StringLike: { 's3:prefix': inboxPrefixes.map(prefix => `${prefix}*`) } },
      }),
    )
  }
}

/**
 * Nobody else writes under a team's prefix, not even an administrator by mistake: whoever can write there *is* the team.
 * `writers` are the roles of the functions that put reports there.
 */
export function denyOtherWriters(
  { inboxes }: GatewayBuckets,
  platform: Platform,
  writers: readonly { readonly roleArn: string }[],
): void {
  for (const inbox of inboxes) {
    for (const [name, { principals, inboxPrefixes }] of Object.entries(platform.teams)) {
      if (principals.length === 0 || inboxPrefixes.length === 0) continue
      inbox.addToResourcePolicy(
        new PolicyStatement({
          sid: `NobodyElseWritesFor${pascalCase(name)}`,
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ['s3:PutObject'],
          resources: inboxPrefixes.map(prefix => inbox.arnForObjects(`${prefix}*`)),
          conditions: {
            ArnNotEquals: { 'aws:PrincipalArn': [...principals, ...writers.map(({ roleArn }) => roleArn)] },
          },
        }),
      )
    }
  }
}

/** `arn:aws:iam::111122223333:role/x` → `111122223333`. */
function accountOf(arn: string): string {
  const account = arn.split(':')[4] ?? ''
  if (!/^\d{12}$/.test(account)) throw new Error(`${arn} names no account`)
  return account
}
