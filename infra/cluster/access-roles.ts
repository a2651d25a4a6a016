/**
 * Who may do what on the Kubernetes API, as RBAC: the gateway's identities by group (EKS access entries, type STANDARD), and
 * Spark's drivers by service account. What the identities may do is in shared/domain/platform/cluster-grants.ts.
 */
import { GATEWAY_GRANTS, GATEWAY_GROUPS } from '../../shared/domain/platform/cluster-grants.ts'
import type { ClusterGrant } from '../../shared/domain/platform/cluster-grants.ts'
import type { ClusterContext, ClusterTeam } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/**
 * What Spark's driver does with its own pods, claims and maps. Recorded from Spark 4.0.4 on a real cluster: pods create, get,
 * list, watch, deletecollection; maps create, deletecollection; claims list, deletecollection; services deletecollection. Beside
 * that: `patch` labels executors that are decommissioned, claims are made for `OnDemand` volumes, and older versions of Spark
 * list and delete one by one. The operator's chart would grant update, patch and watch of everything here.
 */
const DRIVER_GRANTS: readonly { resources: readonly string[]; verbs: readonly string[] }[] = [
  { resources: ['pods'], verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete', 'deletecollection'] },
  { resources: ['configmaps'], verbs: ['create', 'get', 'list', 'delete', 'deletecollection'] },
  { resources: ['persistentvolumeclaims'], verbs: ['create', 'get', 'list', 'delete', 'deletecollection'] },
  { resources: ['services'], verbs: ['list', 'delete', 'deletecollection'] },
]

const RBAC = 'rbac.authorization.k8s.io'
const LABELS = partLabels('access')

export function renderAccessRoles({ teams }: ClusterContext): readonly Manifest[] {
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'sparkgate-observe', labels: LABELS },
      rules: rulesOf(GATEWAY_GRANTS.observe),
    },
    // One LIST or WATCH over the whole cluster is what makes observing cheap; nothing but SparkApplications is readable.
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'sparkgate-observe', labels: LABELS },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'sparkgate-observe' },
      subjects: [groupSubject(GATEWAY_GROUPS.observe)],
    },
    ...teams.flatMap(rolesOfTeam),
  ]
}

function rolesOfTeam({ namespace, serviceAccount }: ClusterTeam): readonly Manifest[] {
  const gateway = (['reconcile', 'api'] as const).flatMap(identity =>
    roleWithBinding(`sparkgate-${identity}`, namespace, rulesOf(GATEWAY_GRANTS[identity]), [
      groupSubject(GATEWAY_GROUPS[identity]),
    ]),
  )
  const driver = roleWithBinding(
    'spark-driver',
    namespace,
    DRIVER_GRANTS.map(grant => ({ apiGroups: [''], ...grant })),
    [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
  )
  return [...gateway, ...driver]
}

function roleWithBinding(
  name: string,
  namespace: string,
  rules: readonly object[],
  subjects: readonly object[],
): readonly Manifest[] {
  return [
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name, namespace, labels: LABELS }, rules },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace, labels: LABELS },
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects,
    },
  ]
}

const rulesOf = (grants: readonly ClusterGrant[]) =>
  grants.map(({ apiGroups, resources, verbs }) => ({ apiGroups, resources, verbs: Object.keys(verbs) }))

const groupSubject = (name: string) => ({ apiGroup: RBAC, kind: 'Group', name })
