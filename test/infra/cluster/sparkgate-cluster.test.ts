/** The CDK construct, synthesised offline: access entries, roles of pods, and the same manifests in order. */
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { beforeAll, describe, expect, it } from 'vitest'
import { SparkgateCluster } from '../../../infra/cluster/sparkgate-cluster.ts'
import type { SparkgateClusterProps } from '../../../infra/cluster/sparkgate-cluster.ts'
import { fieldOf, FULL_OPTIONS, renderSample, samplePlatform } from './sample-cluster.ts'

const RECONCILE = 'arn:aws:iam::111122223333:role/sparkgate-reconcile-job'
const OBSERVE = 'arn:aws:iam::111122223333:role/sparkgate-observe-cluster'
const API = 'arn:aws:iam::111122223333:role/sparkgate-api'
const GATEWAY_ROLES = { reconcile: [RECONCILE], observe: [OBSERVE], api: [API] }
const OIDC = 'oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF'

function synthesise(change: Partial<SparkgateClusterProps> = {}): Template {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } })
  const stack = new Stack(app, 'Cluster', { env: { account: '111122223333', region: 'eu-central-1' } })
  const cluster = new SparkgateCluster(stack, 'Sparkgate', {
    platform: samplePlatform(),
    clusterName: 'main',
    options: FULL_OPTIONS,
    gatewayRoleArns: GATEWAY_ROLES,
    oidcIssuer: OIDC,
    ...change,
  })
  return Template.fromStack(Stack.of(cluster))
}

type Resources = Readonly<
  Record<string, { DependsOn?: string[]; DeletionPolicy?: string; Properties: Readonly<Record<string, unknown>> }>
>
interface TrustStatement {
  readonly Action: string | readonly string[]
  readonly Principal: unknown
  readonly Condition: unknown
}

/** Who may take the role of this name. */
function trustOf(template: Template, roleName: string): readonly TrustStatement[] {
  const [role] = Object.values(
    template.findResources('AWS::IAM::Role', { Properties: { RoleName: roleName } }) as Resources,
  )
  return fieldOf(role, 'Properties.AssumeRolePolicyDocument.Statement') as readonly TrustStatement[]
}

const MANIFEST = 'Custom::AWSCDK-EKS-KubernetesResource'
const CHART = 'Custom::AWSCDK-EKS-HelmChart'

describe('SparkgateCluster', () => {
  let template: Template
  beforeAll(() => {
    template = synthesise()
  })
  it('admits each identity of the gateway with a group of its own and no policy of EKS', () => {
    const entries = Object.values(template.findResources('AWS::EKS::AccessEntry') as Resources)
    const ofGateway = entries.filter(({ Properties }) => Properties['AccessPolicies'] === undefined)
    expect(ofGateway.map(({ Properties }) => Properties)).toEqual(
      [
        [RECONCILE, 'sparkgate:reconcile'],
        [OBSERVE, 'sparkgate:observe'],
        [API, 'sparkgate:api'],
      ].map(([arn, group]) => ({
        ClusterName: 'analytics-main',
        PrincipalArn: arn,
        Type: 'STANDARD',
        KubernetesGroups: [group],
      })),
    )
    expect(entries).toHaveLength(4)
  })
  it('gives the role of a team to its service account on this cluster alone', () => {
    expect(trustOf(template, 'sparkgate-main-risk')).toMatchObject([
      {
        Action: 'sts:AssumeRoleWithWebIdentity',
        Effect: 'Allow',
        Condition: {
          StringEquals: {
            [`${OIDC}:sub`]: 'system:serviceaccount:team-risk:risk-jobs',
            [`${OIDC}:aud`]: 'sts.amazonaws.com',
          },
        },
      },
    ])
  })
  it('applies every manifest and chart that is rendered', () => {
    const rendered = renderSample()
    expect(Object.keys(template.findResources(MANIFEST))).toHaveLength(Object.keys(rendered.manifests).length)
    const charts = Object.values(template.findResources(CHART) as Resources)
    expect(
      charts.map(({ Properties }) => `${String(Properties['Release'])} ${String(Properties['Version'])}`).toSorted(),
    ).toEqual(rendered.charts.map(({ name, version }) => `${name} ${version}`).toSorted())
  })
  it('leaves what was rendered as it was: no label of CDK in it', () => {
    expect(JSON.stringify(renderSample())).not.toContain('aws.cdk')
  })
  it('makes namespaces before the operator, and nodes after their chart', () => {
    const resources = { ...template.findResources(MANIFEST), ...template.findResources(CHART) } as Resources
    const named = (part: string): string => Object.keys(resources).find(id => id.includes(part)) ?? 'none'
    /** Whether one waits for the other, through any number of steps. */
    const waitsFor = (one: string, other: string, depth = 0): boolean =>
      depth < 50 && (resources[one]?.DependsOn ?? []).some(id => id === other || waitsFor(id, other, depth + 1))
    expect(waitsFor(named('Chartsparkoperator'), named('Manifest00namespaces'))).toBe(true)
    expect(waitsFor(named('Manifest50nodes'), named('Chartkarpenter'))).toBe(true)
    expect(waitsFor(named('Manifest00namespaces'), named('Chartsparkoperator'))).toBe(false)
  })
  it('leaves namespaces, and with them the jobs of teams, when the stack is destroyed', () => {
    const kept = Object.entries(template.findResources(MANIFEST) as Resources).filter(
      ([, { DeletionPolicy }]) => DeletionPolicy === 'Retain',
    )
    expect(kept.map(([id]) => id)).toEqual([expect.stringContaining('00namespaces')])
  })
})

