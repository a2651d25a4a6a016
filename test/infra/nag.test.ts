/** cdk-nag (AwsSolutions) has nothing to say about the examples, of gateways and of clusters, and would notice a slip. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Role } from 'aws-cdk-lib/aws-iam'
import { CfnBucket } from 'aws-cdk-lib/aws-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClusterApp, readClusterDeployment } from '../../infra/cluster/cluster-app.ts'
import { readDeployment } from '../../infra/deployment.ts'
import { createGatewayApp } from '../../infra/gateway-app.ts'
import { readPlatform } from '../../shared/runtime/platform-file.ts'
import { stubBundles } from './template-model.ts'

const examples = join(import.meta.dirname, '..', '..', 'infra', 'examples')
let outdir: string
beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), 'sparkgate-nag-'))
})
afterAll(() => rmSync(outdir, { recursive: true, force: true }))

const appOf = (variant: string, deploymentFile?: string) =>
  createGatewayApp(
    readDeployment(deploymentFile && join(examples, deploymentFile)),
    { platform: readPlatform(join(examples, `${variant}.yaml`)), bundles: stubBundles() },
    { outdir: join(outdir, variant) },
  )

const clusterAppOf = (variant: string) =>
  createClusterApp(
    readClusterDeployment(join(examples, `${variant}.cluster.yaml`)),
    readPlatform(join(examples, 'full.yaml')),
    { outdir: join(outdir, `cluster-${variant}`) },
  )

/** A synthesis with all rules takes five seconds on a free machine. */
const NAG_MILLISECONDS = 300_000

describe('cdk-nag', { timeout: NAG_MILLISECONDS }, () => {
  it('finds nothing in the minimal example', () => {
    expect(() => appOf('minimal').synth()).not.toThrow()
  })

  it('finds nothing in the full example', () => {
    expect(() => appOf('full', 'full.deployment.yaml').synth()).not.toThrow()
  })

  it('notices a bucket that takes plain HTTP', () => {
    const app = appOf('minimal')
    new CfnBucket(app.node.findChild('Sparkgate'), 'Slip', {})
    expect(() => app.synth()).toThrow(/AwsSolutions-S10/)
  })

  it.each(['full', 'access'])('finds nothing in the %s example of a cluster', variant => {
    expect(() => clusterAppOf(variant).synth()).not.toThrow()
  })

  it('notices another wildcard in the role of a team', () => {
    const app = clusterAppOf('full')
    const cluster = app.node.findChild('SparkgateCluster-batch').node.findChild('Cluster')
    const role = cluster.node.findChild('Role-sparkgate-batch-payments') as Role
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::somebody/*'] }))
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5\[Resource::arn:aws:s3:::somebody/)
  })
})
