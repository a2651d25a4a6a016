/**
 * What tests and demos may do to the embedded cluster behind its users' backs. Every method has the same name as an
 * operation (`op`) of the control endpoint (control-server.ts).
 */
import type { Lister } from './list-objects.ts'
import type { Quota } from './node-capacity.ts'
import type { EmbeddedNode } from './node.ts'
import type { EmbeddedOperator, KillMoment } from './operator.ts'
import type { RequestFault, RequestFaults } from './request-faults.ts'

export interface ClusterControl {
  /** The next matching requests fail in the given way. */
  failNext(fault: RequestFault): void
  /** Forgets failures that have not happened yet. */
  clearFaults(): void
  /** Drains a pod away, as a node drain or a spot interruption does: exit 143, then gone. False: no such pod. */
  deletePod(namespace: string, name: string): boolean
  /** Removes a pod without a trace of how it ended (its node vanished): the driver is then `driver pod not found`. */
  vanishPod(namespace: string, name: string): boolean
  /** Stops the operator; jobs, deletion and garbage collection go on without it. */
  stopOperator(): void
  /** Starts it again; it works after the old lease has run out (19 s of cluster time). */
  startOperator(): void
  /** Strikes the next submission with kill -9 at this moment; the operator is then started again. */
  killOperatorAt(moment: KillMoment): void
  /** Status writes that follow from pods and submissions come so much later (cluster seconds); 0 ends it. */
  delayStatus(seconds: number): void
  /** The operator's webhook server: while it is down creates get 500, and submissions fail. */
  setWebhook(state: 'up' | 'down'): void
  setQuota(namespace: string, quota: Quota): void
  /** As after a restart of the API server: older resourceVersions and continue tokens are expired. */
  expireHistory(): void
  /** Ends a simulated driver at once with this exit code. False: no running driver of that name. */
  endDriver(namespace: string, name: string, exit: { readonly code: number; readonly reason: string }): boolean
}

export interface ControlParts {
  readonly node: EmbeddedNode
  readonly operator: EmbeddedOperator
  readonly lister: Lister
  readonly faults: RequestFaults
  readonly webhook: { up: boolean }
}

export function makeControl(parts: ControlParts): ClusterControl {
  const { node, operator, lister, faults, webhook } = parts
  const { store, quotas } = node.parts
  return {
    failNext: fault => faults.add(fault),
    clearFaults: () => faults.clear(),
    deletePod(namespace, name) {
      if (store.get('pods', namespace, name) === undefined) return false
      node.drainPod(namespace, name)
      return true
    },
    vanishPod(namespace, name) {
      const pod = store.get('pods', namespace, name)
      if (pod !== undefined) node.removePod(pod)
      return pod !== undefined
    },
    stopOperator: () => operator.stop(),
    startOperator: () => operator.start('after-lease'),
    killOperatorAt: moment => operator.killAt(moment),
    delayStatus: seconds => operator.delayStatus(seconds),
    setWebhook(state) {
      webhook.up = state === 'up'
    },
    setQuota: (namespace, quota) => void quotas.set(namespace, quota),
    expireHistory() {
      store.forgetHistory()
      lister.forgetSnapshots()
    },
    endDriver(namespace, name, exit) {
      const pod = store.get('pods', namespace, name)
      if (pod?.status.phase !== 'Running') return false
      node.continueWith(pod.metadata.uid, { step: 'exit', afterSeconds: 0, killExit: exit })
      return true
    },
  }
}
