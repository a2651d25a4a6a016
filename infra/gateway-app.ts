/** One CDK app with one gateway, checked by cdk-nag: what infra/app.ts deploys and scripts/synth.ts tries. */
import { App, Stack, Validations } from 'aws-cdk-lib'
import type { AppProps } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { PreparedGateway } from './bundles.ts'
import type { Deployment } from './deployment.ts'
import { Sparkgate } from './sparkgate.ts'
import { SYNTHESIS_CONTEXT } from './synthesis-context.ts'

export function createGatewayApp(deployment: Deployment, prepared: PreparedGateway, appProps: AppProps = {}): App {
  const app = new App({ ...appProps, context: SYNTHESIS_CONTEXT })
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
