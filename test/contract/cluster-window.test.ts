/** The contract of ClusterWindow over the adapter on the embedded Kubernetes. */
import { afterAll, beforeAll } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import { clientOf } from '../support/embedded-cluster-client.ts'
import type { ClusterClient } from '../support/embedded-cluster-client.ts'
import { reconcile, startTestCluster } from '../support/embedded-kubernetes-client.ts'
import { clusterWindowContract } from './cluster-window.contract.ts'

let kubernetes: EmbeddedKubernetes
let client: ClusterClient
beforeAll(async () => {
  kubernetes = await startTestCluster()
  client = clientOf(kubernetes, reconcile)
})
afterAll(async () => {
  client.close()
  await kubernetes.close()
})

clusterWindowContract('on the embedded Kubernetes', async () => ({
  namespace: 'team-a',
  serviceAccount: 'spark',
  image: 'localhost/spark:4.0',
  window: client.cluster,
  cluster: client.cluster,
}))
