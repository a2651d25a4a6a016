/** IAM policies of pods: a team reaches its own prefixes in S3 and nothing else. */
import { describe, expect, it } from 'vitest'
import { renderSample, samplePlatform } from './sample-cluster.ts'
import type { PolicyStatement } from '../../../infra/cluster/team-roles.ts'

const rolesOf = (rendered = renderSample()) => Object.fromEntries(rendered.podRoles.map(role => [role.roleName, role]))
const wildcard = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*')}$`,
  ).test(text)

/** Whether IAM would allow the action on the ARN, for a request with this `s3:prefix`. */
function allows(statements: readonly PolicyStatement[], action: string, arn: string, prefix = ''): boolean {
  return statements.some(
    ({ Action, Resource, Condition }) =>
      Action.includes(action) &&
      Resource.some(resource => wildcard(resource, arn)) &&
      (Condition?.['StringLike']?.['s3:prefix'] ?? ['*']).some(pattern => wildcard(pattern, prefix)),
  )
}

describe('the role of a team', () => {
  const { statements = [] } = rolesOf()['sparkgate-main-payments'] ?? {}
  it.each([
    ['s3:GetObject', 'acme-artifacts/payments/etl.py', true],
    ['s3:GetObject', 'acme-raw/payments/2026/a.parquet', true],
    ['s3:PutObject', 'acme-curated/payments/out/part-0', true],
    ['s3:GetObject', 'acme-curated/payments/out/part-0', true],
    ['s3:PutObject', 'acme-logs/spark-events/eventlog_v2_spark-1/events_1', true],
    ['s3:PutObject', 'acme-checkpoints/streams/q/offsets/1', true],
    ['s3:PutObject', 'acme-artifacts/payments/etl.py', false],
    ['s3:PutObject', 'acme-raw/payments/x', false],
    ['s3:GetObject', 'acme-raw/payments-secret/x', false],
    ['s3:GetObject', 'acme-raw/risk/x', false],
    ['s3:GetObject', 'acme-curated/risk/x', false],
    ['s3:DeleteObjectVersion', 'acme-curated/payments/out/part-0', false],
  ])('%s %s: %s', (action, key, expected) => {
    expect(allows(statements, action, `arn:aws:s3:::${key}`)).toBe(expected)
  })
  it('lists its prefixes of a bucket, with and without the slash, and not the bucket', () => {
    const list = (prefix: string) => allows(statements, 's3:ListBucket', 'arn:aws:s3:::acme-curated', prefix)
    expect([list('payments/'), list('payments'), list('payments/out/')]).toEqual([true, true, true])
    expect([list(''), list('risk/'), list('payments-secret/')]).toEqual([false, false, false])
  })
  it('names no wildcard action, and no resource that is not of S3', () => {
    for (const { Action, Resource } of statements) {
      expect(Action.filter(action => action.includes('*'))).toEqual([])
      expect(Resource.filter(arn => !/^arn:aws:s3:::[a-z0-9.-]+/.test(arn))).toEqual([])
    }
  })
  it('has no right in S3 where neither policy nor options name a place', () => {
    const platform = samplePlatform({ profileSettings: {} })
    const { podRoles } = renderSample({ historyServer: undefined }, platform)
    expect(podRoles.find(role => role.roleName === 'sparkgate-main-risk')?.statements).toEqual([])
  })
})

describe('the roles of the platform', () => {
  it('the history server reads event logs and writes none', () => {
    const { statements = [] } = rolesOf()['sparkgate-main-history-server'] ?? {}
    expect(allows(statements, 's3:GetObject', 'arn:aws:s3:::acme-logs/spark-events/x')).toBe(true)
    expect(statements.flatMap(({ Action }) => Action)).toEqual(['s3:ListBucket', 's3:GetObject'])
  })
  it('the forwarder sends to the one queue', () => {
    expect(rolesOf()['sparkgate-main-forwarder']?.statements).toEqual([
      {
        Sid: 'SendChanges',
        Effect: 'Allow',
        Action: ['sqs:SendMessage'],
        Resource: ['arn:aws:sqs:eu-central-1:111122223333:sparkgate-reconcile'],
      },
    ])
  })
  it('Cluster Autoscaler changes the groups of its cluster alone, as the account that its chart makes', () => {
    const rendered = renderSample({ nodes: 'cluster-autoscaler' })
    const role = rolesOf(rendered)['sparkgate-main-cluster-autoscaler']
    const [seeing, scaling] = role?.statements ?? []
    expect(seeing?.Action.filter(action => !/:(Describe|Get)/.test(action))).toEqual([])
    expect(scaling?.Condition).toEqual({
      StringEquals: {
        'aws:ResourceTag/k8s.io/cluster-autoscaler/enabled': ['true'],
        'aws:ResourceTag/k8s.io/cluster-autoscaler/analytics-main': ['owned'],
      },
    })
    expect(rendered.charts.find(({ name }) => name === 'cluster-autoscaler')?.values).toMatchObject({
      rbac: {
        serviceAccount: {
          name: role?.serviceAccount,
          annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::111122223333:role/${role?.roleName}` },
        },
      },
    })
  })
  it('every service account with a role is rendered, or its chart makes it', () => {
    const made = ['sparkgate-main-fluent-bit']
    const accounts = Object.values(renderSample().manifests)
      .flat()
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    const wanted = renderSample()
      .podRoles.filter(({ roleName }) => !made.includes(roleName))
      .map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`)
    expect(accounts).toEqual(expect.arrayContaining(wanted))
  })
})
