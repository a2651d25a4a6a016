/** What is recorded: each scenario is what is done to one application, which is named like it, and how long it is looked at. */
import { setTimeout as pause } from 'node:timers/promises'
import { killPart, submits } from '../../cluster/support/cluster-parts.ts'
import { kubectlMust } from '../../cluster/support/kubectl.ts'
import type { Recording, Seen } from './recording.ts'

export interface Scenario {
  /** Needs ../shared/cluster, and for itself: a part of the cluster is killed. */
  readonly breaksCluster?: true
  run(recording: Recording, image: string): Promise<void>
}

/** A job on a busy machine of two cores. */
const JOB_SECONDS = 300
/** Long enough for a second try of what is tried again. */
const WATCHED_MILLISECONDS = 15_000
/** The driver stays in ContainerCreating for ever: what follows would follow by then. */
const STUCK_MILLISECONDS = 20_000

/** A node is missed after 50 s, its pods are collected within a minute. */
const NODE_SECONDS = 180
/** The only one of ../shared/cluster. */
const NODE = 'spark-node'
const ended = ({ state }: Seen): boolean => state === 'COMPLETED' || state === 'FAILED'
const isIn =
  (state: string) =>
  (seen: Seen): boolean =>
    seen.state === state
const executorRuns = ({ executors }: Seen): boolean => Object.values(executors).includes('RUNNING')
const phaseOf = ({ pods }: Seen, name: string): string | undefined => pods.get(`${name}-driver`)

export const scenarios: Readonly<Record<string, Scenario>> = {
  'executor-pod-deleted': {
    async run(recording, image) {
      await recording.create(sleeps(image, 35))
      let pod: string | undefined
      await recording.until('an executor', seen => (pod = runningExecutor(seen)) !== undefined, JOB_SECONDS)
      await recording.removePod(pod ?? '')
      await recording.until('the end', ended, JOB_SECONDS)
    },
  },
  'deleted-while-pending': {
    async run(recording, image) {
      await recording.create(onNoNode(image))
      await recording.until('SUBMITTED', isIn('SUBMITTED'), JOB_SECONDS)
      await pause(3_000)
    },
  },
  'image-never-pulled': {
    async run(recording, image) {
      await recording.create({
        ...sleeps(image, 5),
        image: 'images.invalid/missing/spark:4.0',
        imagePullPolicy: 'Never',
      })
      await recording.until('ErrImageNeverPull', seen => seen.text.includes('ErrImageNeverPull'), JOB_SECONDS)
      await pause(5_000)
    },
  },
  'quota-executors': {
    async run(recording, image) {
      const quotas = `/api/v1/namespaces/${recording.namespace}/resourcequotas`
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', spec: { hard: { pods: '1' } } }
      await recording.act('QUOTA-SET', 'POST', quotas, { ...quota, metadata: { name: recording.name } })
      try {
        await recording.create(sleeps(image, 5))
        await recording.until('RUNNING', isIn('RUNNING'), JOB_SECONDS)
        await pause(WATCHED_MILLISECONDS)
      } finally {
        await recording.act('QUOTA-RAISED', 'DELETE', `${quotas}/${recording.name}`)
      }
      await recording.until('the end', ended, JOB_SECONDS)
    },
  },
  'name-taken': {
    async run(recording, image) {
      const pods = `/api/v1/namespaces/${recording.namespace}/pods`
      await recording.act('CREATE-POD', 'POST', pods, foreignPod(`${recording.name}-driver`, image))
      await recording.create(sleeps(image, 5))
      await recording.until('the end', ended, JOB_SECONDS)
      await recording.removePod(`${recording.name}-driver`)
    },
  },
  'driver-pod-evicted': {
    async run(recording, image) {
      await recording.create(sleeps(image, 300))
      await recording.until('an executor', executorRuns, JOB_SECONDS)
      const pod = `${recording.name}-driver`
      await recording.act('EVICT', 'POST', `/api/v1/namespaces/${recording.namespace}/pods/${pod}/eviction`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod, namespace: recording.namespace },
      })
      await recording.until('the end', ended, JOB_SECONDS)
    },
  },
  'operator-killed-before-driver-pod': {
    breaksCluster: true,
    async run(recording, image) {
      await recording.create(sleeps(image, 5))
      await recording.until('spark-submit', () => submits().length > 0, JOB_SECONDS)
      await pause(300)
      await killAndStart(recording, 'operator', 'OPERATOR')
      await recording.until('the end', ended, JOB_SECONDS)
    },
  },
  'operator-killed-after-driver-pod': {
    breaksCluster: true,
    async run(recording, image) {
      await recording.create(sleeps(image, 5))
      await recording.until('the driver pod', ({ pods }) => pods.size > 0, JOB_SECONDS)
      await killAndStart(recording, 'operator', 'OPERATOR')
      await recording.until('the end', ended, JOB_SECONDS)
      recording.note('STATE-IS-FINAL')
      await pause(STUCK_MILLISECONDS)
    },
  },
  'operator-away-at-end': {
    breaksCluster: true,
    async run(recording, image) {
      await recording.create(sleeps(image, 5))
      await recording.until('an executor', executorRuns, JOB_SECONDS)
      const killed = await killPart('operator', 'SIGTERM')
      recording.note('OPERATOR-STOPPED')
      try {
        const driverEnded = (seen: Seen): boolean => phaseOf(seen, recording.name) === 'Succeeded'
        await recording.until('the end of the driver', driverEnded, JOB_SECONDS)
      } finally {
        killed.restart()
        recording.note('OPERATOR-STARTED')
      }
      await recording.until('the end', ended, JOB_SECONDS)
    },
  },
  'webhook-away': {
    breaksCluster: true,
    async run(recording, image) {
      await recording.create(sleeps(image, 5))
      await recording.until('spark-submit', () => submits().length > 0, JOB_SECONDS)
      const killed = await killPart('operator-webhook', 'SIGTERM')
      recording.note('WEBHOOK-STOPPED')
      try {
        await recording.until('the end', ended, JOB_SECONDS)
      } finally {
        killed.restart()
        recording.note('WEBHOOK-STARTED')
      }
      await pause(WATCHED_MILLISECONDS)
    },
  },
  'api-server-restarted': {
    breaksCluster: true,
    async run(recording, image) {
      await recording.create(sleeps(image, 30))
      await recording.until('an executor', executorRuns, JOB_SECONDS)
      await killAndStart(recording, 'kube-apiserver', 'API-SERVER')
      await recording.until('the end', ended, JOB_SECONDS)
    },
  },
  /** The cluster has no node afterwards: `../shared/cluster/up` makes a new one. */
  'node-lost': {
    breaksCluster: true,
    async run(recording, image) {
      await recording.create(sleeps(image, 600))
      await recording.until('an executor', executorRuns, JOB_SECONDS)
      await killPart('node')
      recording.note('NODE-KILLED')
      await recording.until('the node to be missed', seen => seen.text.includes('NodeNotReady'), NODE_SECONDS)
      // After five minutes the cluster does so itself, but not with its only node.
      kubectlMust('taint', 'node', NODE, 'example.org/lost:NoExecute')
      recording.note('NODE-TAINTED')
      await recording.until('the eviction', seen => seen.text.includes('DeletionByTaintManager'), NODE_SECONDS)
      await pause(STUCK_MILLISECONDS)
      // What a cloud's controller does when the machine is no more.
      await recording.act('NODE-REMOVED', 'DELETE', `/api/v1/nodes/${NODE}`)
      await recording.until('the end', ended, NODE_SECONDS)
    },
  },
}