describe('variants of SparkgateCluster', () => {
  it('Pod Identity: associations, and a trust that asks for cluster, namespace and service account', () => {
    const template = synthesise({ options: { identity: 'pod-identity' }, install: 'access' })
    expect(Object.keys(template.findResources('AWS::EKS::PodIdentityAssociation'))).toHaveLength(3)
    const conditions = trustOf(template, 'sparkgate-main-lab').map(({ Principal, Condition }) => ({
      Principal,
      Condition,
    }))
    for (const condition of conditions)
      expect(condition).toMatchObject({
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Condition: {
          StringEquals: {
            'aws:SourceAccount': '111122223333',
            'aws:RequestTag/kubernetes-namespace': 'team-lab',
            'aws:RequestTag/kubernetes-service-account': 'spark',
          },
          ArnEquals: { 'aws:SourceArn': expect.anything() as unknown },
        },
      })
    expect(JSON.stringify(trustOf(template, 'sparkgate-main-lab'))).toContain('sts:TagSession')
  })
  it('access alone: nothing that needs kubectl', () => {
    const template = synthesise({ install: 'access' })
    const count = (type: string): number => Object.keys(template.findResources(type)).length
    expect([count(MANIFEST), count(CHART), count('AWS::Lambda::Function'), count('AWS::EKS::AccessEntry')]).toEqual([
      0, 0, 0, 3,
    ])
  })
  it('a cluster of another account has roles for the gateway to assume, each for one function with the external id', () => {
    const role = (name: string): string => `arn:aws:iam::111122223333:role/gateways/${name}`
    const assume = { reconcile: role('r'), observe: role('o'), api: role('a'), externalId: 'gateway-7' }
    const { main, ...others } = samplePlatform().clusters
    const platform = samplePlatform({ clusters: { ...others, main: { ...main, assume } } })
    const elsewhere = (name: string): string[] => [`arn:aws:iam::999900001111:role/${name}`]
    const gatewayRoleArns = { reconcile: elsewhere('rj'), observe: elsewhere('oc'), api: elsewhere('api') }
    const template = synthesise({ install: 'access', platform, gatewayRoleArns })
    expect(trustOf(template, 'o')).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::999900001111:role/oc' },
        Condition: { StringEquals: { 'sts:ExternalId': 'gateway-7' } },
      },
    ])
    const entries = Object.values(template.findResources('AWS::EKS::AccessEntry') as Resources)
    expect(JSON.stringify(entries.map(({ Properties }) => Properties['PrincipalArn']))).not.toContain('999900001111')
    expect(entries).toHaveLength(3)
    const wrong = { ...assume, api: 'arn:aws:iam::222222222222:role/a' }
    const misplaced = samplePlatform({ clusters: { ...others, main: { ...main, assume: wrong } } })
    expect(() => synthesise({ install: 'access', platform: misplaced })).toThrow('is not in account 111122223333')
  })
  it('in another account, the role of the API alone reads what the cluster ships', () => {
    const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`
    const assume = { reconcile: role('r'), observe: role('o'), api: role('a') }
    const { main, ...others } = samplePlatform().clusters
    const platform = samplePlatform({ clusters: { ...others, main: { ...main, assume, podLogGroup: '/pods' } } })
    const template = synthesise({ install: 'access', platform })
    const policies = Object.entries(template.findResources('AWS::IAM::Policy') as Resources)
    const reading = policies.filter(([, { Properties }]) => JSON.stringify(Properties).includes('logs:GetLogEvents'))
    expect(reading.map(([id]) => id)).toEqual([expect.stringContaining('Assumedapi')])
    expect(JSON.stringify(reading)).toContain(':logs:eu-central-1:111122223333:log-group:/pods:log-stream:*')
  })
  it('IRSA without the issuer of the cluster is refused', () => {
    const { oidcIssuer: _issuer, ...rest } = { oidcIssuer: OIDC }
    const app = new Stack(new App(), 'S', { env: { account: '111122223333', region: 'eu-central-1' } })
    expect(
      () =>
        new SparkgateCluster(app, 'C', {
          platform: samplePlatform(),
          clusterName: 'main',
          gatewayRoleArns: GATEWAY_ROLES,
          ...rest,
        }),
    ).toThrow('oidcIssuer')
  })
})
