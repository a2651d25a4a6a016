/** The cluster of the model: the operator, drivers, statuses, the garbage collector; and what a look at it shows. */
import type { Attempt } from '../../shared/domain/job.ts'
import type { ApplicationView, PodView } from '../../shared/domain/observed.ts'
import { makeApplication, makeDriver } from '../support/make-job.ts'
import type { ModelObject, ModelPod, ModelState, Transition } from './model.ts'

/** The operator makes a driver, drivers end, statuses follow, the garbage collector removes pods of deleted objects. */
export function clusterTransitions(state: ModelState): Transition[] {
  const withPod = (index: number, phase: ModelPod['phase']): ModelState => ({
    ...state,
    pods: state.pods.with(index, { ...(state.pods[index] as ModelPod), phase }),
  })
  return [
    ...state.objects.flatMap((object, index) => objectTransitions(state, object, index)),
    ...state.pods.flatMap((pod, index) => [
      ...(pod.phase === 'Running'
        ? [
            { name: 'driver succeeds', to: withPod(index, 'Succeeded') },
            { name: 'driver fails', to: withPod(index, 'Failed') },
          ]
        : []),
      ...(state.objects.some(({ uid }) => uid === pod.uid)
        ? []
        : [{ name: 'pod is collected', to: { ...state, pods: state.pods.toSpliced(index, 1) } }]),
    ]),
  ]
}

function objectTransitions(state: ModelState, object: ModelObject, index: number): Transition[] {
  const pod = state.pods.find(({ uid }) => uid === object.uid)
  if (pod === undefined) {
    if (object.state !== '' || state.pods.some(({ attempt }) => attempt === object.attempt)) return []
    const pods = [...state.pods, { attempt: object.attempt, uid: object.uid, phase: 'Running' as const }]
    const two = state.pods.some(({ phase }) => phase === 'Running')
    return [{ name: 'driver starts', to: { ...state, pods, ...wrong(two ? 'I2: two drivers live' : undefined) } }]
  }
  const next = ({ Running: 'RUNNING', Succeeded: 'COMPLETED', Failed: 'FAILED' } as const)[pod.phase]
  if (object.state === next) return []
  return [{ name: `status ${next}`, to: { ...state, objects: state.objects.with(index, { ...object, state: next }) } }]
}

/** Name of the object of the attempt, as a GET finds it: names differ by attempt. */
export function viewOf({ objects, job }: ModelState, { number }: Attempt): ApplicationView | undefined {
  const object = objects.find(({ attempt }) => attempt === number)
  if (object === undefined) return undefined
  const { jobId, team, specHash } = job
  const errorMessage = 'driver container failed with ExitCode: 143, Reason: Error'
  return makeApplication(object.state, {
    uid: object.uid,
    jobId,
    team,
    specHash,
    attempt: number,
    ...(object.state === 'FAILED' && { errorMessage }),
  })
}

/** As the adapter shows it. */
export const podViewOf = ({ uid, phase }: ModelPod): PodView => makeDriver(phase, { ownerUid: uid })

/** The part of a state that says what went wrong; nothing, when nothing did. */
export const wrong = (violation: string | undefined): { violation?: string } =>
  violation === undefined ? {} : { violation }