async function killAndStart(recording: Recording, part: 'operator' | 'kube-apiserver', as: string): Promise<void> {
  const killed = await killPart(part, 'SIGKILL')
  recording.note(`${as}-KILLED`)
  killed.restart()
  recording.note(`${as}-STARTED`)
}

const runningExecutor = ({ executors, pods }: Seen): string | undefined =>
  Object.keys(executors).find(name => executors[name] === 'RUNNING' && pods.get(name) === 'Running')

/** The image's own example: works so many seconds with one executor. */
function sleeps(image: string, seconds: number) {
  const pod = { cores: 1, coreRequest: '100m', memory: '512m' }
  return {
    type: 'Python',
    pythonVersion: '3',
    mode: 'cluster',
    sparkVersion: '4.0.4',
    image,
    imagePullPolicy: 'Never',
    mainApplicationFile: 'local:///opt/spark/examples/src/main/python/sleep.py',
    arguments: [String(seconds)],
    restartPolicy: { type: 'Never' },
    driver: { ...pod, serviceAccount: 'spark' },
    executor: { ...pod, instances: 1 },
  }
}

function onNoNode(image: string) {
  const spec = sleeps(image, 5)
  return { ...spec, driver: { ...spec.driver, nodeSelector: { 'example.org/no-such': 'node' } } }
}

/** Somebody else's pod, on no node. */
function foreignPod(name: string, image: string) {
  const resources = { requests: { cpu: '10m', memory: '16Mi' } }
  const containers = [{ name: 'main', image, command: ['sleep', '600'], imagePullPolicy: 'Never', resources }]
  const spec = { containers, nodeSelector: { 'example.org/no-such': 'node' }, restartPolicy: 'Never' }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
}
