/**
 * One cluster of the platform file → everything that is installed on it, as plain data: manifests by file, Helm releases,
 * dashboards, IAM policies of pods, Argo CD examples. Pure: `write-manifests.ts` writes it, `sparkgate-cluster.ts` applies it.
 */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { renderAccessRoles } from './access-roles.ts'
import { renderAddons } from './addon-values.ts'
import { renderAdmissionPolicies } from './admission/admission-policies.ts'
import { renderAlerts } from './alerts.ts'
import { renderApiFairness } from './api-fairness.ts'
import { renderArgoApplications } from './argo-applications.ts'
import { clusterContext } from './cluster-context.ts'
import type { ClusterContext } from './cluster-context.ts'
import type { ClusterOptions } from './cluster-options.ts'
import { renderDashboardMaps, renderDashboards } from './dashboards.ts'
import { renderForwarder } from './forwarder-manifests.ts'
import { renderHistoryServer } from './history-server.ts'
import { renderImagePrePull } from './image-pre-pull.ts'
import { renderKarpenterNodes } from './karpenter-nodes.ts'
import { partLabels, PLATFORM_NAMESPACE } from './manifest.ts'
import type { HelmRelease, Manifest } from './manifest.ts'
import { renderMonitors } from './monitors.ts'
import { renderNetworkPolicies } from './network-policies.ts'
import { renderOperators } from './operator-values.ts'
import { renderPlatformDefaults } from './platform-defaults.ts'
import { renderPriorityClasses, renderStorageClasses } from './scheduling-classes.ts'
import { renderTeamNamespaces } from './team-namespaces.ts'
import { renderPodRoles } from './team-roles.ts'
import type { PodRole } from './team-roles.ts'

export interface RenderedCluster {
  /** File name without `.yaml` → its objects; the names are in the order in which they are applied. */
  readonly manifests: Readonly<Record<string, readonly Manifest[]>>
  /** In the order in which they are installed; before `manifests`, whose later files need their CRDs. */
  readonly charts: readonly HelmRelease[]
  readonly dashboards: Readonly<Record<string, JsonObject>>
  readonly podRoles: readonly PodRole[]
  readonly argo: readonly Manifest[]
  /** For `clusters.NAME.defaults` of the platform file. */
  readonly platformDefaults: JsonObject
}

interface Part {
  readonly file: string
  isWanted(context: ClusterContext): boolean
  render(context: ClusterContext): readonly Manifest[]
}

const always = (): boolean => true

/** What needs the CRDs of a chart comes after everything that does not. */
const PARTS: readonly Part[] = [
  { file: '00-namespaces', isWanted: always, render: context => [platformNamespace, ...renderTeamNamespaces(context)] },
  { file: '10-access', isWanted: always, render: renderAccessRoles },
  { file: '20-network', isWanted: ({ options }) => options.networkPolicies, render: renderNetworkPolicies },
  { file: '30-priorities', isWanted: ({ options }) => options.priorityClasses, render: renderPriorityClasses },
  { file: '31-storage', isWanted: ({ options }) => options.storageClasses, render: renderStorageClasses },
  { file: '32-fairness', isWanted: ({ options }) => options.fairness, render: renderApiFairness },
  { file: '40-admission', isWanted: always, render: renderAdmissionPolicies },
  { file: '50-nodes', isWanted: ({ options }) => options.nodes === 'karpenter', render: renderKarpenterNodes },
  { file: '60-history-server', isWanted: always, render: renderHistoryServer },
  { file: '61-forwarder', isWanted: always, render: renderForwarder },
  { file: '62-image-pre-pull', isWanted: always, render: renderImagePrePull },
  {
    file: '70-monitoring',
    isWanted: ({ options }) => options.monitoring,
    render: context => [...renderMonitors(context), ...renderAlerts(context), ...renderDashboardMaps(context)],
  },
]

/** Throws `ClusterOptionsError` where options and platform file contradict each other. */
export function renderCluster(platform: Platform, clusterName: string, options: ClusterOptions): RenderedCluster {
  const context = clusterContext(platform, clusterName, options)
  const charts = [...renderOperators(context), ...renderAddons(context)]
  return {
    manifests: Object.fromEntries(
      PARTS.filter(part => part.isWanted(context))
        .map(part => [part.file, part.render(context)] as const)
        .filter(([, objects]) => objects.length > 0),
    ),
    charts,
    dashboards: options.monitoring ? renderDashboards(context) : {},
    podRoles: options.identity === 'none' ? [] : renderPodRoles(context),
    argo: renderArgoApplications(context, charts),
    platformDefaults: renderPlatformDefaults(context),
  }
}

const platformNamespace: Manifest = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: PLATFORM_NAMESPACE,
    labels: { ...partLabels('platform'), 'pod-security.kubernetes.io/enforce': 'restricted' },
  },
}
