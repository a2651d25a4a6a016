/**
 * The gateway as one construct: everything in AWS that docs/architecture.md draws, from a platform file. Minimal use:
 *
 * ```ts
 * const stack = new Stack(new App(), 'Sparkgate')
 * new Sparkgate(stack, 'Gateway', await prepareGateway('platform.yaml'))
 * ```
 *
 * It costs next to nothing while idle (docs/costs.md). What holds data (table, buckets, key, logs) stays when the stack goes,
 * unless `data: 'destroy'` is said. Nothing is looked up, so synthesis needs no AWS account.
 */
import { CfnOutput, RemovalPolicy, Tags } from 'aws-cdk-lib'
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { EventBus } from 'aws-cdk-lib/aws-events'
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import { S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY } from 'aws-cdk-lib/cx-api'
import { Construct } from 'constructs'
import { addAlarmTopic, addBudget } from './alarm-topic.ts'
import type { AlarmTarget, Budget } from './alarm-topic.ts'
import { addAlarms } from './alarms.ts'
import { addAuditArchive } from './audit-archive.ts'
import type { AuditArchive } from './audit-archive.ts'
import { addBuckets, denyOtherWriters } from './buckets.ts'
import type { GatewayBuckets } from './buckets.ts'
import type { PreparedGateway } from './bundles.ts'
import { addDashboard } from './dashboard.ts'
import { addKey } from './encryption.ts'
import type { Encryption } from './encryption.ts'
import { CLUSTER_CALLERS } from '../shared/runtime/function-table.ts'
import type { FunctionName, QueueName } from '../shared/runtime/function-table.ts'
import { addFunctions } from './functions.ts'
import type { GatewayFunctions } from './functions.ts'
import { grantAll } from './grants.ts'
import { addHttpApis } from './http-api.ts'
import type { ApiDomain, Door, JwtIssuer, Throttle } from './http-api.ts'
import { addLogMetrics } from './log-metrics.ts'
import { acknowledgeFindings } from './nag-reasons.ts'
import { addNetwork } from './network.ts'
import type { NetworkOptions } from './network.ts'
import { addPrivateApi } from './private-api.ts'
import type { PrivateApiOptions } from './private-api.ts'
import { addQueues } from './queues.ts'
import type { GatewayQueues } from './queues.ts'
import { addRollout } from './rollout.ts'
import type { Rollout } from './rollout.ts'
import { addSchedules } from './schedules.ts'
import { addSources, observersNeeded } from './sources.ts'
import { addTable } from './table.ts'
import type { RestoredTable } from './table.ts'

/** `platform` and `bundles` come from `prepareGateway`; everything else has a default that fits a first deployment. */
export interface SparkgateProps extends PreparedGateway {
  /** Part of the names of queues, functions, schedules, bus, alarms: one a gateway in a region. Default `sparkgate`. */
  readonly gatewayName?: string
  /** Who gives out tokens. Without it only AWS credentials open the API. */
  readonly jwt?: JwtIssuer
  readonly domain?: ApiDomain
  /** An API inside your VPC too, or a public one behind a web ACL. */
  readonly privateApi?: PrivateApiOptions
  /** Of each door of the API. Default 50 a second, bursts of 100. */
  readonly throttle?: Throttle
  /** Where the functions run that reach clusters with private endpoints. Without it: outside of any VPC. */
  readonly network?: NetworkOptions
  /** Default `aws-owned`. */
  readonly encryption?: Encryption
  /** Whom alarms tell. Without it they only show in the console. */
  readonly alarms?: AlarmTarget
  readonly budget?: Budget
  /** Audit lines in a locked bucket, beside the logs. Without it: in the logs alone. */
  readonly auditArchive?: AuditArchive
  /** Default `at-once`. */
  readonly rollout?: Rollout
  /** Default three months. */
  readonly logRetention?: RetentionDays
  /** What becomes of table, buckets, key and logs when the stack is deleted. Default `keep`. */
  readonly data?: 'keep' | 'destroy'
  /** A table from a point-in-time restore in place of the construct's own. */
  readonly restoredTable?: RestoredTable
  /** X-Ray; off by default: it costs by the request. */
  readonly tracing?: boolean
  /** ARN of a policy that bounds every role made here. */
  readonly permissionsBoundary?: string
  /** Batches in work at once, for more jobs than a first deployment has; 2 to 1,000 a queue. */
  readonly maximumConcurrency?: Readonly<Partial<Record<QueueName, number>>>
  /** Lambda concurrency kept for a function; the account must have it to give. */
  readonly reservedConcurrency?: Readonly<Partial<Record<FunctionName, number>>>
  /** Beside the tag `sparkgate-gateway`, by which costs are told apart. */
  readonly tags?: Readonly<Record<string, string>>
}

const COST_TAG = 'sparkgate-gateway'
const DEFAULT_THROTTLE: Throttle = { rate: 50, burst: 100 }
/** Names have room for the longest suffix within 64 characters. */
const GATEWAY_NAME = /^[a-z][a-z0-9-]{0,31}$/

export class Sparkgate extends Construct {
  readonly table: ITableV2
  readonly queues: GatewayQueues
  readonly buckets: GatewayBuckets
  readonly functions: GatewayFunctions
  /** State changes of jobs, as `Spark Job State Change` of source `sparkgate`: point your rules at it. */
  readonly bus: EventBus
  readonly doors: readonly Door[]

