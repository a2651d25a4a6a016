/**
 * Every version that the cluster side installs, in one table. Kubernetes itself: the manifests were applied to 1.34, and the
 * kubectl of the CDK construct (1.35) speaks to 1.34, 1.35 and 1.36. A release is tried by changing it here alone: charts, the
 * Argo CD examples, the CDK construct and docs/cluster.md read this file.
 */

export interface ChartVersion {
  /** `https://…` of a chart repository, or `oci://…` of a registry. */
  readonly repository: string
  readonly chart: string
  readonly version: string
}

/** Helm charts. Only `spark-operator` has been run by this project; the others are released versions that fit Kubernetes 1.34. */
export const CHARTS = {
  'spark-operator': {
    repository: 'https://kubeflow.github.io/spark-operator',
    chart: 'spark-operator',
    version: '2.5.2',
  },
  karpenter: { repository: 'oci://public.ecr.aws/karpenter', chart: 'karpenter', version: '1.11.1' },
  'cluster-autoscaler': {
    repository: 'https://kubernetes.github.io/autoscaler',
    chart: 'cluster-autoscaler',
    version: '9.50.1',
  },
  'nvidia-device-plugin': {
    repository: 'https://nvidia.github.io/k8s-device-plugin',
    chart: 'nvidia-device-plugin',
    version: '0.17.4',
  },
  'fluent-bit': { repository: 'https://fluent.github.io/helm-charts', chart: 'fluent-bit', version: '0.54.0' },
  'kube-prometheus-stack': {
    repository: 'https://prometheus-community.github.io/helm-charts',
    chart: 'kube-prometheus-stack',
    version: '76.5.1',
  },
  keda: { repository: 'https://kedacore.github.io/charts', chart: 'keda', version: '2.17.0' },
} as const satisfies Readonly<Record<string, ChartVersion>>

/** Images that manifests of ours name themselves; Spark's own image is the platform's choice. */
export const IMAGES = {
  /** Holds the pod of the pre-pull DaemonSet open once the images are there. */
  pause: 'registry.k8s.io/pause:3.10',
} as const
