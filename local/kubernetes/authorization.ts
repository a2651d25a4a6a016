/**
 * What a caller may do: a small RBAC. Roles bind a group to verbs on resources, in some namespaces or everywhere.
 */
import { forbidden } from './status-answer.ts'
import type { StatusError } from './status-answer.ts'

/** A Role or ClusterRole with its binding to one group. */
export interface RoleGrant {
  readonly group: string
  /** `'*'`: every namespace, and requests for the whole cluster. */
  readonly namespaces: readonly string[] | '*'
  readonly rules: readonly {
    /** Plurals, with subresource where there is one: `sparkapplications`, `pods/log`. */
    readonly resources: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

/** What a request wants to do. */
export interface AccessRequest {
  readonly verb: string
  readonly group: string
  /** Plural, with `/log` and the like. */
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
}

/** The 403 that the API server would give, or undefined where the request is allowed. */
export function refuseAccess(
  user: { readonly username: string; readonly groups: readonly string[] },
  request: AccessRequest,
  grants: readonly RoleGrant[],
): StatusError | undefined {
  if (grants.some(grant => user.groups.includes(grant.group) && allows(grant, request))) return undefined
  const scope =
    request.namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(request.namespace)}`
  return forbidden(user.username, request.verb, { group: request.group, plural: request.resource }, request.name, scope)
}

function allows(grant: RoleGrant, request: AccessRequest): boolean {
  const inScope =
    grant.namespaces === '*' || (request.namespace !== undefined && grant.namespaces.includes(request.namespace))
  return (
    inScope && grant.rules.some(rule => rule.resources.includes(request.resource) && rule.verbs.includes(request.verb))
  )
}
