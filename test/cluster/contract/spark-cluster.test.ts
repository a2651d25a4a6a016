/** The contracts of SparkCluster and ClusterWindow on a real API server with the real operator, as the gateway's least roles. */
import { afterAll } from 'vitest'
import type { SparkCluster } from '../../../shared/operations/ports.ts'
import { clusterWindowContract } from '../../contract/cluster-window.contract.ts'
import { sparkClusterContract } from '../../contract/spark-cluster.contract.ts'
import { adminOf, applicationsPath, realCluster } from '../support/real-cluster.ts'
import { clientsOf } from './real-clients.ts'

const real = realCluster()
const [, namespace] = real.namespaces
const place = { namespace, serviceAccount: 'spark', image: real.image }
const admin = adminOf(real)
const { reconcile, observe, close } = clientsOf(real)
/** Another in each run: what one leaves does not meet the next. */
const prefix = `c${Date.now().toString(36)}`
/** Each function has the client of its own role. */
const cluster: SparkCluster = {
  create: (...call) => reconcile.create(...call),
  get: (...call) => reconcile.get(...call),
  listPods: (...call) => reconcile.listPods(...call),
  listExecutorFailures: (...call) => reconcile.listExecutorFailures(...call),
  delete: (...call) => reconcile.delete(...call),
  list: page => observe.list(page),
  watch: (...call) => observe.watch(...call),
}
afterAll(async () => {
  const ours = (await admin.list(applicationsPath(namespace))).filter(({ metadata }) =>
    metadata.name.startsWith(prefix),
  )
  for (const { metadata } of ours) await admin.remove(`${applicationsPath(namespace)}/${metadata.name}`)
  admin.close()
  close()
})

sparkClusterContract(
  'on a real Kubernetes',
  async () => ({
    ...place,
    cluster,
    async putForeign(name) {
      const pod = { cores: 1, memory: '512m', serviceAccount: 'spark' }
      await admin.create(applicationsPath(namespace), {
        apiVersion: 'sparkoperator.k8s.io/v1beta2',
        kind: 'SparkApplication',
        metadata: { name },
        spec: {
          type: 'Python',
          mode: 'cluster',
          sparkVersion: '4.0.4',
          image: real.image,
          mainApplicationFile: 'local:///opt/spark/examples/src/main/python/pi.py',
          suspend: true,
          driver: pod,
          executor: { ...pod, instances: 1 },
        },
      })
    },
    // The operator does.
    letRun: async () => {},
  }),
  prefix,
)
clusterWindowContract('on a real Kubernetes', async () => ({ ...place, window: reconcile, cluster: reconcile }), prefix)
