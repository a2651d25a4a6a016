/** One CDK app with one gateway, checked by cdk-nag: what infra/app.ts deploys and scripts/synth.ts tries. */
import { App, Stack, Validations } from 'aws-cdk-lib'
import type { AppProps } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { PreparedGateway } from './bundles.ts'
import type { Deployment } from './deployment.ts'
import { Sparkgate } from './sparkgate.ts'

/** Findings of the construct library about templates are errors here, not warnings. */
const CONTEXT = { '@aws-cdk/core:validateAgainstDefaultRules': true, '@aws-cdk/core:checkSecretUsage': true }

export function createGatewayApp(deployment: Deployment, prepared: PreparedGateway, appProps: AppProps = {}): App {
  const app = new App({ ...appProps, context: CONTEXT })
  const { account, region, stackName, props } = deployment
  const stack = new Stack(app, stackName, {
    description: 'Sparkgate: a serverless gateway for Apache Spark on Amazon EKS',
    ...((account !== undefined || region !== undefined) && {
      env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
    }),
    // The stateful parts protect themselves; this keeps a slip from taking the rest.
    terminationProtection: props.data !== 'destroy',
  })
  new Sparkgate(stack, 'Gateway', { ...props, ...prepared })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  return app
}
