/**
 * A service that acts for anybody must say for whom: every statement that lets an AWS service in is bound to our account, and
 * where the caller is known to that caller. Every statement that lets everybody in only denies, or is bound to known principals.
 */
import { describe, expect, it } from 'vitest'
import { testPlatform } from '../support/embedded-stack.ts'
import { ACCOUNT_ID } from '../../local/local-platform.ts'
import { isLike, statementsOf } from './iam-evaluator.ts'
import type { Statement } from './iam-evaluator.ts'
import { synthesise } from './template-model.ts'
import type { Json, JsonMap, TemplateModel } from './template-model.ts'

const SCHEDULE = { team: 'payments', expression: 'rate(1 hour)', spec: 'x' }
const PAYMENTS_ROLE = 'arn:aws:iam::111122223333:role/payments-ci'
const model = synthesise(testPlatform({ archiveBucket: 'sparkgate-archive' }, { nightly: SCHEDULE }), {
  encryption: 'customer-managed',
  alarms: { mailTo: ['platform@example.com'] },
  auditArchive: { keepDays: 30 },
  jwt: { issuer: 'https://issuer.example.com/', audiences: ['sparkgate'] },
})

/** Where each type of resource keeps who may do what with it. */
const RESOURCE_POLICIES: Readonly<Record<string, string>> = {
  'AWS::SQS::QueuePolicy': 'PolicyDocument',
  'AWS::S3::BucketPolicy': 'PolicyDocument',
  'AWS::SNS::TopicPolicy': 'PolicyDocument',
  'AWS::KMS::Key': 'KeyPolicy',
  'AWS::IAM::Role': 'AssumeRolePolicyDocument',
  'AWS::Events::EventBusPolicy': 'Statement',
}

const policies = Object.entries(RESOURCE_POLICIES).flatMap(([type, property]) =>
  Object.entries(model.ofType(type)).flatMap(([id, { Properties }]) =>
    statementsIn(model, Properties[property] ?? {}).map(statement => ({ id, type, statement })),
  ),
)
const allowing = policies.filter(({ statement }) => statement.effect === 'Allow')

describe('a statement that lets a service in', () => {
  const services = allowing.filter(({ statement }) => serviceOf(statement) !== undefined)

  it('is bound to our account, but for the execution roles that Lambda assumes', () => {
    const unbound = services.filter(({ statement }) => !isBoundToAccount(statement))
    expect(new Set(unbound.map(({ type, statement }) => `${type} ${serviceOf(statement)}`))).toEqual(
      new Set(['AWS::IAM::Role lambda.amazonaws.com']),
    )
  })

  it('of S3 and of Scheduler names the bucket and the group as well', () => {
    const known = services.filter(({ statement }) => /^(s3|scheduler)\./.test(serviceOf(statement) ?? ''))
    expect(known.length).toBeGreaterThanOrEqual(4)
    for (const { id, statement } of known)
      expect([id, sourceArns(statement).every(arn => !arn.includes('*'))]).toEqual([id, true])
  })

  it('would refuse another account’s bucket of the same events', () => {
    const [intake] = services.filter(({ id }) => id.includes('IntakeQueue')).map(({ statement }) => statement)
    expect(intake?.conditions).toEqual({
      StringEquals: { 'aws:SourceAccount': ACCOUNT_ID },
      ArnEquals: { 'aws:SourceArn': ['arn:aws:s3:::sparkgate-inbox'] },
    })
  })
})

describe('the permission to invoke', () => {
  const permissions = Object.values(model.ofType('AWS::Lambda::Permission')).map(each => each.Properties)

  it('is given to API Gateway alone, for our two APIs and our account', () => {
    expect(permissions.length).toBe(2)
    for (const permission of permissions) {
      expect(permission['Principal']).toBe('apigateway.amazonaws.com')
      expect(model.resolve(permission['SourceAccount'] ?? null)).toBe(ACCOUNT_ID)
      expect(model.resolveText(permission['SourceArn'])).toMatch(
        /^arn:aws:execute-api:eu-central-1:111122223333:\w+Api\w+\/\*\/\*\/\*$/,
      )
    }
  })
})

