/**
 * The steps of a pod's life, in recorded order and at recorded pace (success, exit-1-late, image-cannot-be-pulled,
 * deleted-while-running, driver-pod-deleted …). Each looks, does one thing, and answers what comes next and when.
 */
import { endLines, executorLines, quotaLines, startLines } from './driver-log.ts'
import type { Pod, SparkApplication } from './kubernetes-object.ts'
import { hasEnded } from './kubernetes-object.ts'
import { hasUnreachableRegistry, imageFailure } from './image-pull.ts'
import { whyOverQuota, whyUnschedulable } from './node-capacity.ts'
import { replaceExecutor } from './executor-replacement.ts'
import type { EmbeddedNode } from './node.ts'
import { makeExecutorPod, RUN_ANNOTATION } from './pod-objects.ts'
import { ended, NODE_NAME, running, scheduled, terminated, unschedulable, waiting } from './pod-status.ts'
import type { NextStep, PodRun, PodStep } from './pod-run.ts'
import { planDriver } from './simulated-driver.ts'
import type { DriverPlan } from './simulated-driver.ts'
import { wantedExecutors } from './spark-resources.ts'

type Step = (node: EmbeddedNode, run: PodRun, pod: Pod) => NextStep | undefined

/** Seconds of cluster time, from the traces. */
const CREATE_SECONDS = 0.03
const MOUNT_SECONDS = 0.6
const START_SECONDS = 0.5
const CONTEXT_SECONDS = 4.5
const LOOK_SECONDS = 0.5
const SHUTDOWN_SECONDS = 1.9
const PHASE_SECONDS = 1.1
const EXECUTOR_EXIT_SECONDS = 0.1
const EXECUTOR_REMOVE_SECONDS = 0.9
const EXECUTOR_KILL_SECONDS = 0.6
const DRIVER_KILL_SECONDS = 0.45
const DRIVER_REMOVE_SECONDS = 0.35
const PULL_SECONDS = 15
const REAL_SLOT_SECONDS = 1
const REPLACE_SECONDS = 0.4
/** FailedMount comes with a growing distance; after so many times the pod just stays as it is. */
const MAX_MOUNT_TRIES = 8
/** ErrImagePull and ImagePullBackOff alternate this often before the pod just stays as it is. */
const MAX_PULL_TRIES = 200
/** A simulated driver starts no more executors than this, whatever it is asked for. */
const MAX_EXECUTORS = 100
/** An executor pod that the quota refuses is tried this often (once a second: a day). */
const MAX_EXECUTOR_TRIES = 86_400

const REST: NextStep = { step: 'rest' }

