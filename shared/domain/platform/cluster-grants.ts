/**
 * Who the gateway is on the Kubernetes API: three identities, one a function that calls it, each with the verbs that it needs.
 * infra/cluster renders Roles from this, the embedded cluster checks by it, and a test holds it against the audit log of a
 * recorded run. Deliberately absent: secrets, exec, wildcards, and every kind of update: a changed SparkApplication runs again
 * (rule 3).
 */

/** Groups of the access entries; EKS refuses names that begin with `system:` or `eks:`. */
export const GATEWAY_GROUPS = {
  reconcile: 'sparkgate:reconcile',
  observe: 'sparkgate:observe',
  api: 'sparkgate:api',
} as const

export type GatewayIdentity = keyof typeof GATEWAY_GROUPS
export const GATEWAY_IDENTITIES = Object.keys(GATEWAY_GROUPS) as readonly GatewayIdentity[]

export interface ClusterGrant {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  /** Verb → why it is granted although nothing in this repository calls it; `undefined`: it is called. */
  readonly verbs: Readonly<Record<string, string | undefined>>
}

const OPERATOR_GROUP = 'sparkoperator.k8s.io'
const used = undefined

/**
 * What each identity may do, with the reasons. `observe` holds on the whole cluster, the others in team namespaces. RBAC does
 * not know `dryRun`: whoever may try a create may also do it. That `api` only tries is held by an admission policy
 * (infra/cluster/admission), and without one by nothing.
 */
export const GATEWAY_GRANTS: Readonly<Record<GatewayIdentity, readonly ClusterGrant[]>> = {
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
      verbs: {
        list: 'Why executors failed whose pods are gone (look-at-attempt.ts); the run that proves rights has no such job.',
      },
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
  api: [
    { apiGroups: [OPERATOR_GROUP], resources: ['sparkapplications'], verbs: { create: used } },
    { apiGroups: [''], resources: ['pods'], verbs: { list: used } },
    { apiGroups: [''], resources: ['pods/log'], verbs: { get: used } },
  ],
}
