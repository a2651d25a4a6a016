/** `--kubeconfig FILE`: a cluster reached by what a kubeconfig says, read by the official client. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubeconfigClusters } from '../../local/kubeconfig-clusters.ts'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import type { Config } from '../../shared/runtime/config.ts'
import { admin, CLUSTER_NAME, startTestCluster } from '../support/embedded-kubernetes-client.ts'
import { signEksToken } from '../support/embedded-kubernetes-tokens.ts'
import { makePlatform } from '../support/make-job.ts'

let cluster: EmbeddedKubernetes
let folder: string

beforeAll(async () => {
  cluster = await startTestCluster()
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
})
afterAll(async () => {
  await cluster.close()
  rmSync(folder, { recursive: true })
})

async function kubeconfig(user: object): Promise<string> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [
      {
        name: 'embedded',
        cluster: { server: cluster.url, 'certificate-authority-data': cluster.certificateAuthorityData },
      },
    ],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'here', context: { cluster: 'embedded', user: 'me' } }],
  }
  const file = join(folder, `${Math.random()}.json`)
  writeFileSync(file, JSON.stringify(config))
  return file
}

const SETTINGS = { kubernetesTimeoutSeconds: 5, platform: makePlatform() } as Config

describe('a cluster of a kubeconfig', () => {
  it('is reached with the token of the current context', async () => {
    const token = await signEksToken(admin, { clusterName: CLUSTER_NAME })
    const { of } = kubeconfigClusters(await kubeconfig({ token }))(SETTINGS)
    expect(await of('main').list({ limit: 10 })).toMatchObject({ outcome: 'listed', applications: [] })
    expect(await of('main').get('team-a', 'nothing')).toEqual({ outcome: 'absent' })
  })
  it('denies who is nobody there', async () => {
    const { of } = kubeconfigClusters(await kubeconfig({ token: 'k8s-aws-v1.bm90aGluZw' }))(SETTINGS)
    expect(await of('main').get('team-a', 'nothing')).toMatchObject({ outcome: 'denied' })
  })
  it('says what is missing', () => {
    const file = join(folder, 'empty.json')
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] }))
    expect(() => kubeconfigClusters(file)).toThrow(/no current cluster/)
  })
})
