/** What a driver at work does about an executor that was taken away: it asks for another, under the next id (executor-pod-deleted). */
import type { Pod } from './kubernetes-object.ts'
import type { EmbeddedNode } from './node.ts'
import { makeExecutorPod } from './pod-objects.ts'
import { runKey } from './pod-run.ts'
import type { PodRun } from './pod-run.ts'

/** Does nothing where the driver is not at work any more: it has ended, or ends its executors itself. */
export function replaceExecutor(node: EmbeddedNode, run: PodRun, lost: Pod): void {
  const { store, clock } = node.parts
  const isOwner = (pod: Pod): boolean =>
    lost.metadata.ownerReferences?.some(owner => owner.uid === pod.metadata.uid) === true
  const [driver] = store.find('pods', run.namespace, isOwner)
  const app = store.get('sparkapplications', run.namespace, run.app)
  if (driver === undefined || app === undefined) return
  const driverRun = store.record(runKey(driver.metadata.uid)) as PodRun | undefined
  if (driverRun?.step !== 'work-done') return
  const id = driverRun.askedExecutors + 1
  store.setRecord(runKey(driverRun.uid), { ...driverRun, askedExecutors: id })
  const stored = store.create('pods', makeExecutorPod(app, driver, driverRun.executorPrefix, id, clock.now()))
  if (stored !== undefined) node.adopt(stored, app, 'executor')
}
