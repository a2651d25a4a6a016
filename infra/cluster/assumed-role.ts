/** The role in a cluster's account that a gateway of another account assumes, one for each of its identities. */
import { Stack, Token, Validations } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { GatewayIdentity } from '../../shared/domain/platform/cluster-grants.ts'
import type { Cluster } from '../../shared/domain/platform/platform.ts'
import { SHIPPED_LOGS_REASON, shippedLogFindings, shippedLogRights } from '../shipped-logs.ts'

export interface AssumedRoleProps {
  readonly identity: GatewayIdentity
  /** As the platform file has it. */
  readonly cluster: Pick<Cluster, 'eksName' | 'podLogGroup'>
  readonly assume: NonNullable<Cluster['assume']>
  /** Roles of the gateway's functions. */
  readonly callers: readonly string[]
}

/**
 * It finds the cluster, is let in by its access entry, and as `api` reads the logs that the cluster ships. Throws where the platform
 * file puts the role into another account than the stack's.
 */
export function addAssumedRole(scope: Construct, props: AssumedRoleProps): iam.Role {
  const { identity, assume, callers } = props
  const { eksName, podLogGroup } = props.cluster
  const [, , , , account = '', path = ''] = assume[identity].split(':')
  const stack = Stack.of(scope)
  if (!Token.isUnresolved(stack.account) && stack.account !== account)
    throw new Error(`SparkgateCluster: ${assume[identity]} is not in account ${stack.account}, where the cluster is`)
  const { externalId } = assume
  const [roleName = '', ...folders] = path.split('/').slice(1).toReversed()
  const role = new iam.Role(scope, `Assumed-${identity}`, {
    description: `Sparkgate: ${identity} on ${eksName}, for a gateway in another account`,
    roleName,
    ...(folders.length > 0 && { path: `/${folders.toReversed().join('/')}/` }),
    assumedBy: new iam.CompositePrincipal(...callers.map(arn => new iam.ArnPrincipal(arn))),
    ...(externalId !== undefined && { externalIds: [externalId] }),
  })
  const allow = (action: string, resource: string): boolean =>
    role.addToPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }))
  allow('eks:DescribeCluster', stack.formatArn({ service: 'eks', resource: 'cluster', resourceName: eksName }))
  if (identity !== 'api' || podLogGroup === undefined) return role
  const group = { region: stack.region, name: podLogGroup }
  for (const [action, resource] of shippedLogRights(scope, group)) allow(action, resource)
  for (const finding of shippedLogFindings(scope, group))
    Validations.of(role).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason: SHIPPED_LOGS_REASON })
  return role
}
