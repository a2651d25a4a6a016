/**
 * The deployment file: what `Sparkgate` takes besides the platform file, as YAML for people who do not write TypeScript. Without
 * one everything has its default.
 */
import { readFileSync } from 'node:fs'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { parse } from 'yaml'
import * as z from 'zod/mini'
import { FUNCTIONS, QUEUES } from '../shared/runtime/function-table.ts'
import type { FunctionName, QueueName } from '../shared/runtime/function-table.ts'
import type { SparkgateProps } from './sparkgate.ts'

z.config(z.locales.en())

const text = z.string().check(z.minLength(1))
const texts = z.array(text).check(z.minLength(1))
const arn = z.string().check(z.startsWith('arn:'))
const concurrency = z.int().check(z.minimum(2), z.maximum(1_000))
const reserved = z.int().check(z.minimum(1), z.maximum(1_000))
const optionalEach = <Name extends string>(names: readonly Name[], value: z.ZodMiniNumber<number>) =>
  z.strictObject(
    Object.fromEntries(names.map(name => [name, z.optional(value)])) as Record<Name, z.ZodMiniOptional<typeof value>>,
  )

/** CloudWatch knows certain numbers of days only. */
const LOG_DAYS = [7, 14, 30, 60, 90, 180, 365, 400, 731, 1827, 3653] as const

const deploymentSchema = z.strictObject({
  account: z.optional(z.string().check(z.regex(/^\d{12}$/, 'must be twelve digits, in quotes'))),
  region: z.optional(text),
  stackName: z._default(text, 'Sparkgate'),
  gatewayName: z.optional(text),
  jwt: z.optional(z.strictObject({ issuer: z.string().check(z.startsWith('https://')), audiences: texts })),
  domain: z.optional(z.strictObject({ name: text, certificateArn: arn })),
  privateApi: z.optional(z.strictObject({ vpcEndpointIds: z.optional(texts), webAclArn: z.optional(arn) })),
  throttle: z.optional(z.strictObject({ rate: z.int().check(z.minimum(1)), burst: z.int().check(z.minimum(1)) })),
  network: z.optional(
    z.strictObject({
      vpcId: text,
      cidr: text,
      availabilityZones: texts,
      privateSubnetIds: texts,
      privateRouteTableIds: texts,
      endpoints: z._default(z.enum(['create', 'existing']), 'create'),
    }),
  ),
  encryption: z.optional(z.enum(['aws-owned', 'customer-managed'])),
  alarms: z.optional(z.strictObject({ mailTo: texts })),
  budget: z.optional(z.strictObject({ dollarsAMonth: z.number().check(z.minimum(1)) })),
  auditArchive: z.optional(z.strictObject({ keepDays: z.int().check(z.minimum(1), z.maximum(36_500)) })),
  rollout: z.optional(z.enum(['at-once', 'canary'])),
  logRetentionDays: z.optional(z.union(LOG_DAYS.map(days => z.literal(days)))),
  data: z.optional(z.enum(['keep', 'destroy'])),
  restoredTable: z.optional(z.strictObject({ tableName: text, streamArn: arn })),
  tracing: z.optional(z.boolean()),
  permissionsBoundary: z.optional(arn),
  maximumConcurrency: z.optional(optionalEach(Object.keys(QUEUES) as QueueName[], concurrency)),
  reservedConcurrency: z.optional(optionalEach(Object.keys(FUNCTIONS) as FunctionName[], reserved)),
  tags: z.optional(z.record(text, text)),
})

/** Where and under which name, and the props. */
export interface Deployment {
  readonly account?: string
  readonly region?: string
  readonly stackName: string
  readonly props: Omit<SparkgateProps, 'platform' | 'bundles'>
}

/** Reads a deployment file; without one, all defaults. Throws with every problem and its path. */
export function readDeployment(file: string | undefined): Deployment {
  return parseDeployment(file === undefined ? {} : parse(readFileSync(file, 'utf8')))
}

/** The checked deployment file. */
export function parseDeployment(document: unknown): Deployment {
  const result = deploymentSchema.safeParse(document)
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `  ${path.join('.') || '$'}: ${message}`)
    throw new Error(`The deployment file has ${problems.length} problem(s):\n${problems.join('\n')}`)
  }
  const { account, region, stackName, logRetentionDays, ...rest } = result.data
  const props = { ...rest, ...(logRetentionDays !== undefined && { logRetention: logRetentionDays as RetentionDays }) }
  return {
    stackName,
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    props: props as Deployment['props'],
  }
}
