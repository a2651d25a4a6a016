/** A Kubernetes object as this folder renders it: plain JSON that `kubectl apply`, CDK and Argo CD take alike. */
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'

export interface ObjectMetadata {
  readonly name: string
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMetadata
  readonly [field: string]: unknown
}

/** A release of a Helm chart: what `helm upgrade --install`, CDK and Argo CD need to know. */
export interface HelmRelease {
  readonly name: string
  readonly namespace: string
  readonly repository: string
  readonly chart: string
  readonly version: string
  readonly values: JsonObject
}

/** Labels of everything that is rendered here; `component` is the part that an option switches. */
export function partLabels(component: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/part-of': 'sparkgate', 'app.kubernetes.io/component': component }
}

/** Namespace of what belongs to the platform and not to a team: history server, forwarder, image pre-pull. */
export const PLATFORM_NAMESPACE = 'sparkgate-system'
/** Label of team namespaces, with the team's name: policies find their namespaces by it. */
export const TEAM_LABEL = 'sparkgate.dev/team'
