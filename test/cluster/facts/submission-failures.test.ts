/**
 * Submissions that fail on the real operator (docs/operator-facts.md): the text that comes, where its cause stands, and what the
 * gateway makes of it. Each refusal is made for our object alone: by label or by priority class.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { applicationView } from '../../../shared/adapters/kubernetes-views.ts'
import { diagnoseFailure } from '../../../shared/domain/diagnosis.ts'
import { KubernetesSparkCluster } from '../../../shared/adapters/kubernetes-spark-cluster.ts'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { applicationsPath } from '../support/real-cluster.ts'
import { openTrials } from './trial.ts'

const trials = openTrials('sub')
const { admin, namespace } = trials
const made: string[] = []
afterAll(async () => {
  for (const path of made) await admin.remove(path)
  await trials.close()
})
async function make(
  path: string,
  object: { readonly metadata: { readonly name: string } } & JsonObject,
): Promise<void> {
  await admin.create(path, object)
  made.push(`${path}/${object.metadata.name}`)
}

/** A webhook that nobody serves, for objects with this label only. */
async function breakWebhook(name: string, resource: 'pods' | 'sparkapplications'): Promise<Record<string, string>> {
  const label = { 'example.org/refused-by': name }
  const [apiGroups, apiVersions] = resource === 'pods' ? [[''], ['v1']] : [['sparkoperator.k8s.io'], ['v1beta2']]
  await make('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${resource}.example.org`,
        clientConfig: { url: 'https://127.0.0.1:9/' },
        rules: [{ apiGroups, apiVersions, operations: ['CREATE'], resources: [resource] }],
        objectSelector: { matchLabels: label },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 2,
      },
    ],
  })
  return label
}

/** What the gateway makes of an object that the operator calls FAILED. */
async function diagnosed(name: string) {
  const object = await admin.get(`${applicationsPath(namespace)}/${name}`)
  const view = applicationView(object)
  return { view, whole: JSON.stringify(object?.status), found: diagnoseFailure(view, await trials.pods(name)) }
}

describe.concurrent('a submission that the API server refuses', () => {
  it('for the quota says so near the front of a long text', async () => {
    const name = trials.name('quota')
    await make('/apis/scheduling.k8s.io/v1/priorityclasses', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      value: 1,
      metadata: { name },
    })
    await make(`/api/v1/namespaces/${namespace}/resourcequotas`, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name },
      spec: {
        hard: { 'requests.cpu': '50m' },
        scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: [name] }] },
      },
    })
    const ordinary = trials.application(name)
    const driver = { ...(ordinary['spec'] as { driver: JsonObject }).driver, priorityClassName: name }
    await trials.run(trials.application(name, { driver }), 'FAILED')
    const { view, whole, found } = await diagnosed(name)
    expect(view.errorMessage).toMatch(/pods "[^"]+-driver" is forbidden: exceeded quota: /)
    expect(whole.indexOf('exceeded quota')).toBeLessThan(4_000)
    expect(found).toMatchObject({ reason: 'QUOTA_EXCEEDED', message: expect.stringContaining('exceeded quota') })
  })
  it('for the pod security of the namespace is the spec’s fault', async () => {
    const name = trials.name('security')
    const ordinary = trials.application(name)
    const driver = { ...(ordinary['spec'] as { driver: JsonObject }).driver, hostNetwork: true }
    await trials.run(trials.application(name, { driver }), 'FAILED')
    const { view, found } = await diagnosed(name)
    expect(view.errorMessage).toMatch(/violates PodSecurity/)
    expect(found).toMatchObject({ reason: 'SUBMISSION_REFUSED' })
  })
  it('for a service account that is not there is the platform’s to mend', async () => {
    const name = trials.name('account')
    const ordinary = trials.application(name)
    const driver = { ...(ordinary['spec'] as { driver: JsonObject }).driver, serviceAccount: 'no-such-account' }
    await trials.run(trials.application(name, { driver }), 'FAILED')
    const { view, found } = await diagnosed(name)
    expect(view.errorMessage).toMatch(/error looking up service account/)
    expect(found).toMatchObject({ reason: 'SUBMISSION_REFUSED' })
  })
  it('because a webhook does not answer fails for good, through nobody’s fault', async () => {
    const name = trials.name('pods-hook')
    const labels = await breakWebhook(name, 'pods')
    await trials.run(trials.application(name, {}, { labels }), 'FAILED')
    const { view, found } = await diagnosed(name)
    expect(view.errorMessage).toMatch(/failed calling webhook/)
    expect(found).toMatchObject({ reason: 'PLATFORM_FAILED' })
  })
})

describe.concurrent('a create', () => {
  it('while a webhook does not answer is 500: the gateway tries again', async () => {
    const name = trials.name('apps-hook')
    const labels = await breakWebhook(name, 'sparkapplications')
    const object = trials.application(name, { suspend: true }, { labels })
    const answer = await trials.post(object)
    expect(answer).toMatchObject({ status: 500, body: { reason: 'InternalError' } })
    expect((answer.body as { message: string }).message).toMatch(/failed calling webhook/)
    const cluster = new KubernetesSparkCluster(admin.http)
    expect(await cluster.create(namespace, object)).toMatchObject({ outcome: 'unavailable' })
  })
})
