/** What the construct makes, in words of CloudFormation: what matters, not snapshots. */
import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../functions/api/routes.ts'
import { FUNCTION_NAMES, FUNCTIONS, QUEUE_NAMES, QUEUES } from '../../shared/runtime/function-table.ts'
import { TABLE_SCHEMA, TTL_ATTRIBUTE } from '../../shared/adapters/dynamodb-table.ts'
import { testPlatform } from '../support/embedded-stack.ts'
import { synthesise } from './template-model.ts'
import type { Resource } from './template-model.ts'

const SCHEDULE = { team: 'payments', expression: 'cron(0 3 * * ? *)', timezone: 'Europe/Berlin', spec: 'x' }
const platform = testPlatform({ archiveBucket: 'sparkgate-archive' }, { nightly: SCHEDULE })
const minimal = synthesise(testPlatform())
const model = synthesise(platform, { jwt: { issuer: 'https://issuer.example.com/', audiences: ['sparkgate'] } })
const { template } = model

describe('the table', () => {
  it('has the keys and indexes of the stores, a stream, time to live, and is hard to lose', () => {
    const indexes = TABLE_SCHEMA.GlobalSecondaryIndexes.map(index => ({ ...index }))
    expect(() =>
      template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        KeySchema: TABLE_SCHEMA.KeySchema,
        GlobalSecondaryIndexes: indexes,
        StreamSpecification: { StreamViewType: TABLE_SCHEMA.StreamSpecification.StreamViewType },
        TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      }),
    ).not.toThrow()
  })

  it('tells notify of job records only', () => {
    expect(() =>
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 100,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        FilterCriteria: {
          Filters: [{ Pattern: '{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"sk":{"S":["JOB"]}}}}' }],
        },
      }),
    ).not.toThrow()
  })
})

describe('queues', () => {
  it.each(QUEUE_NAMES)('%s waits six time-outs of its function, then gives up to its own dead-letter queue', name => {
    const queue = propertiesOf('AWS::SQS::Queue', 'QueueName', `sparkgate-${name}`)
    expect(queue['VisibilityTimeout']).toBe(FUNCTIONS[QUEUES[name].feeds].timeoutSeconds * 6)
    const redrive = model.resolve(queue['RedrivePolicy'] ?? null) as {
      deadLetterTargetArn: string
      maxReceiveCount: number
    }
    expect(redrive.deadLetterTargetArn.endsWith(`:sparkgate-${name}-dead`)).toBe(true)
    expect(redrive.maxReceiveCount).toBeGreaterThanOrEqual(5)
    const dead = propertiesOf('AWS::SQS::Queue', 'QueueName', `sparkgate-${name}-dead`)
    expect(dead['MessageRetentionPeriod']).toBe(14 * 86_400)
    expect(Number(queue['MessageRetentionPeriod'])).toBeLessThan(14 * 86_400)
    const allowed = model.resolve(dead['RedriveAllowPolicy'] ?? null) as { sourceQueueArns: string[] }
    expect(allowed.sourceQueueArns.map(arn => arn.split(':').at(-1))).toEqual([`sparkgate-${name}`])
  })

  it('feed their functions in batches of which only the failed part comes back', () => {
    const mappings = Object.values(model.ofType('AWS::Lambda::EventSourceMapping')).map(each => each.Properties)
    for (const mapping of mappings) expect(mapping['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures'])
    expect(mappings.length).toBe(QUEUE_NAMES.length + 1)
  })
})

it('logs leave the archive with the jobs they are of, records stay', () => {
  const archive = propertiesOf('AWS::S3::Bucket', 'BucketName', 'sparkgate-archive')
  const { Rules: rules } = archive['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] }
  expect(rules.filter(rule => rule['ExpirationInDays'] !== undefined)).toMatchObject([
    { Prefix: 'logs/', ExpirationInDays: platform.retentionDays },
  ])
})

describe('functions', () => {
  it.each(FUNCTION_NAMES)('%s runs on arm64 with Node 24, its own role, a log that ends, and no tracing', name => {
    const row = propertiesOf('AWS::Lambda::Function', 'FunctionName', `sparkgate-${name}`)
    expect(row).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: FUNCTIONS[name].timeoutSeconds,
      Environment: {
        Variables: {
          PLATFORM_FILE: '/var/task/platform.json',
          TABLE_NAME: expect.anything(),
          RECONCILE_QUEUE_URL: expect.anything(),
          OBSERVE_QUEUE_URL: expect.anything(),
          EVENT_BUS_NAME: expect.anything(),
        },
      },
    })
    expect(row['TracingConfig']).toBeUndefined()
    expect(row['LoggingConfig']).toBeDefined()
  })

  it('share no role, and have no managed policy', () => {
    const roles = Object.values(model.ofType('AWS::Lambda::Function')).map(each =>
      JSON.stringify(each.Properties['Role']),
    )
    expect(new Set(roles).size).toBe(FUNCTION_NAMES.length)
    for (const { Properties } of Object.values(model.ofType('AWS::IAM::Role')))
      expect(Properties['ManagedPolicyArns']).toBeUndefined()
  })

  it('are all the functions that there are in a deployment: no custom resource runs code of others', () => {
    expect(() => template.resourceCountIs('AWS::Lambda::Function', FUNCTION_NAMES.length)).not.toThrow()
  })

  it('keep every log for a limited time', () => {
    for (const { Properties } of Object.values(model.ofType('AWS::Logs::LogGroup')))
      expect(Properties['RetentionInDays']).toBe(90)
  })
})

