/** The file that says what is deployed on one cluster: read and checked before anything is changed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readClusterDeployment } from '../../../infra/cluster/cluster-app.ts'

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-cluster-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'cluster.yaml'), text)
  return join(folder, 'cluster.yaml')
}

const role = (name: string): string => `["arn:aws:iam::111122223333:role/${name}"]`
const LEAST = `
cluster: main
account: '111122223333'
region: eu-central-1
gatewayRoleArns: { reconcile: ${role('r')}, observe: ${role('o')}, api: ${role('a')} }
`

it('needs the cluster, its place and the roles of the gateway; everything else has a default', () => {
  expect(readClusterDeployment(fileWith(LEAST))).toMatchObject({
    clusterName: 'main',
    stackName: 'SparkgateCluster-main',
    gatewayRoleArns: { api: ['arn:aws:iam::111122223333:role/a'] },
    options: { nodes: 'karpenter' },
  })
})

it('is refused with every problem and its place', () => {
  const wrong = LEAST.replace("'111122223333'", '12').replace('api:', 'apy:').concat('instal: access\n')
  const read = () => readClusterDeployment(fileWith(wrong))
  for (const problem of ['account', 'gatewayRoleArns.api', 'instal']) expect(read).toThrow(problem)
})

it('is refused with options that are none', () => {
  expect(() => readClusterDeployment(fileWith(`${LEAST}options: { nodes: my-own }\n`))).toThrow('nodes')
})
