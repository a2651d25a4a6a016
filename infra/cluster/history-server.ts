/**
 * Spark's history server: the UI of jobs that have ended, from the event logs in S3 (profile `event-log`). It keeps nothing:
 * replicas are equal, and any of them may go. Reached by port-forward or by an ingress of the platform's own; it shows all
 * teams' logs and asks nobody who they are, so that it is not opened here.
 */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels, PLATFORM_NAMESPACE } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { teamRoleArn } from './team-roles.ts'

const NAME = 'sparkgate-history-server'
const PORT = 18_080
const SELECTOR = { 'app.kubernetes.io/name': NAME }
const LABELS = { ...SELECTOR, ...partLabels('history-server') }
const MAX_REPLICAS = 3
/** Spark's own images run as this user. */
const SPARK_UID = 185

export function renderHistoryServer(context: ClusterContext): readonly Manifest[] {
  const { historyServer } = context.options
  const { eventLogDir } = context.platform.profileSettings
  if (historyServer === undefined || eventLogDir === undefined) return []
  return [
    serviceAccount(context),
    deployment(context, historyServer.image, eventLogDir),
    service(),
    ...scalingOf(historyServer),
  ]
}

function serviceAccount(context: ClusterContext): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: NAME,
      namespace: PLATFORM_NAMESPACE,
      labels: LABELS,
      ...(context.options.identity === 'irsa' && {
        annotations: { 'eks.amazonaws.com/role-arn': teamRoleArn(context, 'history-server') },
      }),
    },
    automountServiceAccountToken: false,
  }
}

function deployment(context: ClusterContext, image: string, eventLogDir: string): Manifest {
  const options = [
    `-Dspark.history.fs.logDirectory=${eventLogDir}`,
    '-Dspark.history.fs.update.interval=30s',
    '-Dspark.history.fs.cleaner.enabled=false',
    '-Dspark.history.ui.maxApplications=2000',
    `-Dspark.hadoop.fs.s3a.endpoint.region=${context.cluster.region}`,
  ].join(' ')
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: PLATFORM_NAMESPACE, labels: LABELS },
    spec: {
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          securityContext: { runAsNonRoot: true, runAsUser: SPARK_UID, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'history-server',
              image,
              command: ['/opt/spark/bin/spark-class', 'org.apache.spark.deploy.history.HistoryServer'],
              env: [
                { name: 'SPARK_HISTORY_OPTS', value: options },
                { name: 'SPARK_DAEMON_MEMORY', value: '2g' },
              ],
              ports: [{ name: 'http', containerPort: PORT }],
              readinessProbe: { httpGet: { path: '/api/v1/version', port: 'http' }, periodSeconds: 10 },
              livenessProbe: {
                httpGet: { path: '/api/v1/version', port: 'http' },
                initialDelaySeconds: 60,
                periodSeconds: 30,
              },
              resources: { requests: { cpu: '500m', memory: '3Gi' }, limits: { memory: '3Gi' } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            },
          ],
        },
      },
    },
  }
}

function service(): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace: PLATFORM_NAMESPACE, labels: LABELS },
    spec: {
      selector: SELECTOR,
      ports: [{ name: 'http', port: PORT, targetPort: 'http' }],
      // A replica reads a log when it is first asked for it: the same person stays with the one that has.
      sessionAffinity: 'ClientIP',
    },
  }
}

const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME }

function scalingOf({
  scaling,
  timezone,
}: {
  scaling: 'hpa' | 'office-hours' | 'fixed'
  timezone: string
}): readonly Manifest[] {
  const metadata = { name: NAME, namespace: PLATFORM_NAMESPACE, labels: LABELS }
  switch (scaling) {
    case 'fixed':
      return []
    case 'hpa':
      return [
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata,
          spec: {
            scaleTargetRef: TARGET,
            minReplicas: 1,
            maxReplicas: MAX_REPLICAS,
            metrics: [
              { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
            ],
          },
        },
      ]
    case 'office-hours':
      return [
        {
          apiVersion: 'keda.sh/v1alpha1',
          kind: 'ScaledObject',
          metadata,
          spec: {
            scaleTargetRef: { name: NAME },
            minReplicaCount: 0,
            maxReplicaCount: MAX_REPLICAS,
            triggers: [
              {
                type: 'cron',
                metadata: { timezone, start: '0 7 * * 1-5', end: '0 20 * * 1-5', desiredReplicas: '1' },
              },
            ],
          },
        },
      ]
  }
}
