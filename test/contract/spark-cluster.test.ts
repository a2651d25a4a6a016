/** The contract of SparkCluster over the fake and over the adapter on the embedded Kubernetes. */
import { afterAll, beforeAll } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import { clientOf } from '../support/embedded-cluster-client.ts'
import type { ClusterClient } from '../support/embedded-cluster-client.ts'
import { admin, application, startTestCluster, TestClient } from '../support/embedded-kubernetes-client.ts'
import { FakeSparkCluster } from '../support/fake-spark-cluster.ts'
import { makeDriver } from '../support/make-job.ts'
import { sparkClusterContract } from './spark-cluster.contract.ts'

const PLACE = { namespace: 'team-a', serviceAccount: 'spark', image: 'localhost/spark:4.0' }
let kubernetes: EmbeddedKubernetes
let client: ClusterClient
beforeAll(async () => {
  kubernetes = await startTestCluster({ nodes: { cores: 1_000, memoryMiB: 1_000_000 } })
  client = clientOf(kubernetes, admin)
})
afterAll(async () => {
  client.close()
  await kubernetes.close()
})

sparkClusterContract('in memory', async () => {
  const cluster = new FakeSparkCluster()
  return {
    ...PLACE,
    cluster,
    async putForeign(name) {
      await cluster.create(PLACE.namespace, { metadata: { name } })
    },
    async letRun(name) {
      const found = await cluster.get(PLACE.namespace, name)
      for (const state of ['SUBMITTED', 'RUNNING', 'COMPLETED']) cluster.setState(name, state)
      if (found.outcome === 'found')
        cluster.setPods(name, [makeDriver('Succeeded', { ownerUid: found.application.uid })])
    },
  }
})
sparkClusterContract('on the embedded Kubernetes', async () => ({
  ...PLACE,
  cluster: client.cluster,
  async putForeign(name) {
    await new TestClient(kubernetes, admin).create(application(name, { suspend: true }))
  },
  letRun: async () => {},
}))
