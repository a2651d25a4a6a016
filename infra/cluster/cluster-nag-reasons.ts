/**
 * Findings of cdk-nag (AwsSolutions) about SparkgateCluster that stay, each with its reason and its place. Wildcards in pods' roles
 * are acknowledged one by one, as they are rendered: another one in the same role is found.
 */
import { Stack, Validations } from 'aws-cdk-lib'
import type { CfnElement } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import type { PodRole } from './team-roles.ts'

/** To be called once the construct is whole, with its pods' roles. */
export function acknowledgeClusterFindings(cluster: IConstruct, podRoles: readonly PodRole[]): void {
  for (const { rule, at, reason } of ofTheLibrary(cluster)) {
    const place = cluster.node.tryFindChild(at)
    if (place !== undefined) acknowledge(place, rule, reason)
  }
  for (const { roleName, statements } of podRoles) {
    const patterns = statements.flatMap(({ Resource }) => Resource).filter(resource => resource.includes('*'))
    for (const pattern of new Set(patterns))
      acknowledge(cluster.node.findChild(`Role-${roleName}`), `IAM5[Resource::${pattern}]`, reasonFor(pattern))
  }
}

const acknowledge = (place: IConstruct, rule: string, reason: string): void =>
  Validations.of(place).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason })

interface Reason {
  readonly rule: string
  readonly at: string
  readonly reason: string
}

const managed = (name: string): string => `IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`
const BASIC = managed('service-role/AWSLambdaBasicExecutionRole')
const IN_VPC = managed('service-role/AWSLambdaVPCAccessExecutionRole')

/** About the function that runs kubectl and Helm while somebody deploys; none where it is not installed. */
function ofTheLibrary(cluster: IConstruct): readonly Reason[] {
  const provider = cluster.node.tryFindChild('Kubectl')
  const publicRegistry = cluster.node.tryFindChild('HasEcrPublic')
  if (provider === undefined || publicRegistry === undefined) return []
  const idOf = (construct: IConstruct | undefined): string => Stack.of(cluster).getLogicalId(construct as CfnElement)
  const handler = idOf(provider.node.findChild('Handler').node.defaultChild)
  const publicPolicy = [
    'arn:',
    { Ref: 'AWS::Partition' },
    ':iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly',
  ]
  const ifThere = [idOf(publicRegistry), { 'Fn::Join': ['', publicPolicy] }, { Ref: 'AWS::NoValue' }]
  const logs = 'It writes its log, and makes the group of it.'
  const network = 'For a private API server it stands in the VPC, with interfaces that Lambda makes.'
  const charts = 'Charts may come from ECR: the construct library lets its function read there.'
  return [
    { rule: BASIC, at: 'KubectlRole', reason: logs },
    { rule: IN_VPC, at: 'KubectlRole', reason: network },
    { rule: IN_VPC, at: 'Kubectl', reason: network },
    { rule: managed('AmazonEC2ContainerRegistryReadOnly'), at: 'KubectlRole', reason: charts },
    { rule: `IAM4[Policy::${JSON.stringify({ 'Fn::If': ifThere })}]`, at: 'KubectlRole', reason: charts },
    { rule: BASIC, at: 'Kubectl', reason: logs },
    { rule: `IAM5[Resource::<${handler}.Arn>:*]`, at: 'Kubectl', reason: 'It may call each version of one function.' },
    {
      rule: 'L1',
      at: 'Kubectl',
      reason: 'The runtime is the one that the construct library tests kubectl and Helm with.',
    },
  ]
}

function reasonFor(pattern: string): string {
  if (pattern === '*')
    return 'Cluster Autoscaler: seeing groups takes no resource; it changes those alone that carry the cluster’s tags.'
  if (pattern.includes(':logs:')) return 'Streams of one log group: each is named after the pod whose log it holds.'
  return 'Jobs name the objects that they read and write; what is opened is a prefix of the options or of the policy.'
}
