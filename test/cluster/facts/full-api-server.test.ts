/**
 * An API server that has no seat for the gateway: 429 by API Priority and Fairness. A service account of the test's own is put into
 * a priority level without seats, so that everybody else goes on.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { KubernetesHttp } from '../../../shared/adapters/kubernetes-http.ts'
import { KubernetesSparkCluster } from '../../../shared/adapters/kubernetes-spark-cluster.ts'
import { kubeconfigAccess } from '../../../local/kubeconfig-clusters.ts'
import { realCluster } from '../support/real-cluster.ts'
import { waitFor } from '../support/wait-for.ts'
import { openTrials } from './trial.ts'

const API = '/apis/flowcontrol.apiserver.k8s.io/v1'
/** The server reads its levels anew within seconds. */
const LEVELS_SECONDS = 60
const TIMEOUT_SECONDS = 20
const AT_ONCE = 100

const trials = openTrials('full')
const { admin, namespace } = trials
const name = trials.name('throttled')
const level = `${API}/prioritylevelconfigurations/${name}`
const schema = `${API}/flowschemas/${name}`
const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
let cluster: KubernetesSparkCluster
let http: KubernetesHttp

beforeAll(async () => {
  await admin.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
  const { status } = await admin.create(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 600 },
  })
  const token = String(status?.['token'])
  const { server, certificateAuthority } = await kubeconfigAccess(realCluster().kubeconfig).endpoint('cached')
  const access = { endpoint: async () => ({ server, certificateAuthority }), bearerToken: async () => token }
  http = new KubernetesHttp(access, { timeoutSeconds: TIMEOUT_SECONDS })
  cluster = new KubernetesSparkCluster(http)
}, 60_000)
afterAll(async () => {
  for (const path of [schema, level, `${accounts}/${name}`]) await admin.remove(path)
  http.close()
  await trials.close()
})

it('says 429 with Retry-After, which is neither a refusal nor a job’s failure, and answers again afterwards', async () => {
  const look = () => cluster.get(namespace, 'x')
  // It has no rights: the answer of a server with seats.
  expect(await look()).toMatchObject({ outcome: 'denied' })
  const limited = { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } }
  await admin.create(`${API}/prioritylevelconfigurations`, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name },
    spec: { type: 'Limited', limited },
  })
  const subjects = [{ kind: 'ServiceAccount', serviceAccount: { name, namespace } }]
  const every = ['*']
  const resourceRules = [{ verbs: every, apiGroups: every, resources: every, namespaces: every, clusterScope: true }]
  await admin.create(`${API}/flowschemas`, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name },
      matchingPrecedence: 50,
      rules: [{ subjects, resourceRules }],
    },
  })
  // A level without seats still serves one request at a time: of many at once the others are turned away.
  const burst = () => Promise.all(Array.from({ length: AT_ONCE }, look))
  const turnedAway = await waitFor('no seat', LEVELS_SECONDS, async () => {
    const answers = await burst()
    const full = answers.filter(({ outcome }) => outcome === 'unavailable')
    return full.length > 0 && full.length < AT_ONCE ? { answers, full } : undefined
  })
  for (const answer of turnedAway.full)
    expect(answer).toMatchObject({ message: expect.stringContaining('429'), retryAfterSeconds: expect.any(Number) })
  expect(turnedAway.answers.filter(({ outcome }) => !['denied', 'unavailable'].includes(outcome))).toEqual([])
  await admin.remove(schema)
  await waitFor('seats', LEVELS_SECONDS, async () =>
    (await burst()).every(({ outcome }) => outcome === 'denied') ? true : undefined,
  )
})