describe('every asynchronous path ends in a dead-letter queue', () => {
  const deadQueue = 'sparkgate-events-dead'

  it('calls without an answer', () => {
    const configs = Object.values(model.ofType('AWS::Lambda::EventInvokeConfig')).map(each => each.Properties)
    expect(configs.length).toBe(2)
    for (const config of configs)
      expect(JSON.stringify(model.resolve(config['DestinationConfig'] ?? null))).toContain(deadQueue)
  })

  it('schedules', () => {
    const schedules = Object.values(model.ofType('AWS::Scheduler::Schedule')).map(each => each.Properties)
    expect(schedules.length).toBe(2)
    for (const schedule of schedules)
      expect(JSON.stringify(model.resolve(schedule['Target'] ?? null))).toContain(deadQueue)
  })

  it('the change stream', () => {
    const stream = Object.values(model.ofType('AWS::Lambda::EventSourceMapping')).find(
      each => each.Properties['StartingPosition'] !== undefined,
    )
    expect(JSON.stringify(model.resolve(stream?.Properties['DestinationConfig'] ?? null))).toContain(deadQueue)
  })
})

describe('schedules', () => {
  it('say which schedule and which planned time, never the execution id', () => {
    expect(() =>
      template.hasResourceProperties('AWS::Scheduler::Schedule', {
        Name: 'sparkgate-nightly',
        ScheduleExpression: 'cron(0 3 * * ? *)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: Match.objectLike({ Input: '{"schedule":"nightly","scheduledTime":"<aws.scheduler.scheduled-time>"}' }),
      }),
    ).not.toThrow()
  })

  it('sweep each minute', () => {
    expect(() =>
      template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 minute)' }),
    ).not.toThrow()
  })

  it('of a team lie in a group of its own', () => {
    expect(() =>
      template.hasResourceProperties('AWS::Scheduler::ScheduleGroup', { Name: 'sparkgate-team-payments' }),
    ).not.toThrow()
  })
})

describe('the API', () => {
  it('lets nobody in without credentials', () => {
    const kinds = Object.values(model.ofType('AWS::ApiGatewayV2::Route')).map(
      each => each.Properties['AuthorizationType'],
    )
    expect(new Set(kinds)).toEqual(new Set(['AWS_IAM', 'JWT']))
    expect(kinds.length).toBe(2 * Object.keys(ROUTES).length)
  })

  it('has one door for AWS credentials where no issuer of tokens is named', () => {
    expect(() => minimal.template.resourceCountIs('AWS::ApiGatewayV2::Api', 1)).not.toThrow()
    expect(() =>
      minimal.template.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'AWS_IAM' }),
    ).not.toThrow()
  })

  it('is throttled and writes an access log without headers, queries and tokens', () => {
    expect(() =>
      template.allResourcesProperties('AWS::ApiGatewayV2::Stage', {
        DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
        AccessLogSettings: {
          DestinationArn: Match.anyValue(),
          Format: Match.not(Match.stringLikeRegexp('header|query|token')),
        },
      }),
    ).not.toThrow()
  })
})

describe('what holds data', () => {
  const stateful = ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup', 'AWS::KMS::Key']

  it('stays when the stack goes', () => {
    const encrypted = synthesise(platform, { encryption: 'customer-managed' })
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of statefulOf(encrypted.resources))
      expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'Retain', 'Retain'])
  })

  it('goes when that is asked for', () => {
    const brief = synthesise(platform, { data: 'destroy' })
    for (const [id, { DeletionPolicy }] of statefulOf(brief.resources))
      expect([id, DeletionPolicy]).toEqual([id, 'Delete'])
  })

  it('has the same logical ids as ever: another id would be another table', () => {
    const ids = Object.keys(model.resources).filter(id => stateful.includes(model.resources[id]?.Type ?? ''))
    expect(ids.toSorted()).toEqual(STATEFUL_IDS)
  })

  const statefulOf = (resources: Readonly<Record<string, Resource>>) =>
    Object.entries(resources).filter(([, { Type }]) => stateful.includes(Type))
})

/** Change these only together with a plan for the data in them. */
const STATEFUL_IDS: readonly string[] = [
  'GatewayAccessLogs87AA0EC3',
  'GatewayApiAccessLogs2A4AECCB',
  'GatewayApiLogs3346C9E2',
  'GatewayArchive2BE92169',
  'GatewayInboxsparkgateinbox12021AA6',
  'GatewayNotifyLogs13A1B05B',
  'GatewayObjectCreatedLogs8E922F1A',
  'GatewayObserveClusterLogsAEF39547',
  'GatewayReconcileJobLogs36C21363',
  'GatewayScheduleFiredLogsF5C68AA4',
  'GatewaySweepJobsLogs8A2707A3',
  'GatewayTable3882D00B',
]

function propertiesOf(type: string, property: string, value: string): Resource['Properties'] {
  const found = Object.values(model.ofType(type)).find(({ Properties }) => Properties[property] === value)
  if (found === undefined) throw new Error(`no ${type} with ${property} ${value}`)
  return found.Properties
}
