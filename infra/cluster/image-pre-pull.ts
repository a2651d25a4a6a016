/**
 * Images on the nodes before a job needs them: a DaemonSet whose init containers are the images, and whose one container
 * waits. A Spark image of a gigabyte takes a node about half a minute. Teams under a policy with `pullPolicy: always` still
 * ask the registry whether they may, and then use what is there.
 */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels, PLATFORM_NAMESPACE } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { IMAGES } from './versions.ts'

const NAME = 'sparkgate-image-pre-pull'
const LABELS = { 'app.kubernetes.io/name': NAME, ...partLabels('image-pre-pull') }
const TINY = { requests: { cpu: '1m', memory: '8Mi' }, limits: { memory: '32Mi' } }
const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
/** Nobody's number: nothing runs that needs files of its own. */
const NOBODY = 65_534

export function renderImagePrePull({ options }: ClusterContext): readonly Manifest[] {
  if (options.prePullImages.length === 0) return []
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: NAME, namespace: PLATFORM_NAMESPACE, labels: LABELS },
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': NAME } },
        // All nodes at once: a new image should be everywhere before the next job.
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
        template: {
          metadata: { labels: LABELS },
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: NOBODY, seccompProfile: { type: 'RuntimeDefault' } },
            ...(options.nodes === 'karpenter' && { affinity: onSparkNodes }),
            tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
            initContainers: options.prePullImages.map((image, index) => ({
              name: `image-${index}`,
              image,
              command: ['/bin/true'],
              resources: TINY,
              securityContext: RESTRICTED,
            })),
            containers: [{ name: 'pause', image: IMAGES.pause, resources: TINY, securityContext: RESTRICTED }],
          },
        },
      },
    },
  ]
}

const onSparkNodes = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'sparkgate.dev/pool', operator: 'Exists' }] }],
    },
  },
}
