/**
 * For clusters whose Kubernetes endpoint is private: the functions that call it run in your subnets, and reach DynamoDB,
 * SQS, EKS and the archive in S3 by endpoints there. The others stay outside: they call nothing private, and start faster.
 */
import { Stack } from 'aws-cdk-lib'
import {
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  Peer,
  Port,
  SecurityGroup,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Platform } from '../shared/domain/platform/platform.ts'

/** An existing VPC by its ids: nothing is looked up, so synthesis needs no account. */
export interface NetworkOptions {
  readonly vpcId: string
  /** CIDR of the VPC. */
  readonly cidr: string
  readonly availabilityZones: readonly string[]
  /** One a zone, in their order. */
  readonly privateSubnetIds: readonly string[]
  /** One a subnet, in their order: the gateway endpoint of DynamoDB is a route. */
  readonly privateRouteTableIds: readonly string[]
  /**
   * `create`: interface endpoints of SQS and EKS, of STS for clusters of other accounts and of CloudWatch Logs for shipped logs
   * (about $7 a month and zone, each); routes to DynamoDB and, for an archive, to S3 (free).
   */
  readonly endpoints: 'create' | 'existing'
}

export interface GatewayNetwork {
  readonly vpc: IVpc
  readonly subnets: SubnetSelection
  readonly securityGroup: ISecurityGroup
}

const HTTPS = Port.tcp(443)

/** Endpoints follow the platform file: STS for clusters of other accounts, S3 for an archive, CloudWatch Logs for shipped logs. */
export function addNetwork(scope: Construct, options: NetworkOptions, platform: Platform): GatewayNetwork {
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: options.vpcId,
    vpcCidrBlock: options.cidr,
    availabilityZones: [...options.availabilityZones],
    privateSubnetIds: [...options.privateSubnetIds],
    privateSubnetRouteTableIds: [...options.privateRouteTableIds],
  })
  const securityGroup = new SecurityGroup(scope, 'FunctionSecurityGroup', {
    vpc,
    description: 'Sparkgate functions that call Kubernetes: HTTPS out, nothing in',
    allowAllOutbound: false,
  })
  // The endpoint of DynamoDB is a route to public addresses, so the VPC's own range is not enough.
  securityGroup.addEgressRule(Peer.anyIpv4(), HTTPS, 'Kubernetes API, SQS, EKS, STS, DynamoDB, S3, CloudWatch Logs')
  const subnets = { subnets: [...vpc.privateSubnets] }
  const network = { vpc, subnets, securityGroup }
  if (options.endpoints === 'create') addEndpoints(scope, network, interfacesFor(platform))
  if (options.endpoints === 'create' && platform.archiveBucket !== undefined) addS3Endpoint(scope, network)
  return network
}

/** Services by the construct library's names, with what is asked of them. */
type Interfaces = Readonly<Record<string, readonly string[]>>
const INTERFACES: Interfaces = { SQS: ['sqs:SendMessage'], EKS: ['eks:DescribeCluster'] }
const FOR_OTHER_ACCOUNTS: Interfaces = { STS: ['sts:AssumeRole'] }
const FOR_SHIPPED_LOGS: Interfaces = { CLOUDWATCH_LOGS: ['logs:GetLogEvents', 'logs:DescribeLogStreams'] }

function interfacesFor({ clusters }: Platform): Interfaces {
  const all = Object.values(clusters)
  return {
    ...INTERFACES,
    ...(all.some(({ assume }) => assume !== undefined) && FOR_OTHER_ACCOUNTS),
    ...(all.some(({ podLogGroup }) => podLogGroup !== undefined) && FOR_SHIPPED_LOGS),
  }
}

/**
 * A route for everybody in these subnets, so it holds nobody back: nodes fetch the layers of their images through it. A VPC has one
 * at most a route table; where it has one already, `endpoints: existing` says so.
 */
function addS3Endpoint(scope: Construct, { vpc, subnets }: GatewayNetwork): void {
  new GatewayVpcEndpoint(scope, 'S3Endpoint', { vpc, service: GatewayVpcEndpointAwsService.S3, subnets: [subnets] })
}

/** Each endpoint lets through what these functions may do, and only for this account's identities. */
function addEndpoints(scope: Construct, { vpc, subnets, securityGroup }: GatewayNetwork, interfaces: Interfaces): void {
  const endpointGroup = new SecurityGroup(scope, 'EndpointSecurityGroup', {
    vpc,
    description: 'Sparkgate VPC endpoints: HTTPS from the functions',
    allowAllOutbound: false,
  })
  endpointGroup.addIngressRule(securityGroup, HTTPS, 'from the functions')
  const account = Stack.of(scope).account
  const only = (actions: string[]): PolicyStatement =>
    new PolicyStatement({
      principals: [new AnyPrincipal()],
      actions,
      resources: ['*'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': account } },
    })
  const dynamodb = new GatewayVpcEndpoint(scope, 'DynamoDbEndpoint', {
    vpc,
    service: GatewayVpcEndpointAwsService.DYNAMODB,
    subnets: [subnets],
  })
  dynamodb.addToPolicy(only(['dynamodb:*Item', 'dynamodb:*Items', 'dynamodb:Query']))
  for (const [name, actions] of Object.entries(interfaces)) {
    const endpoint = new InterfaceVpcEndpoint(scope, `${name}Endpoint`, {
      vpc,
      service: InterfaceVpcEndpointAwsService[name as 'SQS' | 'EKS' | 'STS' | 'CLOUDWATCH_LOGS'],
      subnets,
      securityGroups: [endpointGroup],
      open: false,
    })
    endpoint.addToPolicy(only([...actions]))
  }
}