  constructor(scope: Construct, id: string, props: SparkgateProps) {
    super(scope, id)
    // Else the log bucket would need ACLs, which owner enforcement forbids.
    this.node.setContext(S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY, true)
    const { platform, gatewayName = 'sparkgate', network, encryption = 'aws-owned' } = props
    if (!GATEWAY_NAME.test(gatewayName))
      throw new Error(`gatewayName ${JSON.stringify(gatewayName)}: at most 32 of a-z, 0-9 and -, a letter first`)
    const isDataKept = (props.data ?? 'keep') === 'keep'
    const key = addKey(this, { encryption, isDataKept, notifyingBuckets: platform.inboxBuckets })
    this.table = addTable(this, { key, isDataKept, restored: props.restoredTable })
    this.queues = addQueues(this, gatewayName, key)
    this.bus = new EventBus(this, 'Bus', { eventBusName: gatewayName })
    this.buckets = addBuckets(this, { platform, key, isDataKept, intake: this.queues.work.intake })
    this.functions = addFunctions(this, {
      gatewayName,
      bundles: props.bundles,
      environment: this.environment(),
      eventsDead: this.queues.eventsDead,
      key,
      network: network && addNetwork(this, network, platform),
      tracing: props.tracing ?? false,
      logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      isDataKept,
      reservedConcurrency: props.reservedConcurrency ?? {},
      hasAliases: props.rollout === 'canary',
    })
    const { buckets, bus, functions, queues, table } = this
    grantAll(this, functions, { platform, table, queues, buckets, bus, key })
    denyOtherWriters(buckets, platform, [functions['object-created'].role, functions.notify.role])
    addSources(this, {
      functions,
      queues,
      table,
      maximumConcurrency: {
        observe: observersNeeded(Object.keys(platform.clusters).length),
        ...props.maximumConcurrency,
      },
    })
    addSchedules(this, { gatewayName, platform, functions, eventsDead: queues.eventsDead, key })
    const accessLogs = this.addAccessLogs(props, key, isDataKept)
    this.doors = this.addDoors(props, gatewayName, accessLogs)
    const audit =
      props.auditArchive &&
      addAuditArchive(this, { ...props.auditArchive, gatewayName, functions, key, accessLogs: buckets.accessLogs })
    this.addWatching(props, gatewayName, accessLogs, key)
    this.finish(props, gatewayName, audit)
  }

  /** What shared/runtime/config.ts reads, but for PLATFORM_FILE, which is a place in the bundle. */
  private environment(): Record<string, string> {
    return {
      TABLE_NAME: this.table.tableName,
      RECONCILE_QUEUE_URL: this.queues.work.reconcile.queueUrl,
      OBSERVE_QUEUE_URL: this.queues.work.observe.queueUrl,
      EVENT_BUS_NAME: this.bus.eventBusName,
    }
  }

  private addAccessLogs({ logRetention }: SparkgateProps, key: IKey | undefined, isDataKept: boolean): LogGroup {
    return new LogGroup(this, 'ApiAccessLogs', {
      retention: logRetention ?? RetentionDays.THREE_MONTHS,
      removalPolicy: isDataKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(key !== undefined && { encryptionKey: key }),
    })
  }

  private addDoors(props: SparkgateProps, gatewayName: string, accessLogs: LogGroup): readonly Door[] {
    const { jwt, domain, throttle = DEFAULT_THROTTLE, privateApi } = props
    const { api } = this.functions
    const doors = addHttpApis(this, { gatewayName, api, accessLogs, jwt, domain, throttle })
    if (privateApi === undefined) return doors
    return [...doors, addPrivateApi(this, { ...privateApi, gatewayName, api, accessLogs, throttle })]
  }

  private addWatching(props: SparkgateProps, gatewayName: string, accessLogs: LogGroup, key: IKey | undefined): void {
    const { functions, queues } = this
    const topic = addAlarmTopic(this, props.alarms, key)
    const logMetric = addLogMetrics(this, gatewayName, functions, accessLogs)
    const alarms = addAlarms(this, { gatewayName, queues, functions, logMetric, topic })
    addDashboard(this, { gatewayName, queues, functions, logMetric, alarms })
    if (props.budget !== undefined) addBudget(this, props.budget, { key: COST_TAG, value: gatewayName }, topic)
    if (props.rollout === 'canary')
      addRollout(
        this,
        functions,
        alarms.filter(alarm => alarm.node.id === 'ErrorRatioAlarm'),
      )
  }

  private finish(props: SparkgateProps, gatewayName: string, audit: Bucket | undefined): void {
    const { permissionsBoundary, tags = {} } = props
    // Dashboards take no tags in every region yet (cfn-lint E3002).
    const options = { excludeResourceTypes: ['AWS::CloudWatch::Dashboard'] }
    for (const [key, value] of Object.entries({ ...tags, [COST_TAG]: gatewayName }))
      Tags.of(this).add(key, value, options)
    if (permissionsBoundary !== undefined)
      PermissionsBoundary.of(this).apply(ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', permissionsBoundary))
    for (const { kind, url } of this.doors) new CfnOutput(this, `${kind}Url`, { value: url })
    new CfnOutput(this, 'busArn', { value: this.bus.eventBusArn })
    // Access entries of the clusters name these roles.
    for (const name of CLUSTER_CALLERS)
      new CfnOutput(this, `${name}-role`, { value: this.functions[name].role.roleArn })
    acknowledgeFindings(this, {
      platform: props.platform,
      buckets: this.buckets,
      audit,
      tracing: props.tracing ?? false,
      isInVpc: props.network !== undefined,
    })
  }
}
