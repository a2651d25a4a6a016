/**
 * EventBridge Scheduler: the sweep of each minute, and the schedules of the platform file, in one group a team. One role for
 * both kinds each, which only Scheduler may assume, only for these groups of this account.
 */
import { Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { SCHEDULE_NAME_PREFIX } from '../functions/schedule-fired/read-firing.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { GatewayFunction, GatewayFunctions } from './functions.ts'

export interface ScheduleOptions {
  readonly gatewayName: string
  readonly platform: Platform
  readonly functions: GatewayFunctions
  readonly eventsDead: IQueue
  readonly key: IKey | undefined
}

/** Of schedules and of their groups. */
const MAX_NAME_LENGTH = 64
const SWEEP_EXPRESSION = 'rate(1 minute)'
/** Scheduler's own most: 185 tries within a day. The scheduled time is part of the job's id, so a late try is the same job. */
const LATE_SECONDS = 86_400
const LATE_TRIES = 185
/** A sweep that is late is no use: the next is there. 60 is Scheduler's least. */
const SWEEP_LATE_SECONDS = 60

export function addSchedules(scope: Construct, options: ScheduleOptions): void {
  const { platform, functions, gatewayName } = options
  const system = addGroup(scope, 'SystemSchedules', `${gatewayName}-system`)
  const sweepRole = addInvoker(scope, 'SweepScheduleRole', [system], functions['sweep-jobs'], options)
  addSchedule(scope, 'SweepSchedule', {
    group: system,
    name: `${SCHEDULE_NAME_PREFIX}sweep-jobs`,
    expression: SWEEP_EXPRESSION,
    timezone: 'UTC',
    target: target(functions['sweep-jobs'], sweepRole, options, '{}'),
    retry: { maximumEventAgeInSeconds: SWEEP_LATE_SECONDS, maximumRetryAttempts: 0 },
  })
  const schedules = Object.entries(platform.schedules)
  if (schedules.length === 0) return
  const teams = [...new Set(schedules.map(([, { team }]) => team))].toSorted()
  const groups = new Map(teams.map(team => [team, addGroup(scope, `Schedules-${team}`, `${gatewayName}-team-${team}`)]))
  const fired = functions['schedule-fired']
  const role = addInvoker(scope, 'TeamScheduleRole', [...groups.values()], fired, options)
  for (const [name, { team, expression, timezone }] of schedules) {
    const group = groups.get(team)
    if (group === undefined) throw new Error(`schedule ${name} has no group`)
    addSchedule(scope, `Schedule-${name}`, {
      group,
      name: `${SCHEDULE_NAME_PREFIX}${name}`,
      expression,
      timezone,
      target: target(fired, role, options, JSON.stringify({ schedule: name, scheduledTime: SCHEDULED_TIME })),
      retry: { maximumEventAgeInSeconds: LATE_SECONDS, maximumRetryAttempts: LATE_TRIES },
    })
  }
}

/** Scheduler puts the planned time here; never the execution id, which is new for each try (facts, b). */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>'

const addGroup = (scope: Construct, id: string, name: string): CfnScheduleGroup =>
  new CfnScheduleGroup(scope, id, { name: checkName(name) })

function checkName(name: string): string {
  if (name.length > MAX_NAME_LENGTH)
    throw new Error(`${name}: EventBridge Scheduler takes names of at most ${MAX_NAME_LENGTH} characters`)
  return name
}

interface OneSchedule {
  readonly group: CfnScheduleGroup
  readonly name: string
  readonly expression: string
  readonly timezone: string
  readonly target: Omit<CfnSchedule.TargetProperty, 'retryPolicy'>
  readonly retry: CfnSchedule.RetryPolicyProperty
}

function addSchedule(
  scope: Construct,
  id: string,
  { group, name, expression, timezone, target, retry }: OneSchedule,
): void {
  new CfnSchedule(scope, id, {
    name: checkName(name),
    groupName: group.ref,
    scheduleExpression: expression,
    scheduleExpressionTimezone: timezone,
    flexibleTimeWindow: { mode: 'OFF' },
    state: 'ENABLED',
    target: { ...target, retryPolicy: retry },
  })
}

const target = (
  called: GatewayFunction,
  role: Role,
  { eventsDead }: ScheduleOptions,
  input: string,
): Omit<CfnSchedule.TargetProperty, 'retryPolicy'> => ({
  arn: called.target.functionArn,
  roleArn: role.roleArn,
  input,
  deadLetterConfig: { arn: eventsDead.queueArn },
})

function addInvoker(
  scope: Construct,
  id: string,
  groups: readonly CfnScheduleGroup[],
  called: GatewayFunction,
  { eventsDead, key }: ScheduleOptions,
): Role {
  const role = new Role(scope, id, {
    description: `Sparkgate: EventBridge Scheduler calls ${called.handler.node.id}`,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        ArnEquals: { 'aws:SourceArn': groups.map(group => group.attrArn) },
      },
    }),
  })
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [called.target.functionArn] }))
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [eventsDead.queueArn] }))
  if (key !== undefined)
    role.addToPolicy(new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }))
  return role
}
