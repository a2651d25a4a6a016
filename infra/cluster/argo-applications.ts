/** Argo CD `Application`s: one for each chart, and one for the manifests in the platform's own repository. Examples to copy. */
import type { ClusterContext } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { HelmRelease, Manifest } from './manifest.ts'

/** `charts` first (they bring the CRDs), manifests in the next wave. */
export function renderArgoApplications(context: ClusterContext, charts: readonly HelmRelease[]): readonly Manifest[] {
  const { argo } = context.options
  if (argo === undefined) return []
  const destination = (namespace: string) => ({ name: context.clusterName, namespace })
  return [
    ...charts.map(chart =>
      application(chart.name, '0', argo.project, {
        source: {
          // Argo CD names registries without their scheme.
          repoURL: chart.repository.replace(/^oci:\/\//, ''),
          chart: chart.chart,
          targetRevision: chart.version,
          helm: { releaseName: chart.name, valuesObject: chart.values },
        },
        destination: destination(chart.namespace),
      }),
    ),
    application('sparkgate-cluster', '1', argo.project, {
      source: { repoURL: argo.repoUrl, targetRevision: argo.revision, path: `${argo.path}/manifests` },
      destination: destination('default'),
    }),
  ]
}

function application(name: string, wave: string, project: string, what: object): Manifest {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      labels: partLabels('argo'),
      annotations: { 'argocd.argoproj.io/sync-wave': wave },
    },
    spec: {
      project,
      ...what,
      syncPolicy: {
        // No prune: a namespace that is taken out of the file takes a team's running jobs with it. That is for a person.
        automated: { prune: false, selfHeal: true },
        syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'],
      },
    },
  }
}
