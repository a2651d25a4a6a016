/**
 * The CDK app: `npx cdk deploy -c platform=platform.yaml [-c deployment=deployment.yaml]`. It reads the two files, bundles the
 * functions and makes one stack with one gateway. With `-c cluster=cluster.yaml` it makes the stack of one cluster instead.
 */
import { App } from 'aws-cdk-lib'
import { prepareGateway } from './bundles.ts'
import { createClusterApp, readClusterDeployment } from './cluster/cluster-app.ts'
import { readDeployment } from './deployment.ts'
import { createGatewayApp } from './gateway-app.ts'
import { readPlatform } from '../shared/runtime/platform-file.ts'

// The CLI hands `-c` over in the environment; an App reads it. This one makes nothing.
const context = new App({ autoSynth: false }).node
const contextFile = (name: string): string | undefined => {
  const value: unknown = context.tryGetContext(name)
  return typeof value === 'string' ? value : undefined
}

const platformFile = contextFile('platform')
if (platformFile === undefined) throw new Error('say which platform file: -c platform=platform.yaml')
const clusterFile = contextFile('cluster')
if (clusterFile === undefined) await synthesiseGateway(platformFile)
else createClusterApp(readClusterDeployment(clusterFile), readPlatform(platformFile)).synth()

async function synthesiseGateway(platformFile: string): Promise<void> {
  const deployment = readDeployment(contextFile('deployment'))
  const here = {
    ...(process.env['CDK_DEFAULT_ACCOUNT'] !== undefined && { account: process.env['CDK_DEFAULT_ACCOUNT'] }),
    ...(process.env['CDK_DEFAULT_REGION'] !== undefined && { region: process.env['CDK_DEFAULT_REGION'] }),
  }
  createGatewayApp({ ...here, ...deployment }, await prepareGateway(platformFile)).synth()
}
