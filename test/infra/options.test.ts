/** What can be asked for besides the defaults. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { AUDIT_PATTERN, AUDITED } from '../../infra/audit-archive.ts'
import { parseDeployment, readDeployment } from '../../infra/deployment.ts'
import { CLUSTER_CALLERS, FUNCTION_NAMES } from '../../shared/runtime/function-table.ts'
import type { FunctionName } from '../../shared/runtime/function-table.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { testPlatform } from '../support/embedded-stack.ts'
import { grantsOf, statementsOfFunction, statementsOfRole } from './roles.ts'
import { synthesise } from './template-model.ts'

const root = join(import.meta.dirname, '..', '..')
const platform = testPlatform()
const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  cidr: '10.0.0.0/16',
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  privateRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
  endpoints: 'create',
} as const

const role = (name: string): string => `arn:aws:iam::444455556666:role/${name}`

describe('clusters of other accounts', () => {
  const { local } = platform.clusters
  if (local === undefined) throw new Error('the platform has changed')
  const clusters = {
    local,
    far: { ...local, eksName: 'far', assume: { reconcile: role('r'), observe: role('o'), api: role('a') } },
    known: { ...local, eksName: 'known', endpoint: { server: 'https://k.example', certificateAuthorityData: 'QUJD' } },
  }
  const model = synthesise({ ...platform, clusters })
  const granted = (name: FunctionName): string[] =>
    statementsOfFunction(model, name)
      .filter(({ actions }) => actions.some(action => /^(eks|sts):/.test(action)))
      .flatMap(({ actions, resources }) => actions.flatMap(action => resources.map(each => `${action} ${each}`)))

  it('are reached as one role each, and only by the functions that call clusters', () => {
    expect(
      Object.fromEntries(FUNCTION_NAMES.map(name => [name, granted(name).filter(each => each.startsWith('sts'))])),
    ).toEqual({
      api: [`sts:AssumeRole ${role('a')}`],
      'observe-cluster': [`sts:AssumeRole ${role('o')}`],
      'reconcile-job': [`sts:AssumeRole ${role('r')}`],
      ...Object.fromEntries(['object-created', 'schedule-fired', 'sweep-jobs', 'notify'].map(name => [name, []])),
    })
  })

  it('are described by those roles; here only the cluster of this account is, and not one whose endpoint is known', () => {
    for (const name of CLUSTER_CALLERS)
      expect(granted(name).filter(each => each.startsWith('eks'))).toEqual([
        'eks:DescribeCluster arn:aws:eks:eu-central-1:111122223333:cluster/sparkgate-local',
      ])
  })
})

describe('logs that clusters ship', () => {
  const { local } = platform.clusters
  if (local === undefined) throw new Error('the platform has changed')
  const assume = { reconcile: role('r'), observe: role('o'), api: role('a') }
  const model = synthesise({
    ...platform,
    clusters: {
      local,
      batch: { ...local, eksName: 'batch', podLogGroup: '/sparkgate/batch/pods' },
      far: { ...local, eksName: 'far', podLogGroup: '/sparkgate/far/pods', assume },
    },
  })
  const read = (name: FunctionName): string[] =>
    grantsOf(model, name)
      .filter(({ action }) => action === 'logs:GetLogEvents' || action.startsWith('logs:Describe'))
      .map(({ action, resource }) => `${action} ${resource}`)

  it('are read by api alone, of the groups that the platform file names, but not in other accounts', () => {
    const group = 'arn:aws:logs:eu-central-1:111122223333:log-group:/sparkgate/batch/pods'
    expect(Object.fromEntries(FUNCTION_NAMES.map(name => [name, read(name)]))).toEqual({
      ...Object.fromEntries(FUNCTION_NAMES.map(name => [name, []])),
      api: [`logs:GetLogEvents ${group}:log-stream:*`, `logs:DescribeLogStreams ${group}:*`],
    })
  })
})

describe('a private network', () => {
  const model = synthesise(platform, { network: NETWORK })

  it('holds the functions that call Kubernetes, and no other', () => {
    const inside = Object.values(model.ofType('AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties['VpcConfig'] !== undefined)
      .map(({ Properties }) => Properties['FunctionName'])
    expect(inside.map(String).toSorted()).toEqual([
      'sparkgate-api',
      'sparkgate-observe-cluster',
      'sparkgate-reconcile-job',
    ])
  })

  it('has endpoints for what those call: DynamoDB, SQS, EKS, and S3 where an archive is', () => {
    const services = Object.values(model.ofType('AWS::EC2::VPCEndpoint')).map(({ Properties }) =>
      model.resolveText(Properties['ServiceName']).split('.').at(-1),
    )
    expect(services.map(String).toSorted()).toEqual(['dynamodb', 'eks', 's3', 'sqs'])
  })

  it('has one for STS too, where a cluster is of another account', () => {
    const { local } = platform.clusters
    if (local === undefined) throw new Error('the platform has changed')
    const roles = { reconcile: role('r'), observe: role('o'), api: role('a') }
    const far = { ...platform, clusters: { local, far: { ...local, eksName: 'far', assume: roles } } }
    const services = Object.values(synthesise(far, { network: NETWORK }).ofType('AWS::EC2::VPCEndpoint'))
    expect(services.map(({ Properties }) => model.resolveText(Properties['ServiceName']))).toContainEqual(
      expect.stringContaining('.sts'),
    )
  })

  it('has one for CloudWatch Logs where a cluster ships there, and none for S3 without an archive', () => {
    const { local } = platform.clusters
    const { archiveBucket: _archive, ...rest } = platform
    const shipping = { ...rest, clusters: { local: { ...local, podLogGroup: '/pods' } } } as Platform
    const services = Object.values(synthesise(shipping, { network: NETWORK }).ofType('AWS::EC2::VPCEndpoint')).map(
      ({ Properties }) => model.resolveText(Properties['ServiceName']).split('.').at(-1),
    )
    expect(services.map(String).toSorted()).toEqual(['dynamodb', 'eks', 'logs', 'sqs'])
  })

  it('lets nothing in but HTTPS to the endpoints', () => {
    const ingress = Object.values(model.ofType('AWS::EC2::SecurityGroupIngress')).map(each => each.Properties)
    expect(ingress.map(each => [each['FromPort'], each['ToPort']])).toEqual([[443, 443]])
    for (const { Properties } of Object.values(model.ofType('AWS::EC2::SecurityGroup')))
      expect(Properties['SecurityGroupIngress']).toBeUndefined()
  })
})

describe('a customer managed key', () => {
  const { template } = synthesise(platform, { encryption: 'customer-managed', alarms: { mailTo: ['a@example.com'] } })

  it('encrypts queues, table, buckets, logs and the alarms’ topic', () => {
    expect(() => template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() })).not.toThrow()
    expect(() => template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() })).not.toThrow()
    expect(() => template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() })).not.toThrow()
    expect(() =>
      template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
        Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: Match.anyValue() } })],
      }),
    ).not.toThrow()
    expect(() => template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true })).not.toThrow()
  })
})

describe('an audit archive', () => {
  const model = synthesise(platform, { auditArchive: { keepDays: 400 } })

  it('takes the audit lines of every way in, and only those, into a bucket that is locked', () => {
    const filters = Object.values(model.ofType('AWS::Logs::SubscriptionFilter')).map(({ Properties }) => Properties)
    expect(filters.map(each => each['FilterPattern'])).toEqual(AUDITED.map(() => AUDIT_PATTERN))
    expect(AUDITED.length).toBe(3)
    const audited = /deps\.log\.info\('audit'|log\.info\('audit'/
    const sources = FUNCTION_NAMES.filter(name =>
      readdirSync(join(root, 'functions', name)).some(
        file => file.endsWith('.ts') && audited.test(readFileSync(join(root, 'functions', name, file), 'utf8')),
      ),
    )
    expect(sources.toSorted()).toEqual([...AUDITED].toSorted())
    expect(() =>
      model.template.hasResourceProperties('AWS::S3::Bucket', {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: Match.objectLike({ Rule: { DefaultRetention: { Days: 400, Mode: 'GOVERNANCE' } } }),
      }),
    ).not.toThrow()
  })

  it('is written by Firehose for this account alone, below one prefix', () => {
    const [writer] = Object.keys(model.ofType('AWS::IAM::Role')).filter(id => id.includes('AuditWriter'))
    const statements = statementsOfRole(model, writer ?? '')
    expect(statements.flatMap(({ actions }) => actions)).toEqual([
      's3:PutObject',
      's3:AbortMultipartUpload',
      's3:GetBucketLocation',
    ])
    expect(statements[0]?.resources).toEqual([expect.stringMatching(/\/audit\/\*$/)])
  })

  it('is not there unless it is asked for', () => {
    expect(() => synthesise(platform).template.resourceCountIs('AWS::KinesisFirehose::DeliveryStream', 0)).not.toThrow()
  })
})

describe('a canary rollout', () => {
  const model = synthesise(platform, { rollout: 'canary' })

  it('has callers come by aliases, which CodeDeploy shifts and an alarm takes back', () => {
    expect(() => model.template.resourceCountIs('AWS::Lambda::Alias', FUNCTION_NAMES.length)).not.toThrow()
    expect(() =>
      model.template.allResourcesProperties('AWS::CodeDeploy::DeploymentGroup', {
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AlarmConfiguration: Match.objectLike({ Enabled: true }),
      }),
    ).not.toThrow()
    const targets = Object.values(model.ofType('AWS::Lambda::EventSourceMapping')).map(({ Properties }) =>
      JSON.stringify(Properties['FunctionName']),
    )
    for (const target of targets) expect(target).toContain('Alias')
  })
})

describe('other options', () => {
  it('bound every role by the permissions boundary', () => {
    const boundary = 'arn:aws:iam::111122223333:policy/boundary'
    const { template } = synthesise(platform, { permissionsBoundary: boundary, rollout: 'canary' })
    expect(() => template.allResourcesProperties('AWS::IAM::Role', { PermissionsBoundary: boundary })).not.toThrow()
  })

  it('tag what costs money', () => {
    const { template } = synthesise(platform, { tags: { owner: 'data' } })
    for (const type of ['AWS::Lambda::Function', 'AWS::SQS::Queue', 'AWS::S3::Bucket'])
      expect(() =>
        template.allResourcesProperties(type, {
          Tags: Match.arrayWith([
            { Key: 'owner', Value: 'data' },
            { Key: 'sparkgate-gateway', Value: 'sparkgate' },
          ]),
        }),
      ).not.toThrow()
  })

  it('put a restored table in the place of the first, which stays', () => {
    const streamArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/restored/stream/2026-11-21T00:00:00.000'
    const model = synthesise(platform, { restoredTable: { tableName: 'restored', streamArn } })
    expect(() => model.template.resourceCountIs('AWS::DynamoDB::GlobalTable', 0)).not.toThrow()
    const resources = statementsOfFunction(model, 'reconcile-job').flatMap(statement => statement.resources)
    expect(resources).toContain('arn:aws:dynamodb:eu-central-1:111122223333:table/restored')
  })

  it('watch as many clusters at once as there are', () => {
    const { local } = platform.clusters
    if (local === undefined) throw new Error('the platform has changed')
    const clusters = Object.fromEntries(['a', 'b', 'c'].map(name => [name, { ...local, eksName: name }]))
    const { template } = synthesise({ ...platform, clusters })
    expect(() =>
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 3 } }),
    ).not.toThrow()
  })

  it('let the functions describe the clusters of the platform file and no other', () => {
    const model = synthesise(platform)
    for (const name of FUNCTION_NAMES) {
      const eks = statementsOfFunction(model, name).filter(({ actions }) =>
        actions.some(each => each.startsWith('eks:')),
      )
      const isCaller = CLUSTER_CALLERS.includes(name)
      expect(eks.flatMap(({ resources }) => resources)).toEqual(
        isCaller ? ['arn:aws:eks:eu-central-1:111122223333:cluster/sparkgate-local'] : [],
      )
    }
  })

  it('refuse a schedule whose name Scheduler does not take', () => {
    const name = `n${'0'.repeat(60)}`
    const schedule = { team: 'payments', expression: 'rate(1 hour)', spec: 'x' }
    expect(() => synthesise(testPlatform({}, { [name]: schedule }))).toThrow(/64 characters/)
  })

  it('refuse a budget that nobody hears of, and a private API that nobody guards', () => {
    expect(() => synthesise(platform, { budget: { dollarsAMonth: 10 } })).toThrow(/somebody to tell/)
    expect(() => synthesise(platform, { privateApi: {} })).toThrow(/web ACL/)
    expect(() => synthesise(platform, { gatewayName: 'No Spaces' })).toThrow(/gatewayName/)
  })
})

describe('the private API', () => {
  it('answers only calls through the named endpoints, signed with AWS credentials', () => {
    const { template } = synthesise(platform, { privateApi: { vpcEndpointIds: ['vpce-1'] } })
    expect(() =>
      template.hasResourceProperties('AWS::ApiGateway::RestApi', {
        EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-1'] },
        Policy: Match.objectLike({
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { StringNotEquals: { 'aws:SourceVpce': ['vpce-1'] } } }),
          ]),
        }),
      }),
    ).not.toThrow()
    expect(() =>
      template.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' }),
    ).not.toThrow()
  })
})

describe('alarms', () => {
  const { template } = synthesise(platform, { alarms: { mailTo: ['a@example.com'] } })
  const alarms = Object.values(
    template.findResources('AWS::CloudWatch::Alarm') as Record<string, { Properties: Record<string, unknown> }>,
  ).map(({ Properties }) => Properties)
  const named = new Set(
    alarms.map(each => /docs\/runbooks\/([a-z-]+)\.md/.exec(String(each['AlarmDescription']))?.[1] ?? 'none'),
  )

  it('each have a runbook, and each runbook but the budget’s an alarm', () => {
    const pages = readdirSync(join(root, 'docs', 'runbooks')).map(file => file.replace(/\.md$/, ''))
    expect([...named].toSorted()).toEqual(pages.filter(page => page !== 'budget').toSorted())
  })

  it('tell the topic when they ring and when it is over', () => {
    for (const alarm of alarms) expect([alarm['AlarmActions'], alarm['OKActions']].flat().length).toBe(2)
  })

  it('have runbooks that say what it means, where to look and what to do', () => {
    for (const name of [...named, 'budget']) {
      const page = readFileSync(join(root, 'docs', 'runbooks', `${name}.md`), 'utf8')
      expect(page.match(/^## .+/gm)).toEqual(['## What it means', '## Look', '## Do'])
    }
  })
})

describe('the deployment file', () => {
  it('may be left out', () => {
    expect(readDeployment(undefined)).toEqual({ stackName: 'Sparkgate', props: {} })
  })

  it('is refused with every problem and its path', () => {
    expect(() => parseDeployment({ account: 111, jwt: { issuer: 'http://x', audiences: [] }, nonsense: true })).toThrow(
      /account[\s\S]*jwt\.issuer[\s\S]*jwt\.audiences[\s\S]*nonsense/,
    )
  })
})
