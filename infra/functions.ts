/**
 * The seven functions: arm64, Node 24, one role and one log group each. A role is made here by hand instead of by the
 * construct library: no managed policy, no statement that nobody wrote (infra/grants.ts has them all).
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Alias, Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import type { IFunction, IVersion } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { FUNCTION_NAMES, FUNCTIONS } from '../shared/runtime/function-table.ts'
import { pascalCase } from './pascal-case.ts'
import type { FunctionName, FunctionRow } from '../shared/runtime/function-table.ts'
import type { GatewayNetwork } from './network.ts'

export interface FunctionOptions {
  readonly gatewayName: string
  readonly bundles: FunctionBundles
  readonly environment: Readonly<Record<string, string>>
  readonly eventsDead: IQueue
  readonly key: IKey | undefined
  readonly network: GatewayNetwork | undefined
  readonly tracing: boolean
  readonly logRetention: RetentionDays
  readonly isDataKept: boolean
  readonly reservedConcurrency: Readonly<Partial<Record<FunctionName, number>>>
  /** Callers go through the alias `live`, which a deployment moves; without it they call the newest code. */
  readonly hasAliases: boolean
}

export interface GatewayFunction {
  readonly role: Role
  readonly logGroup: LogGroup
  readonly handler: LambdaFunction
  /** What is called: the function, or its alias. */
  readonly target: IFunction
  readonly alias: Alias | undefined
}

/** The folder of each function's code. */
export type FunctionBundles = Readonly<Record<FunctionName, string>>

export type GatewayFunctions = Readonly<Record<FunctionName, GatewayFunction>>

/** `PLATFORM_FILE` inside a bundle's folder, as Lambda unpacks it. */
export const PLATFORM_FILE_NAME = 'platform.json'
const PLATFORM_FILE = `/var/task/${PLATFORM_FILE_NAME}`
/** An event older than this is of no use: schedules have their own policy for what was missed. */
const MAX_EVENT_AGE = Duration.hours(6)

export function addFunctions(scope: Construct, options: FunctionOptions): GatewayFunctions {
  return Object.fromEntries(
    FUNCTION_NAMES.map(name => [name, addFunction(scope, name, options)]),
  ) as unknown as GatewayFunctions
}

function addFunction(scope: Construct, name: FunctionName, options: FunctionOptions): GatewayFunction {
  const row: FunctionRow = FUNCTIONS[name]
  const id = pascalCase(name)
  const { gatewayName, key, network, eventsDead } = options
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: options.logRetention,
    removalPolicy: options.isDataKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(key !== undefined && { encryptionKey: key }),
  })
  const isInside = row.clusterIdentity !== undefined && network !== undefined
  const role = addRole(scope, id, name, { logGroup, isInside })
  const reserved = options.reservedConcurrency[name] ?? row.reservedConcurrency
  const handler = new LambdaFunction(scope, `${id}Function`, {
    functionName: `${gatewayName}-${name}`,
    description: `Sparkgate: ${row.summary}`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(options.bundles[name]),
    handler: 'index.handler',
    timeout: Duration.seconds(row.timeoutSeconds),
    memorySize: row.memoryMiB,
    role,
    logGroup,
    environment: { ...options.environment, PLATFORM_FILE },
    tracing: options.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
    ...(isInside && { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.securityGroup] }),
  })
  const alias = options.hasAliases
    ? new Alias(scope, `${id}Alias`, { aliasName: 'live', version: handler.currentVersion as IVersion })
    : undefined
  if (row.isCalledAsynchronously === true) {
    const called = alias ?? handler
    called.configureAsyncInvoke({
      retryAttempts: row.asynchronousRetries ?? 2,
      maxEventAge: MAX_EVENT_AGE,
      // The construct library's own would also grant three rights too many.
      onFailure: { bind: () => ({ destination: eventsDead.queueArn }) },
    })
  }
  return { role, logGroup, handler, target: (alias ?? handler) as IFunction, alias }
}

interface RoleOptions {
  readonly logGroup: LogGroup
  readonly isInside: boolean
}

function addRole(scope: Construct, id: string, name: FunctionName, { logGroup, isInside }: RoleOptions): Role {
  const role = new Role(scope, `${id}Role`, {
    description: `Sparkgate: ${name}`,
    // No confused deputy here: only who may pass this role can have Lambda assume it.
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
  })
  role.addToPolicy(
    new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
  )
  if (isInside) {
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'ec2:CreateNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:DeleteNetworkInterface',
          'ec2:AssignPrivateIpAddresses',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }),
    )
  }
  return role
}
