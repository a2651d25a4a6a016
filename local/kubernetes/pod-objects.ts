/**
 * Driver and executor pods as Spark makes them.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { kubernetesTime } from './kubernetes-object.ts'
import type { Pod, SparkApplication } from './kubernetes-object.ts'
import { podResources } from './spark-resources.ts'
import type { SparkRole } from './spark-resources.ts'

/** Says on every object whether Spark really ran: `real` or `simulated`. */
export const RUN_ANNOTATION = 'sparkgate.dev/run'
const GRACE_SECONDS = 30

/** Name of the driver pod, as operator and Spark choose it. */
export function driverPodName(app: SparkApplication): string {
  return (
    app.spec.driver.podName ?? app.spec.sparkConf?.['spark.kubernetes.driver.pod.name'] ?? `${app.metadata.name}-driver`
  )
}

/** A new driver pod, not yet scheduled. Throws RangeError where Spark could not read a memory size. */
export function makeDriverPod(app: SparkApplication, submissionId: string, run: 'real' | 'simulated', now: Date): Pod {
  const { name, uid } = app.metadata
  const labels = {
    ...app.metadata.labels,
    ...app.spec.driver.labels,
    ...sparkLabels(app, `spark-${randomBytes(16).toString('hex')}`, submissionId),
    'spark-app-name': name,
    'spark-role': 'driver',
  }
  const owner = {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  }
  const main = app.spec.type === 'Python' ? 'org.apache.spark.deploy.PythonRunner' : app.spec.mainClass
  const args = [
    'driver',
    '--properties-file',
    '/opt/spark/conf/spark.properties',
    ...(main === undefined ? [] : ['--class', main]),
    app.spec.mainApplicationFile,
    ...(app.spec.arguments ?? []),
  ]
  const annotations = { ...app.spec.driver.annotations, [RUN_ANNOTATION]: run }
  return makePod(app, 'driver', driverPodName(app), { labels, annotations, ownerReferences: [owner] }, args, now)
}

/** A new executor pod. `prefix`: `<application name as set in code>-<16 hex>`; `id` counts from 1. */
export function makeExecutorPod(app: SparkApplication, driver: Pod, prefix: string, id: number, now: Date): Pod {
  const labels = {
    ...app.metadata.labels,
    ...app.spec.executor.labels,
    ...sparkLabels(
      app,
      driver.metadata.labels?.['spark-app-selector'] ?? '',
      driver.metadata.labels?.[SUBMISSION_LABEL] ?? '',
    ),
    'spark-app-name': prefix.slice(0, -17),
    'spark-exec-id': String(id),
    'spark-exec-resourceprofile-id': '0',
    'spark-role': 'executor',
  }
  const ownerReferences = [
    {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      name: app.metadata.name,
      uid: app.metadata.uid,
    },
    { apiVersion: 'v1', kind: 'Pod', name: driver.metadata.name, uid: driver.metadata.uid, controller: true },
  ]
  const annotations = { [RUN_ANNOTATION]: 'simulated' }
  return makePod(app, 'executor', `${prefix}-exec-${id}`, { labels, annotations, ownerReferences }, ['executor'], now)
}

const SUBMISSION_LABEL = 'sparkoperator.k8s.io/submission-id'

function sparkLabels(app: SparkApplication, selector: string, submissionId: string): Record<string, string> {
  return {
    'spark-app-selector': selector,
    'spark-version': app.spec.sparkVersion,
    'sparkoperator.k8s.io/app-name': app.metadata.name,
    'sparkoperator.k8s.io/launched-by-spark-operator': 'true',
    'sparkoperator.k8s.io/mutated-by-spark-operator': 'true',
    [SUBMISSION_LABEL]: submissionId,
  }
}

function makePod(
  app: SparkApplication,
  role: SparkRole,
  name: string,
  metadata: Pick<Pod['metadata'], 'labels' | 'annotations' | 'ownerReferences'>,
  args: readonly string[],
  now: Date,
): Pod {
  const resources = podResources(app.spec, role)
  const memory = `${resources.memoryMiB}Mi`
  const nodeSelector = app.spec[role].nodeSelector ?? app.spec.nodeSelector
  return {
    metadata: {
      name,
      namespace: app.metadata.namespace,
      uid: randomUUID(),
      generation: 1,
      creationTimestamp: kubernetesTime(now),
      ...metadata,
    },
    spec: {
      serviceAccountName: app.spec[role].serviceAccount ?? app.spec.driver.serviceAccount ?? 'default',
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: GRACE_SECONDS,
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      containers: [
        {
          name: `spark-kubernetes-${role}`,
          image: app.spec[role].image ?? app.spec.image ?? `docker.io/apache/spark:${app.spec.sparkVersion}`,
          ...(app.spec.imagePullPolicy === undefined ? {} : { imagePullPolicy: app.spec.imagePullPolicy }),
          args,
          resources: {
            limits: { ...(resources.cpuLimit === undefined ? {} : { cpu: resources.cpuLimit }), memory },
            requests: { cpu: resources.cpu, memory },
          },
        },
      ],
    },
    status: { phase: 'Pending', qosClass: 'Burstable' },
  }
}
