/**
 * The customer managed key, for those who must have one: $1 a month, and requests. Without it everything is encrypted too,
 * with keys that AWS owns. A key that is given is used as it is: its policy must allow what `allowServices` allows here.
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'

/** `aws-owned`: no key of yours; `customer-managed`: one is made; or one that exists. */
export type Encryption = 'aws-owned' | 'customer-managed' | IKey

export interface EncryptionOptions {
  readonly encryption: Encryption
  readonly isDataKept: boolean
  /** Buckets whose events go to an encrypted queue. */
  readonly notifyingBuckets: readonly string[]
}

export function addKey(scope: Construct, options: EncryptionOptions): IKey | undefined {
  if (options.encryption === 'aws-owned') return undefined
  if (options.encryption !== 'customer-managed') return options.encryption
  const key = new Key(scope, 'Key', {
    description: 'Sparkgate: table, queues, buckets, logs and alarms',
    enableKeyRotation: true,
    removalPolicy: options.isDataKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  })
  allowServices(scope, key, options.notifyingBuckets)
  return key
}

/** Services that use the key without one of our roles: each only for our account, and S3 only for the inbox. */
function allowServices(scope: Construct, key: Key, buckets: readonly string[]): void {
  const { account, region, partition } = Stack.of(scope)
  const use = ['kms:Decrypt', 'kms:GenerateDataKey*']
  const allow = (service: string, actions: string[], conditions: Record<string, unknown>): void => {
    key.addToResourcePolicy(
      new PolicyStatement({ principals: [new ServicePrincipal(service)], actions, resources: ['*'], conditions }),
    )
  }
  if (buckets.length > 0) {
    allow('s3.amazonaws.com', use, {
      StringEquals: { 'aws:SourceAccount': account },
      ArnEquals: { 'aws:SourceArn': buckets.map(name => `arn:${partition}:s3:::${name}`) },
    })
  }
  allow('cloudwatch.amazonaws.com', use, {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
  })
  allow('budgets.amazonaws.com', use, {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:${partition}:budgets::${account}:*` },
  })
  allow(`logs.${region}.amazonaws.com`, ['kms:Encrypt*', 'kms:Decrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'], {
    ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
  })
}
