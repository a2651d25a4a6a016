/**
 * Who may do what on the Kubernetes API: the gateway's two identities by group (EKS access entries, type STANDARD), and
 * Spark's drivers by service account. Each verb that nothing in this repository calls carries its reason; a test holds the
 * rest against the audit log of a recorded run. Deliberately absent everywhere: secrets, exec, wildcards; and for the
 * gateway every kind of update: a changed SparkApplication runs again (rule 3).
 */
import type { ClusterContext, ClusterTeam } from './cluster-context.ts'
import { partLabels } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** Groups of the access entries; EKS refuses names that begin with `system:` or `eks:`. */
export const GATEWAY_GROUPS = { reconcile: 'sparkgate:reconcile', observe: 'sparkgate:observe' } as const
export type GatewayIdentity = keyof typeof GATEWAY_GROUPS

interface Grant {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  /** Verb → why it is granted although nothing in this repository calls it; `undefined`: it is called. */
  readonly verbs: Readonly<Record<string, string | undefined>>
}

const OPERATOR_GROUP = 'sparkoperator.k8s.io'
const used = undefined

/** What each identity may do, with the reasons. `reconcile` holds in team namespaces, `observe` on the whole cluster. */
export const GATEWAY_GRANTS: Readonly<Record<GatewayIdentity, readonly Grant[]>> = {
  reconcile: [
    {
      apiGroups: [OPERATOR_GROUP],
      resources: ['sparkapplications'],
      verbs: {
        create: used,
        get: used,
        delete: used,
        list: 'For people who look as this role (kubectl get) and for the orphan report after a restore; shows nothing that get does not.',
        watch: 'For people who look as this role (kubectl get --watch); shows nothing that get does not.',
      },
    },
    {
      apiGroups: [''],
      resources: ['pods'],
      verbs: { list: used, get: 'The pod of one driver or executor, for a post-mortem that outlives it (DESIGN §7).' },
    },
    { apiGroups: [''], resources: ['pods/log'], verbs: { get: used } },
    {
      apiGroups: ['', 'events.k8s.io'],
      resources: ['events'],
      verbs: { list: 'Why a pod waits: the diagnosis of a pending job (DESIGN §7).' },
    },
  ],
  observe: [
    {
      apiGroups: [OPERATOR_GROUP],
      resources: ['sparkapplications'],
      verbs: {
        list: used,
        watch: used,
        get: 'For people who look as this role (kubectl get NAME); shows nothing that list does not.',
      },
    },
  ],
}

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
  const reconcile = roleWithBinding('sparkgate-reconcile', namespace, rulesOf(GATEWAY_GRANTS.reconcile), [
    groupSubject(GATEWAY_GROUPS.reconcile),
  ])
  const driver = roleWithBinding(
    'spark-driver',
    namespace,
    DRIVER_GRANTS.map(grant => ({ apiGroups: [''], ...grant })),
    [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
  )
  return [...reconcile, ...driver]
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

const rulesOf = (grants: readonly Grant[]) =>
  grants.map(({ apiGroups, resources, verbs }) => ({ apiGroups, resources, verbs: Object.keys(verbs) }))

const groupSubject = (name: string) => ({ apiGroup: RBAC, kind: 'Group', name })
