/** What the adapter makes of the cluster's JSON: the views that operations get. */
import { gatewayLabels, SPEC_HASH_ANNOTATION } from '../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { asObject } from '../../shared/domain/job-spec/checks/spark-memory.ts'
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { ApplicationView, PodView } from '../../shared/domain/observed.ts'
import type { SimulatedApplication, SimulatedPod } from './simulated-cluster.ts'

/** `metadata.name`; empty for an object without one. */
export function nameOf(object: JsonObject): string {
  const { name } = asObject(object['metadata'])
  return typeof name === 'string' ? name : ''
}

/** What our labels and annotation say. */
export function identityOf(labels: JsonObject, annotations: JsonObject): SimulatedApplication['identity'] {
  const [jobId, team, attempt] = [
    labels[gatewayLabels.jobId],
    labels[gatewayLabels.team],
    labels[gatewayLabels.attempt],
  ]
  const specHash = annotations[SPEC_HASH_ANNOTATION]
  return {
    ...(typeof jobId === 'string' && { jobId }),
    ...(typeof team === 'string' && { team }),
    ...(typeof attempt === 'string' && { attempt: Number(attempt) }),
    ...(typeof specHash === 'string' && { specHash }),
  }
}

/** As the adapter sees the object. */
export function viewOf(application: SimulatedApplication): ApplicationView {
  return {
    name: application.name,
    namespace: application.namespace,
    uid: application.uid,
    resourceVersion: String(application.version),
    ...application.identity,
    operatorState: application.state,
    createdAt: application.createdAt,
    ...(application.submittedAt !== undefined && { submittedAt: application.submittedAt }),
    ...(application.errorMessage !== undefined && { errorMessage: application.errorMessage }),
    // Whoever fails has lost an executor too: so the operator's events are asked for.
    executors: application.state === 'FAILED' ? { FAILED: 1 } : {},
  }
}

/** As the adapter sees the pod. */
export function podViewOf(pod: SimulatedPod): PodView {
  return {
    name: pod.name,
    role: 'driver',
    phase: pod.phase,
    ownerUid: pod.application.uid,
    deleting: pod.deleting,
    conditions: pod.unschedulable ? [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] : [],
    containers: [
      {
        name: 'spark-kubernetes-driver',
        ...(pod.waitingReason !== undefined && { waitingReason: pod.waitingReason }),
        ...(pod.exitCode !== undefined && { exitCode: pod.exitCode }),
        ...(pod.terminatedReason !== undefined && { terminatedReason: pod.terminatedReason }),
        ...(pod.finishedAt !== undefined && { finishedAt: pod.finishedAt }),
      },
    ],
  }
}
