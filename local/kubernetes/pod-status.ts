/**
 * The statuses that scheduler and kubelet give a pod: each function answers the pod one step further.
 */
import { kubernetesTime } from './kubernetes-object.ts'
import type { ContainerState, Pod, PodCondition, TerminatedState } from './kubernetes-object.ts'

export const NODE_NAME = 'embedded-node'

/** Scheduled to the node, containers not yet created. */
export function scheduled(pod: Pod, now: Date): Pod {
  const spec = { ...pod.spec, nodeName: NODE_NAME }
  return { ...pod, spec, status: { ...pod.status, conditions: [condition('PodScheduled', 'True', now)] } }
}

/** No node takes it; `message` is the scheduler's. */
export function unschedulable(pod: Pod, message: string, now: Date): Pod {
  const failed = { ...condition('PodScheduled', 'False', now), reason: 'Unschedulable', message }
  return { ...pod, status: { ...pod.status, conditions: [failed] } }
}

/** Its container waits, for `reason`. */
export function waiting(pod: Pod, reason: string, message: string | undefined, now: Date): Pod {
  const state = { waiting: message === undefined ? { reason } : { reason, message } }
  const sandbox = reason !== 'ContainerCreating'
  return withContainer(
    pod,
    state,
    'Pending',
    now,
    conditions(pod, now, { sandbox, ready: false, why: 'ContainersNotReady' }),
  )
}

export function running(pod: Pod, now: Date): Pod {
  const state = { running: { startedAt: kubernetesTime(now) } }
  return withContainer(pod, state, 'Running', now, conditions(pod, now, { sandbox: true, ready: true }))
}

/** The container has ended; the pod's phase follows about a second later (`ended`). */
export function terminated(
  pod: Pod,
  exit: { readonly code: number; readonly reason: string; readonly message?: string },
  now: Date,
): Pod {
  const old = pod.status.containerStatuses?.[0].state
  const known = exit.reason !== 'ContainerStatusUnknown'
  const state: TerminatedState = {
    exitCode: exit.code,
    reason: exit.reason,
    ...(exit.message === undefined ? {} : { message: exit.message }),
    startedAt: known ? (old?.running?.startedAt ?? kubernetesTime(now)) : null,
    finishedAt: known ? kubernetesTime(now) : null,
  }
  const why = exit.code === 0 ? 'PodCompleted' : 'PodFailed'
  return withContainer(
    pod,
    { terminated: state },
    'Running',
    now,
    conditions(pod, now, { sandbox: true, ready: false, why }),
  )
}

/** The phase that the terminated container gives the pod. */
export function ended(pod: Pod, now: Date): Pod {
  const code = pod.status.containerStatuses?.[0].state.terminated?.exitCode ?? 0
  const why = code === 0 ? 'PodCompleted' : 'PodFailed'
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: code === 0 ? 'Succeeded' : 'Failed',
      conditions: conditions(pod, now, { sandbox: false, ready: false, why }),
    },
  }
}

/** Marked for deletion with this grace period. */
export function deleting(pod: Pod, graceSeconds: number, now: Date): Pod {
  const at = new Date(now.getTime() + graceSeconds * 1000)
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      deletionTimestamp: kubernetesTime(at),
      deletionGracePeriodSeconds: graceSeconds,
      generation: (pod.metadata.generation ?? 1) + (pod.metadata.deletionTimestamp === undefined ? 1 : 0),
    },
  }
}

/** The condition that a drain or an eviction leaves. */
export function disrupted(pod: Pod, now: Date): Pod {
  const target = {
    ...condition('DisruptionTarget', 'True', now),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  return { ...pod, status: { ...pod.status, conditions: [...(pod.status.conditions ?? []), target] } }
}

function withContainer(
  pod: Pod,
  state: ContainerState,
  phase: Pod['status']['phase'],
  now: Date,
  list: PodCondition[],
): Pod {
  const [container] = pod.spec.containers
  return {
    ...pod,
    status: {
      ...pod.status,
      phase,
      startTime: pod.status.startTime ?? kubernetesTime(now),
      hostIP: '127.0.0.1',
      conditions: list,
      containerStatuses: [
        {
          name: container.name,
          image: container.image,
          imageID: '',
          ready: state.running !== undefined,
          restartCount: 0,
          state,
          lastState: {},
        },
      ],
    },
  }
}

function conditions(
  pod: Pod,
  now: Date,
  is: { readonly sandbox: boolean; readonly ready: boolean; readonly why?: string },
): PodCondition[] {
  const unready = is.why === undefined ? {} : { reason: is.why }
  const names = `containers with unready status: [${pod.spec.containers[0].name}]`
  const message = is.why === 'ContainersNotReady' ? { message: names } : {}
  const fresh = [
    condition('PodReadyToStartContainers', is.sandbox ? 'True' : 'False', now),
    { ...condition('Initialized', 'True', now), ...(is.why === 'PodCompleted' ? { reason: 'PodCompleted' } : {}) },
    { ...condition('Ready', is.ready ? 'True' : 'False', now), ...unready, ...message },
    { ...condition('ContainersReady', is.ready ? 'True' : 'False', now), ...unready, ...message },
    condition('PodScheduled', 'True', now),
  ]
  const old = pod.status.conditions ?? []
  const kept = fresh.map(one => {
    const same = old.find(other => other.type === one.type && other.status === one.status)
    return same === undefined ? one : { ...one, lastTransitionTime: same.lastTransitionTime }
  })
  return [...kept, ...old.filter(one => one.type === 'DisruptionTarget')]
}

function condition(type: string, status: 'True' | 'False', now: Date): PodCondition {
  return { type, observedGeneration: 1, status, lastProbeTime: null, lastTransitionTime: kubernetesTime(now) }
}
