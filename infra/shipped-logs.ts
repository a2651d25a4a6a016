/** What reading one cluster's shipped logs takes: for the gateway's own role, and for the role that it assumes in another account. */
import { Stack, Token } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/** A log group in the stack's account. */
export interface ShippedGroup {
  readonly region: string
  readonly name: string
}

/** Action and resource, one each. */
export function shippedLogRights(scope: Construct, group: ShippedGroup): readonly (readonly [string, string])[] {
  const { partition, account } = Stack.of(scope)
  return rightsOn(partition, account, group)
}

/** The same resources as cdk-nag names them: all end with a wildcard. */
export function shippedLogFindings(scope: Construct, group: ShippedGroup): readonly string[] {
  const { account } = Stack.of(scope)
  const owner = Token.isUnresolved(account) ? '<AWS::AccountId>' : account
  return rightsOn('<AWS::Partition>', owner, group).map(([, resource]) => `IAM5[Resource::${resource}]`)
}

export const SHIPPED_LOGS_REASON =
  'Logs that one cluster ships: streams have the names of pods, one group holds them all.'

function rightsOn(
  partition: string,
  account: string,
  { region, name }: ShippedGroup,
): readonly (readonly [string, string])[] {
  const arn = `arn:${partition}:logs:${region}:${account}:log-group:${name}`
  return [
    ['logs:GetLogEvents', `${arn}:log-stream:*`],
    // IAM knows the group itself under this name.
    ['logs:DescribeLogStreams', `${arn}:*`],
  ]
}
