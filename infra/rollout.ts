/**
 * Blue/green: callers go through the alias `live`, and a deployment sends a tenth of the calls to the new version for five
 * minutes before it sends all, or rolls back when an alarm rings. Safe for every function: both versions work on the same
 * conditional writes, messages carry a version, and an unknown one goes back to the queue. Only functions that people or
 * queues call often are shifted slowly; the others (a sweep a minute, one observer a cluster) would show nothing in five minutes.
 */
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy'
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { pascalCase } from './pascal-case.ts'
import type { FunctionName } from '../shared/runtime/function-table.ts'
import type { GatewayFunctions } from './functions.ts'

/** `at-once`: the new code takes over when the stack is updated; `canary`: by aliases, with rollback. */
export type Rollout = 'at-once' | 'canary'

const SHIFTED: readonly FunctionName[] = ['api', 'object-created', 'schedule-fired', 'reconcile-job']

export function addRollout(scope: Construct, functions: GatewayFunctions, alarms: readonly IAlarm[]): void {
  const application = new LambdaApplication(scope, 'Rollout')
  const role = new Role(scope, 'RolloutRole', {
    assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited')],
  })
  for (const name of SHIFTED) {
    const { alias } = functions[name]
    if (alias === undefined) throw new Error(`${name} has no alias to shift`)
    new LambdaDeploymentGroup(scope, `${pascalCase(name)}Rollout`, {
      application,
      alias,
      role,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [...alarms],
    })
  }
}
