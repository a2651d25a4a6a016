/** The queues as one worker has them: each send is one effect, and what it says is what the functions read. */
import { ADMIT_TASK, REMOVE_TASK } from '../../shared/operations/ports.ts'
import type { ObserveQueue, ReconcileQueue } from '../../shared/operations/ports.ts'
import { InjectedError } from './faults.ts'
import type { EffectName, FaultKind } from './faults.ts'
import { short } from './ports-of-worker.ts'
import type { Services } from './ports-of-worker.ts'
import type { Worker } from './worker.ts'

/** `drop`: SQS took it, and nobody ever gets it. */
const dropped = (effect: EffectName) => (kind: FaultKind) => {
  if (kind !== 'drop') throw new InjectedError(`${effect}: ${kind}`)
}

/** `onAsk`: told of each message for a job. */
export const reconcileQueueOf = (
  worker: Worker,
  { reconcile }: Services,
  onAsk: (jobId: string) => void,
): ReconcileQueue => ({
  send: (refs, delaySeconds) =>
    worker.do({
      effect: 'reconcileQueue.send',
      about: `${refs.map(short).join(' ')} in ${delaySeconds} s`,
      apply: () => {
        for (const { team, jobId } of refs) {
          onAsk(jobId)
          reconcile.send(JSON.stringify({ version: 1, team, jobId }), delaySeconds)
        }
      },
      trouble: dropped('reconcileQueue.send'),
    }),
  askForPass: delaySeconds =>
    worker.do({
      effect: 'reconcileQueue.askForPass',
      about: `in ${delaySeconds} s`,
      apply: () => reconcile.send(JSON.stringify({ version: 1, task: ADMIT_TASK }), delaySeconds),
      trouble: dropped('reconcileQueue.askForPass'),
    }),
  askForRemoval: orphan =>
    worker.do({
      effect: 'reconcileQueue.askForRemoval',
      about: orphan.name,
      apply: () => reconcile.send(JSON.stringify({ version: 1, task: REMOVE_TASK, ...orphan }), 0),
      trouble: dropped('reconcileQueue.askForRemoval'),
    }),
})

export const observeQueueOf = (worker: Worker, { observe }: Services): ObserveQueue => ({
  send: ({ cluster, sequence }, delaySeconds) =>
    worker.do({
      effect: 'observeQueue.send',
      about: `${cluster} ${sequence} in ${delaySeconds} s`,
      apply: () => observe.send(JSON.stringify({ version: 1, cluster, sequence }), delaySeconds),
      trouble: dropped('observeQueue.send'),
    }),
})
