/**
 * The real cluster of the tests, from the environment that scripts/test-cluster.ts sets, and its administrator: what tests do
 * and look at beside the gateway. docs/real-cluster.md says what such a cluster must have.
 */
import { readFileSync } from 'node:fs'
import { readEksCluster } from '../../../local/eks-cluster.ts'
import type { EksCluster } from '../../../local/eks-cluster.ts'
import { kubeconfigAccess } from '../../../local/kubeconfig-clusters.ts'
import { KubernetesHttp } from '../../../shared/adapters/kubernetes-http.ts'
import { waitFor } from './wait-for.ts'

export interface RealCluster {
  /** An administrator's. */
  readonly kubeconfig: string
  /** How the gateway reaches it: as EKS; absent where there is only a kubeconfig. */
  readonly eks?: EksCluster
  /** The API server's audit log, one JSON object a line. */
  readonly auditLog?: string
  readonly image: string
  readonly pullPolicy: string
  /** Namespaces with the service account `spark` and the claim `shared`. */
  readonly namespaces: readonly [string, string]
}

/** Throws where no cluster was given. */
export function realCluster(): RealCluster {
  const kubeconfig = process.env['KUBECONFIG']
  if (kubeconfig === undefined) throw new Error('there is no KUBECONFIG: run `npm run test:cluster`')
  const gateway = process.env['SPARKGATE_CLUSTER_GATEWAY']
  const [first = 'team-a', second = 'team-b'] = process.env['SPARKGATE_TEST_NAMESPACES']?.split(',') ?? []
  const namespaces = [first, second] as const
  if (gateway === undefined)
    return {
      kubeconfig,
      image: process.env['SPARKGATE_TEST_IMAGE'] ?? 'apache/spark:4.0.1',
      pullPolicy: 'IfNotPresent',
      namespaces,
    }
  const { image, auditLog } = JSON.parse(readFileSync(gateway, 'utf8')) as { image: string; auditLog: string }
  return { kubeconfig, eks: readEksCluster(gateway), auditLog, image, pullPolicy: 'Never', namespaces }
}

/** What tests read of an object; they assert what is in it. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
}

export interface Admin {
  /** Undefined for 404. */
  get(path: string): Promise<KubernetesObject | undefined>
  list(path: string, labelSelector?: string): Promise<readonly KubernetesObject[]>
  create(path: string, body: object): Promise<KubernetesObject>
  /** Also when it is not there. */
  remove(path: string): Promise<void>
  readonly http: KubernetesHttp
  close(): void
}

/** Longer than any webhook. */
const TIMEOUT_SECONDS = 20

export function adminOf({ kubeconfig }: RealCluster): Admin {
  const http = new KubernetesHttp(kubeconfigAccess(kubeconfig), { timeoutSeconds: TIMEOUT_SECONDS })
  const must = (what: string, answer: { status: number; body: unknown }, good: readonly number[]) => {
    if (!good.includes(answer.status)) throw new Error(`${what}: HTTP ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.status === 404 ? undefined : answer.body
  }
  return {
    http,
    get: async path =>
      must(`GET ${path}`, await http.call({ method: 'GET', path }), [200, 404]) as KubernetesObject | undefined,
    async list(path, labelSelector) {
      const query = labelSelector === undefined ? '' : `?labelSelector=${encodeURIComponent(labelSelector)}`
      const body = must(`LIST ${path}`, await http.call({ method: 'GET', path: `${path}${query}` }), [200])
      return (body as { items: KubernetesObject[] }).items
    },
    create: async (path, body) =>
      must(`POST ${path}`, await http.call({ method: 'POST', path, body }), [201]) as KubernetesObject,
    async remove(path) {
      must(`DELETE ${path}`, await http.call({ method: 'DELETE', path }), [200, 202, 404])
    },
    close: () => http.close(),
  }
}

export const podsPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`
export const applicationsPath = (namespace: string): string =>
  `/apis/sparkoperator.k8s.io/v1beta2/namespaces/${namespace}/sparkapplications`

/** Pods of one attempt. */
export const podsOf = (admin: Admin, namespace: string, objectName: string): Promise<readonly KubernetesObject[]> =>
  admin.list(podsPath(namespace), `sparkoperator.k8s.io/app-name=${objectName}`)

/** Puts a ConfigMap or Secret in place of the one before. */
export async function replaceObject(admin: Admin, path: string, object: { metadata: { name: string } }): Promise<void> {
  const own = `${path}/${object.metadata.name}`
  await admin.remove(own)
  await waitFor(`${own} to be gone`, 10, async () => ((await admin.get(own)) === undefined ? true : undefined))
  await admin.create(path, object)
}
