/** lookAtAttempt: what the cluster shows of one attempt; pods only where the decision needs them. */
import type { Attempt, Job } from '../domain/job.ts'
import type { ApplicationView, Observed } from '../domain/observed.ts'
import { meaningOf } from '../domain/operator-state.ts'
import type { ClusterTrouble, SparkCluster } from './ports.ts'

export async function lookAtAttempt(cluster: SparkCluster, job: Job, attempt: Attempt): Promise<Observed> {
  const looked = await cluster.get(job.namespace, attempt.objectName)
  if (looked.outcome !== 'found' && looked.outcome !== 'absent') return trouble(looked)
  const application = looked.outcome === 'found' ? looked.application : undefined
  if (application !== undefined && !needsPods(job, application.operatorState))
    return { kind: 'seen', application, pods: [] }
  const listed = await cluster.listPods(job.namespace, attempt.objectName)
  if (listed.outcome !== 'listed') return { ...trouble(listed), answered: true }
  const seen = { kind: 'seen', application, pods: listed.pods } as const
  if (application === undefined || !hasLostExecutors(application)) return seen
  const told = await cluster.listExecutorFailures(job.namespace, attempt.objectName)
  // Events are kept for an hour and are no more than a hint: without them the diagnosis is coarser.
  return told.outcome === 'listed' ? { ...seen, executorFailures: told.messages } : seen
}

/** The driver failed after executors did: their end may be the cause. */
const hasLostExecutors = ({ operatorState, executors }: ApplicationView): boolean =>
  meaningOf(operatorState) === 'failed' && (executors['FAILED'] ?? 0) > 0

/** A live driver explains itself by its pod only while it waits and when it ended. */
function needsPods(job: Job, operatorState: string): boolean {
  if (job.state === 'CANCELLING' || job.state === 'QUEUED') return true
  const meaning = meaningOf(operatorState)
  return meaning === 'failed' || meaning === 'succeeded' || (meaning === 'pending' && operatorState !== '')
}

const trouble = (answer: ClusterTrouble): Extract<Observed, { kind: 'unavailable' }> => ({
  kind: 'unavailable',
  denied: answer.outcome === 'denied',
  message: answer.message,
  ...(answer.outcome === 'unavailable' &&
    answer.retryAfterSeconds !== undefined && { retryAfterSeconds: answer.retryAfterSeconds }),
})
