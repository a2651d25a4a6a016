/** What rendered Roles and ClusterRoles allow a group: a small RBAC authorizer over manifests. */
import type { Manifest } from '../../../infra/cluster/manifest.ts'

export interface KubernetesRequest {
  readonly verb: string
  /** Empty for the core group. */
  readonly apiGroup: string
  /** With the subresource: `pods/log`. */
  readonly resource: string
  /** Absent: for the whole cluster. */
  readonly namespace?: string
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** True if a binding to `group` leads to a rule that covers the request. */
export function isAllowed(manifests: readonly Manifest[], group: string, request: KubernetesRequest): boolean {
  return rulesOf(manifests, group, request.namespace).some(
    rule =>
      rule.apiGroups.includes(request.apiGroup) &&
      rule.resources.includes(request.resource) &&
      rule.verbs.includes(request.verb),
  )
}

/** All rules of a group in one namespace (those of ClusterRoleBindings too), or for the whole cluster. */
export function rulesOf(manifests: readonly Manifest[], group: string, namespace?: string): readonly Rule[] {
  const bindings = manifests.filter(
    ({ kind, metadata, ...rest }) =>
      (kind === 'ClusterRoleBinding' || (kind === 'RoleBinding' && metadata.namespace === namespace)) &&
      (rest['subjects'] as readonly { kind: string; name: string }[]).some(
        subject => subject.kind === 'Group' && subject.name === group,
      ),
  )
  return bindings.flatMap(binding => {
    const { kind, name } = binding['roleRef'] as { kind: string; name: string }
    const role = manifests.find(
      object =>
        object.kind === kind &&
        object.metadata.name === name &&
        (kind === 'ClusterRole' || object.metadata.namespace === binding.metadata.namespace),
    )
    if (role === undefined) throw new Error(`${binding.metadata.name} binds the unknown ${kind} ${name}`)
    return role['rules'] as readonly Rule[]
  })
}
