/**
 * Where the demo plays: everything embedded, or a real cluster that a kubeconfig names. A stage has the specs that its Spark can
 * run; on a real cluster a ConfigMap brings the two programs that no image has.
 */
import { readFileSync } from 'node:fs'
import { KubernetesHttp } from '../shared/adapters/kubernetes-http.ts'
import { parsePlatform } from '../shared/domain/platform/platform.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { kubeconfigAccess, kubeconfigClusters } from './kubeconfig-clusters.ts'
import { defaultPlatform } from './local-platform.ts'
import type { Schedules } from './local-platform.ts'
import type { StackOptions } from './stack.ts'

export interface DemoSpec {
  readonly text: string
  readonly contentType: 'application/yaml' | 'application/json'
}

export interface DemoStage {
  /** First line of the show. */
  readonly opening: string
  /** Last line of a good show. */
  readonly closing: string
  /** Longest time that all jobs together may take. */
  readonly limitSeconds: number
  readonly specs: Readonly<Record<'pi' | 'outOfMemory' | 'long' | 'broken', DemoSpec>>
  readonly stack: Pick<StackOptions, 'clusters'>
  platform(schedules: Schedules): Platform
  /** Removes what it made. */
  close(): Promise<void>
}

export interface ClusterPlace {
  readonly kubeconfig: string
  readonly namespace: string
  readonly serviceAccount: string
  /** With Spark's examples and Python. */
  readonly image: string
}

export const embeddedStage: DemoStage = {
  opening:
    'starting DynamoDB, SQS, S3, EventBridge, an HTTPS API and a Kubernetes cluster with a Spark Operator, all in this process',
  closing: 'All as expected (runs are simulated here; `npm run local` uses your Spark).',
  limitSeconds: 90,
  specs: {
    pi: fileSpec('spark-pi.yaml'),
    outOfMemory: fileSpec('out-of-memory.yaml'),
    long: fileSpec('long-running.json'),
    broken: fileSpec('invalid-many-mistakes.yaml'),
  },
  stack: {},
  platform: defaultPlatform,
  close: async () => {},
}

const TIMEOUT_SECONDS = 10
const CONFIG_MAP = 'sparkgate-demo'
const PROGRAMS = '/opt/sparkgate/demo'

/** Puts the ConfigMap there; rejects where the kubeconfig's user may not. */
export async function clusterStage(place: ClusterPlace): Promise<DemoStage> {
  const http = new KubernetesHttp(kubeconfigAccess(place.kubeconfig), { timeoutSeconds: TIMEOUT_SECONDS })
  const path = `/api/v1/namespaces/${place.namespace}/configmaps`
  const remove = () => http.call({ method: 'DELETE', path: `${path}/${CONFIG_MAP}` })
  await remove()
  const made = await http.call({ method: 'POST', path, body: programs() })
  if (made.status !== 201)
    throw new Error(
      `the demo's ConfigMap in namespace ${place.namespace}: HTTP ${made.status} ${JSON.stringify(made.body)}`,
    )
  return {
    opening:
      'starting DynamoDB, SQS, S3, EventBridge and an HTTPS API in this process; the Kubernetes cluster is yours',
    closing: 'All as expected, and really run by the cluster.',
    limitSeconds: 600,
    specs: {
      pi: sparkSpec('spark-pi', {
        type: 'Scala',
        mainClass: 'org.apache.spark.examples.SparkPi',
        mainApplicationFile: 'local:///opt/spark/examples/jars/spark-examples.jar',
        arguments: ['10'],
      }),
      // The container has 512 + 384 MiB, then 1.5 times as much; the JVM takes about 150 of it.
      outOfMemory: pythonSpec('monthly-model', 'allocate.py', '900'),
      long: pythonSpec('backfill', 'sleep.py', '600'),
      broken: fileSpec('invalid-many-mistakes.yaml'),
    },
    stack: { clusters: kubeconfigClusters(place.kubeconfig) },
    platform: schedules => clusterPlatform(place, schedules),
    async close() {
      await remove()
      http.close()
    },
  }
}

function clusterPlatform(place: ClusterPlace, schedules: Schedules): Platform {
  const { clusters, teams, ...rest } = defaultPlatform(schedules)
  const pod = { coreRequest: '100m', memory: '512m', memoryOverhead: '384m' }
  return parsePlatform({
    ...rest,
    clusters: {
      local: {
        ...clusters['local'],
        defaults: {
          image: place.image,
          imagePullPolicy: 'IfNotPresent',
          sparkVersion: '4.0.1',
          driver: pod,
          executor: pod,
        },
      },
    },
    teams: {
      payments: {
        ...teams['payments'],
        namespace: place.namespace,
        serviceAccount: place.serviceAccount,
        policy: 'demo',
      },
    },
    policies: { demo: { extends: 'strict', images: { pullPolicy: 'any' }, objects: { configMaps: [CONFIG_MAP] } } },
  })
}

function fileSpec(name: string): DemoSpec {
  const text = readFileSync(new URL(`../events/specs/${name}`, import.meta.url), 'utf8')
  return { text, contentType: name.endsWith('.json') ? 'application/json' : 'application/yaml' }
}

function pythonSpec(name: string, script: string, argument: string): DemoSpec {
  return sparkSpec(name, {
    type: 'Python',
    pythonVersion: '3',
    mainApplicationFile: `local://${PROGRAMS}/${script}`,
    arguments: [argument],
    volumes: [{ name: 'programs', configMap: { name: CONFIG_MAP } }],
    driver: { volumeMounts: [{ name: 'programs', mountPath: PROGRAMS }] },
  })
}

function sparkSpec(name: string, spec: object): DemoSpec {
  const application = {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name },
    spec: { mode: 'cluster', executor: { instances: 1 }, ...spec },
  }
  return { text: JSON.stringify(application, undefined, 2), contentType: 'application/json' }
}

/** Neither starts a SparkSession: they are quick. */
const programs = () => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: CONFIG_MAP },
  data: {
    'allocate.py':
      'import sys\nkept = [bytearray(b"x" * (50 << 20)) for _ in range(int(sys.argv[1]) // 50)]\nprint(len(kept))\n',
    'sleep.py': 'import sys, time\ntime.sleep(int(sys.argv[1]))\n',
  },
})