export const POD_STEPS: Readonly<Record<PodStep, Step>> = {
  schedule(node, run, pod) {
    const { store, clock, events, capacity, real } = node.parts
    const busy = isReal(pod) && real?.hasSlot(run.uid) === false
    const why = busy
      ? '0/1 nodes are available: 1 Too many real Spark runs on this machine.'
      : whyUnschedulable(pod, capacity)
    if (why !== undefined) {
      if (run.tries === 0) {
        events.scheduler(pod, 'Warning', 'FailedScheduling', why)
        store.update('pods', run.namespace, run.name, old => unschedulable(old, why, clock.now()))
      }
      return busy ? { step: 'schedule', afterSeconds: REAL_SLOT_SECONDS, tries: run.tries + 1 } : REST
    }
    store.update('pods', run.namespace, run.name, old => scheduled(old, clock.now()))
    events.scheduler(pod, 'Normal', 'Scheduled', `Successfully assigned ${run.namespace}/${run.name} to ${NODE_NAME}`)
    return { step: 'create', afterSeconds: CREATE_SECONDS, tries: 0 }
  },

  create(node, run) {
    const { store, clock } = node.parts
    store.update('pods', run.namespace, run.name, old => waiting(old, 'ContainerCreating', undefined, clock.now()))
    return { step: 'mount', afterSeconds: MOUNT_SECONDS }
  },

  mount(node, run, pod) {
    const { events } = node.parts
    if (!run.configMaps) {
      const volume = `MountVolume.SetUp failed for volume "spark-conf-volume-driver" : configmap "spark-drv-${run.uid.slice(0, 8)}-conf-map" not found`
      events.kubelet(pod, 'Warning', 'FailedMount', volume, 'pod')
      if (run.tries >= MAX_MOUNT_TRIES) return REST
      return { step: 'mount', afterSeconds: 0.5 * 2 ** run.tries, tries: run.tries + 1 }
    }
    const { image, imagePullPolicy } = pod.spec.containers[0]
    if (hasUnreachableRegistry(image))
      return { step: imagePullPolicy === 'Never' ? 'image-missing' : 'image-fails', afterSeconds: 0.3, tries: 0 }
    events.kubelet(pod, 'Normal', 'Pulled', `Container image "${image}" already present on machine`)
    events.kubelet(pod, 'Normal', 'Created', `Created container: ${pod.spec.containers[0].name}`)
    events.kubelet(pod, 'Normal', 'Started', `Started container ${pod.spec.containers[0].name}`)
    return { step: 'start', afterSeconds: START_SECONDS }
  },

  'image-fails'(node, run, pod) {
    const { store, clock, events } = node.parts
    const { image } = pod.spec.containers[0]
    const { reason, message } = imageFailure(image, run.tries)
    if (reason === 'ErrImagePull') {
      events.kubelet(pod, 'Normal', 'Pulling', `Pulling image "${image}"`)
      events.kubelet(pod, 'Warning', 'Failed', `Failed to pull image "${image}": ${message}`)
      events.kubelet(pod, 'Warning', 'Failed', 'Error: ErrImagePull')
    } else {
      events.kubelet(pod, 'Normal', 'BackOff', `Back-off pulling image "${image}"`)
      events.kubelet(pod, 'Warning', 'Failed', 'Error: ImagePullBackOff')
    }
    store.update('pods', run.namespace, run.name, old => waiting(old, reason, message, clock.now()))
    return run.tries >= MAX_PULL_TRIES
      ? REST
      : { step: 'image-fails', afterSeconds: PULL_SECONDS, tries: run.tries + 1 }
  },

  'image-missing'(node, run, pod) {
    const { store, clock, events } = node.parts
    const message = `Container image "${pod.spec.containers[0].image}" is not present with pull policy of Never`
    events.kubelet(pod, 'Warning', 'ErrImageNeverPull', message)
    events.kubelet(pod, 'Warning', 'Failed', 'Error: ErrImageNeverPull')
    store.update('pods', run.namespace, run.name, old => waiting(old, 'ErrImageNeverPull', message, clock.now()))
    return REST
  },

  start(node, run, pod) {
    const { store, clock, logs, real } = node.parts
    store.update('pods', run.namespace, run.name, old => running(old, clock.now()))
    const app = applicationOf(node, run)
    if (run.role === 'executor' || app === undefined) return REST
    if (isReal(pod) && real !== undefined) {
      const process = real.start(app, pod, exit =>
        node.continueWith(run.uid, { step: 'exit', afterSeconds: 0, killExit: exit }),
      )
      return process === undefined ? { step: 'exit', afterSeconds: 0 } : { step: 'rest', process }
    }
    const plan = planDriver(app.spec)
    logs.append(run.uid, startLines(app, plan, clock.now()), clock.now())
    if (plan.earlySeconds !== undefined) return { step: 'exit', afterSeconds: plan.earlySeconds }
    return { step: 'ask-executors', afterSeconds: CONTEXT_SECONDS }
  },

  'ask-executors'(node, run, pod) {
    const { store, clock, logs, quotas } = node.parts
    const app = applicationOf(node, run)
    if (app === undefined) return REST
    const wanted = Math.min(wantedExecutors(app.spec), MAX_EXECUTORS)
    logs.append(run.uid, executorLines(wanted, clock.now()), clock.now())
    const missing = wanted - node.podsOwnedBy(run.uid, run.namespace).length
    for (let asked = 0; asked < missing; asked += 1) {
      const id = run.askedExecutors + asked + 1
      const executor = makeExecutorPod(app, pod, run.executorPrefix, id, clock.now())
      const over = whyOverQuota(
        executor,
        store.find('pods', run.namespace, () => true),
        quotas.get(run.namespace),
      )
      if (over !== undefined) {
        logs.append(run.uid, quotaLines(executor.metadata.name, over, clock.now()), clock.now())
        if (asked > 0) break
        return id > MAX_EXECUTOR_TRIES ? REST : { step: 'ask-executors', afterSeconds: 1, askedExecutors: id }
      }
      const stored = store.create('pods', executor)
      if (stored !== undefined) node.adopt(stored, app, 'executor')
    }
    return { step: 'await-executors', afterSeconds: LOOK_SECONDS, askedExecutors: run.askedExecutors + missing }
  },

  'await-executors'(node, run) {
    const plan = planOf(node, run)
    const runs = node.podsOwnedBy(run.uid, run.namespace).some(executor => executor.status.phase === 'Running')
    if (plan === undefined) return REST
    if (!runs) return { step: 'await-executors', afterSeconds: LOOK_SECONDS }
    return { step: plan.drained ? 'drain' : 'work-done', afterSeconds: plan.workSeconds }
  },

  'work-done'(node, run) {
    const { executorExit } = planOf(node, run) ?? {}
    for (const executor of node.podsOwnedBy(run.uid, run.namespace)) {
      node.deletePod(run.namespace, executor.metadata.name, executorExit)
    }
    return { step: 'exit', afterSeconds: SHUTDOWN_SECONDS }
  },

  drain(node, run) {
    node.drainPod(run.namespace, run.name)
    return undefined
  },

  exit(node, run, pod) {
    const { store, clock, logs } = node.parts
    const plan = planOf(node, run)
    const exit = run.killExit ?? plan?.exit ?? { code: 1, reason: 'Error' }
    if (plan !== undefined && !isReal(pod)) logs.append(run.uid, endLines(plan, clock.now()), clock.now())
    store.update('pods', run.namespace, run.name, old => terminated(old, exit, clock.now()))
    return { step: 'end', afterSeconds: PHASE_SECONDS }
  },

  end(node, run) {
    const { store, clock } = node.parts
    store.update('pods', run.namespace, run.name, old => ended(old, clock.now()))
    return REST
  },

  'kill-begun'(node, run, pod) {
    const { store, clock } = node.parts
    if (pod.status.phase === 'Pending') {
      store.update('pods', run.namespace, run.name, old => waiting(old, 'ContainerCreating', undefined, clock.now()))
      return { step: 'killed', afterSeconds: 0.17 }
    }
    store.update('pods', run.namespace, run.name, old => ({ ...old }))
    if (run.role === 'driver') return { step: 'kill-executors', afterSeconds: DRIVER_KILL_SECONDS }
    const asked = run.killExit?.code === 143 && run.killExit.reason === 'Error'
    return { step: 'killed', afterSeconds: asked ? EXECUTOR_KILL_SECONDS : EXECUTOR_EXIT_SECONDS }
  },

  'kill-executors'(node, run) {
    for (const executor of node.podsOwnedBy(run.uid, run.namespace))
      node.deletePod(run.namespace, executor.metadata.name)
    return { step: 'killed', afterSeconds: DRIVER_KILL_SECONDS }
  },

  killed(node, run, pod) {
    const { store, clock, real } = node.parts
    // A pod goes only when nothing of it runs any more; SIGKILL follows SIGTERM after some seconds.
    if (real?.isRunning(run.uid) === true) return { step: 'killed', afterSeconds: LOOK_SECONDS }
    const unknown = {
      code: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
    }
    const exit = pod.status.phase === 'Pending' ? unknown : (run.killExit ?? { code: 143, reason: 'Error' })
    if (!hasEnded(pod))
      store.update('pods', run.namespace, run.name, old => ended(terminated(old, exit, clock.now()), clock.now()))
    if (exit === unknown) return { step: 'remove', afterSeconds: 0.015 }
    if (run.role === 'executor') node.parts.clock.after(REPLACE_SECONDS, () => replaceExecutor(node, run, pod))
    return { step: 'remove', afterSeconds: run.role === 'driver' ? DRIVER_REMOVE_SECONDS : EXECUTOR_REMOVE_SECONDS }
  },

  remove(node, _run, pod) {
    node.removePod(pod)
    return undefined
  },

  rest() {
    return undefined
  },
}

function isReal(pod: Pod): boolean {
  return pod.metadata.annotations?.[RUN_ANNOTATION] === 'real'
}

function applicationOf(node: EmbeddedNode, run: PodRun): SparkApplication | undefined {
  return node.parts.store.get('sparkapplications', run.namespace, run.app)
}

function planOf(node: EmbeddedNode, run: PodRun): DriverPlan | undefined {
  const app = applicationOf(node, run)
  return app === undefined ? undefined : planDriver(app.spec)
}
