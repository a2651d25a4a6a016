/**
 * The cluster side as a CDK app of its own, checked by cdk-nag: `npx cdk deploy -c platform=platform.yaml -c cluster=cluster.yaml`.
 * Apart from the gateway's stack, because a cluster may be in another account, and one gateway may have several.
 */
import { readFileSync } from 'node:fs'
import { App, Stack, Validations } from 'aws-cdk-lib'
import type { AppProps } from 'aws-cdk-lib'
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import { AwsSolutionsChecks } from 'cdk-nag'
import { parse } from 'yaml'
import * as z from 'zod/mini'
import { GATEWAY_IDENTITIES } from '../../shared/domain/platform/cluster-grants.ts'
import type { GatewayIdentity } from '../../shared/domain/platform/cluster-grants.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { SYNTHESIS_CONTEXT } from '../synthesis-context.ts'
import { parseClusterOptions } from './cluster-options.ts'
import { SparkgateCluster } from './sparkgate-cluster.ts'
import type { SparkgateClusterProps } from './sparkgate-cluster.ts'

z.config(z.locales.en())

const text = z.string().check(z.minLength(1))
const texts = z.array(text).check(z.minLength(1))
const roles = z.array(z.string().check(z.startsWith('arn:'))).check(z.minLength(1))

const schema = z.strictObject({
  /** Name of the cluster in the platform file. */
  cluster: text,
  account: z.string().check(z.regex(/^\d{12}$/, 'must be twelve digits, in quotes')),
  region: text,
  stackName: z.optional(text),
  gatewayRoleArns: z.strictObject(
    Object.fromEntries(GATEWAY_IDENTITIES.map(identity => [identity, roles])) as Record<GatewayIdentity, typeof roles>,
  ),
  oidcIssuer: z.optional(text),
  install: z.optional(z.enum(['everything', 'access'])),
  /** For a cluster whose API is private: where the function that runs kubectl stands. */
  kubectlNetwork: z.optional(
    z.strictObject({ vpcId: text, availabilityZones: texts, privateSubnetIds: texts, securityGroupId: text }),
  ),
  /** As in the options file of `write-manifests.ts`. */
  options: z.optional(z.record(text, z.unknown())),
})

/** Where one cluster is deployed, and the props of its construct. */
export interface ClusterDeployment extends Omit<SparkgateClusterProps, 'platform' | 'kubectlNetwork'> {
  readonly account: string
  readonly region: string
  readonly stackName: string
  readonly kubectlNetwork?: z.output<typeof schema>['kubectlNetwork']
}

/** Reads what is deployed on one cluster. Throws with every problem and its path. */
export function readClusterDeployment(file: string): ClusterDeployment {
  const result = schema.safeParse(parse(readFileSync(file, 'utf8')))
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `  ${path.join('.') || '$'}: ${message}`)
    throw new Error(`${file} has ${problems.length} problem(s):\n${problems.join('\n')}`)
  }
  const { cluster, stackName, options, oidcIssuer, install, kubectlNetwork, ...rest } = result.data
  return {
    ...rest,
    clusterName: cluster,
    stackName: stackName ?? `SparkgateCluster-${cluster}`,
    options: parseClusterOptions(options),
    ...(oidcIssuer !== undefined && { oidcIssuer }),
    ...(install !== undefined && { install }),
    ...(kubectlNetwork !== undefined && { kubectlNetwork }),
  }
}

/** One stack for one cluster of the platform file. */
export function createClusterApp(deployment: ClusterDeployment, platform: Platform, appProps: AppProps = {}): App {
  const { account, region, stackName, kubectlNetwork, ...props } = deployment
  const app = new App({ ...appProps, context: SYNTHESIS_CONTEXT })
  const stack = new Stack(app, stackName, {
    description: `Sparkgate: what the cluster ${props.clusterName} needs`,
    env: { account, region },
  })
  new SparkgateCluster(stack, 'Cluster', {
    ...props,
    platform,
    ...(kubectlNetwork !== undefined && { kubectlNetwork: networkFrom(stack, kubectlNetwork) }),
  })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return app
}

/** By its ids: nothing is looked up, so synthesis needs no account. */
function networkFrom(stack: Stack, ids: NonNullable<ClusterDeployment['kubectlNetwork']>) {
  const { vpcId, availabilityZones, privateSubnetIds, securityGroupId } = ids
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId, availabilityZones, privateSubnetIds })
  const securityGroup = SecurityGroup.fromSecurityGroupId(stack, 'KubectlSecurityGroup', securityGroupId)
  return { vpc, subnets: vpc.privateSubnets, securityGroup }
}