describe('a statement that lets everybody in', () => {
  it('only denies', () => {
    const open = allowing.filter(({ statement }) => JSON.stringify(statement.principal).includes('"*"'))
    expect(open).toEqual([])
  })

  it('denies plain HTTP on every queue, bucket and topic', () => {
    for (const type of ['AWS::SQS::Queue', 'AWS::S3::Bucket', 'AWS::SNS::Topic']) {
      const guarded = policies.filter(
        ({ type: policy, statement }) =>
          policy === `${type}Policy` &&
          statement.effect === 'Deny' &&
          JSON.stringify(statement.conditions).includes('aws:SecureTransport'),
      )
      expect([type, guarded.length]).toEqual([type, Object.keys(model.ofType(type)).length])
    }
  })
})

describe('the inbox', () => {
  const inbox = policies.filter(({ id }) => id.includes('Inboxsparkgateinbox')).map(({ statement }) => statement)
  const denials = inbox.filter(({ effect, actions }) => effect === 'Deny' && actions.includes('s3:PutObject'))

  it('takes specs under a team’s prefix from its principals and from the gateway’s own reports alone', () => {
    const [denial] = denials.filter(({ resources }) => resources.some(each => each.endsWith('/payments/*')))
    const excepted = (denial?.conditions['ArnNotEquals'] as JsonMap | undefined)?.[
      'aws:PrincipalArn'
    ] as readonly string[]
    expect(excepted[0]).toBe(PAYMENTS_ROLE)
    expect(
      excepted.slice(1).map(arn =>
        arn
          .split('/')
          .at(-1)
          ?.replace(/[0-9A-F]{8}$/, ''),
      ),
    ).toEqual(['GatewayObjectCreatedRole', 'GatewayNotifyRole'])
  })

  it('says nothing about prefixes whose team has no principals: their writers are whom IAM lets in', () => {
    expect(denials.length).toBe(1)
  })

  it('lets a team write under no other prefix', () => {
    const writes = inbox.filter(({ effect, actions }) => effect === 'Allow' && actions.includes('s3:PutObject'))
    for (const { resources } of writes)
      expect(resources.some(each => isLike('arn:aws:s3:::sparkgate-inbox/risk/x.yaml', each))).toBe(false)
  })
})

it('the bus takes events from our account alone: it has no policy', () => {
  expect(Object.keys(model.ofType('AWS::Events::EventBusPolicy'))).toEqual([])
})

function statementsIn(from: TemplateModel, document: Json): Statement[] {
  const resolved = from.resolve(document) as JsonMap
  return statementsOf(resolved)
}

function serviceOf({ principal }: Statement): string | undefined {
  const service = typeof principal === 'object' && principal !== null ? (principal as JsonMap)['Service'] : undefined
  return typeof service === 'string' ? service : undefined
}

/** By aws:SourceAccount, or by an ARN of ours in the encryption context (CloudWatch Logs). */
function isBoundToAccount({ conditions }: Statement): boolean {
  const account = (conditions['StringEquals'] as JsonMap | undefined)?.['aws:SourceAccount']
  const context = (conditions['ArnLike'] as JsonMap | undefined)?.['kms:EncryptionContext:aws:logs:arn']
  return account === ACCOUNT_ID || (typeof context === 'string' && context.includes(`:${ACCOUNT_ID}:`))
}

function sourceArns({ conditions }: Statement): string[] {
  const arns = Object.values(conditions).map(each => (each as JsonMap)['aws:SourceArn'])
  const found = arns
    .flat()
    .filter(arn => arn !== undefined)
    .map(String)
  if (found.length === 0) throw new Error(`no aws:SourceArn in ${JSON.stringify(conditions)}`)
  return found
}
