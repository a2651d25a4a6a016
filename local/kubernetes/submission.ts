/**
 * What spark-submit does inside the operator: it creates the driver pod, and the cluster may refuse it.
 */
import type { Pod, SparkApplication } from './kubernetes-object.ts'
import { whyOverQuota } from './node-capacity.ts'
import type { EmbeddedNode } from './node.ts'
import { driverPodName, makeDriverPod } from './pod-objects.ts'
import { DRIVER_POD_EXISTS, submissionError } from './submission-errors.ts'
import type { PodRefusal } from './submission-errors.ts'

export interface SubmissionRules {
  readonly node: EmbeddedNode
  /** Service accounts by namespace. */
  readonly serviceAccounts: ReadonlyMap<string, readonly string[]>
  webhookUp(): boolean
}

/** The driver pod that now exists, or `errorMessage` for the status. */
export function createDriverPod(
  rules: SubmissionRules,
  app: SparkApplication,
  submissionId: string,
  now: Date,
): { readonly pod: Pod } | { readonly errorMessage: string } {
  const { store, real, quotas } = rules.node.parts
  const { namespace } = app.metadata
  let pod: Pod
  try {
    pod = makeDriverPod(app, submissionId, real?.canRun(app) === true ? 'real' : 'simulated', now)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { errorMessage: submissionError({ kind: 'memory-size', text: error.message }, now) }
  }
  if (store.get('pods', namespace, driverPodName(app)) !== undefined) return { errorMessage: DRIVER_POD_EXISTS }
  const refusal = refusePod(rules, app, pod)
  if (refusal !== undefined) return { errorMessage: submissionError(refusal, now) }
  const over = whyOverQuota(
    pod,
    store.find('pods', namespace, () => true),
    quotas.get(namespace),
  )
  if (over !== undefined) {
    return { errorMessage: submissionError({ kind: 'quota', namespace, pod: pod.metadata.name, text: over }, now) }
  }
  const stored = store.create('pods', pod) ?? pod
  rules.node.adopt(stored, app, 'driver')
  return { pod: stored }
}

function refusePod(rules: SubmissionRules, app: SparkApplication, pod: Pod): PodRefusal | undefined {
  const { namespace, name, uid } = app.metadata
  if (!rules.webhookUp()) return { kind: 'webhook-down', namespace }
  const there = rules.node.parts.store.get('sparkapplications', namespace, name)
  if (there?.metadata.uid !== uid) return { kind: 'application-gone', namespace, app: name }
  const account = pod.spec.serviceAccountName
  const known = account === 'default' || rules.serviceAccounts.get(namespace)?.includes(account) === true
  return known ? undefined : { kind: 'service-account', namespace, pod: pod.metadata.name, account }
}
