/**
 * The Spark Operator: values of its chart that differ from the chart's own, one release for each set of teams. Measured
 * facts behind the numbers: a submission is one JVM in the controller pod, 3 to 4 s and about 10 cores at two a second;
 * replicas stand by and add no throughput, so more throughput means more operators with disjoint namespaces.
 */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { ClusterContext, ClusterTeam } from './cluster-context.ts'
import type { HelmRelease } from './manifest.ts'
import { CHARTS } from './versions.ts'

/** One operator: its Helm release (also its namespace) and the teams whose namespaces it watches. */
export interface OperatorPlan {
  readonly release: string
  readonly teams: readonly ClusterTeam[]
}

/** The operators of the options; one for all teams where none is named. */
export function operatorsOf({ options, teams }: ClusterContext): readonly OperatorPlan[] {
  if (options.operators.length === 0) return [{ release: 'spark-operator', teams }]
  return options.operators.map(({ name, teams: watched }) => ({
    release: `spark-operator-${name}`,
    teams: teams.filter(team => watched.includes(team.name)),
  }))
}

export function renderOperators(context: ClusterContext): readonly HelmRelease[] {
  const plans = operatorsOf(context)
  const submitsPerSecond = context.cluster.submitsPerSecond / plans.length
  return plans.map(({ release, teams }) => ({
    name: release,
    namespace: release,
    ...CHARTS['spark-operator'],
    values: operatorValues(teams, submitsPerSecond),
  }))
}

/** A submission takes 3 to 4 s on an idle operator; the fifth second is room. */
const SECONDS_PER_SUBMISSION = 5
/** Below four one stuck JVM is a quarter of the operator; above forty the rate limit of its client holds them up. */
const WORKERS = { least: 4, most: 40 }
/** Requested, not limited: a burst may take what the node has. */
const CORES_PER_SUBMIT_PER_SECOND = 4
const BASE_MEMORY_MIB = 1_024
/** Each JVM of spark-submit; with less the kernel ends it (`signal: killed`). */
const MEMORY_PER_WORKER_MIB = 512
/** Chart's defaults are 20 and 30: each submission costs about ten requests, and status comes late at their limit. */
const API_RATE = { kubeAPIQPS: 100, kubeAPIBurst: 200 }

function operatorValues(teams: readonly ClusterTeam[], submitsPerSecond: number): JsonObject {
  const wanted = Math.ceil(submitsPerSecond * SECONDS_PER_SUBMISSION)
  const workers = Math.min(WORKERS.most, Math.max(WORKERS.least, wanted))
  const memory = `${BASE_MEMORY_MIB + workers * MEMORY_PER_WORKER_MIB}Mi`
  return {
    controller: {
      // The second waits for the lease: a restart then costs the lease's 15 s, not a new pod and its image.
      replicas: 2,
      workers,
      ...API_RATE,
      workqueueRateLimiter: { bucketQPS: 500, bucketSize: 1_000, maxDelay: { enable: true, duration: '10m' } },
      // A Service for each job fills every pod's environment (6,000 of them broke Spark's start script); nobody else needs it.
      uiService: { enable: teams.some(team => team.rules.network.sparkUI === 'any') },
      logEncoder: 'json',
      priorityClassName: 'system-cluster-critical',
      podDisruptionBudget: { enable: true, minAvailable: 1 },
      resources: {
        requests: { cpu: String(Math.max(1, Math.ceil(submitsPerSecond * CORES_PER_SUBMIT_PER_SECOND))), memory },
        limits: { memory },
      },
    },
    webhook: {
      // Without it volumes, security contexts and tolerations of jobs are silently dropped.
      enable: true,
      replicas: 2,
      failurePolicy: 'Fail',
      ...API_RATE,
      logEncoder: 'json',
      priorityClassName: 'system-cluster-critical',
      podDisruptionBudget: { enable: true, minAvailable: 1 },
      resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '512Mi' } },
    },
    spark: {
      jobNamespaces: teams.map(team => team.namespace),
      // Ours: with an IAM role, and with fewer verbs.
      serviceAccount: { create: false },
      rbac: { create: false },
    },
    prometheus: {
      // `namespace` is the team's. No label with `/` or `.`: the operator would not start (only `-` is replaced).
      metrics: { enable: true, labels: 'app_type,namespace', jobStartLatencyBuckets: '5,10,20,30,60,120,300,600,1800' },
      // Ours instead (monitors.ts): the chart's fails where the CRDs are not there yet.
      podMonitor: { create: false },
    },
  }
}
