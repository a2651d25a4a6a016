/**
 * The push: one small pod that watches SparkApplications and posts changed job ids to the reconcile queue. A change then
 * reaches the gateway in some tens of milliseconds, without a function that waits. Only an accelerator: without it, or when
 * it is away, the poll of observe-cluster and the sweep find everything.
 */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels, PLATFORM_NAMESPACE } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { teamRoleArn } from './team-roles.ts'

const NAME = 'sparkgate-forwarder'
const SELECTOR = { 'app.kubernetes.io/name': NAME }
const LABELS = { ...SELECTOR, ...partLabels('forwarder') }
const RBAC = 'rbac.authorization.k8s.io'
/** The image's own user. */
const NODE_UID = 1_000

export function renderForwarder(context: ClusterContext): readonly Manifest[] {
  const { forwarder, identity } = context.options
  if (forwarder === undefined) return []
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        name: NAME,
        namespace: PLATFORM_NAMESPACE,
        labels: LABELS,
        ...(identity === 'irsa' && {
          annotations: { 'eks.amazonaws.com/role-arn': teamRoleArn(context, 'forwarder') },
        }),
      },
    },
    // It may what the observing function may: list and watch SparkApplications.
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME, labels: LABELS },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'sparkgate-observe' },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: PLATFORM_NAMESPACE }],
    },
    deployment(context, forwarder),
  ]
}

function deployment(context: ClusterContext, { image, queueUrl }: { image: string; queueUrl: string }): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: PLATFORM_NAMESPACE, labels: LABELS },
    spec: {
      // Two would send everything twice; a look too many costs a read.
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          terminationGracePeriodSeconds: 10,
          securityContext: { runAsNonRoot: true, runAsUser: NODE_UID, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'forwarder',
              image,
              env: [
                { name: 'RECONCILE_QUEUE_URL', value: queueUrl },
                { name: 'AWS_REGION', value: context.cluster.region },
              ],
              resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '192Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  }
}
