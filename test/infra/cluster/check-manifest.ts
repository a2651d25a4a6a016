/**
 * What is wrong with a rendered object, as an API server with strict field validation would find it: unknown fields, missing
 * ones, wrong types. Kinds of Kubernetes by their published schema; kinds of add-ons by the fields that we use of them.
 */
import type { Manifest } from '../../../infra/cluster/manifest.ts'
import { KUBERNETES_SCHEMAS } from './kubernetes-schemas.generated.ts'

interface SchemaNode {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly values?: SchemaNode
  readonly ref?: number
}

const { kinds, nodes } = JSON.parse(KUBERNETES_SCHEMAS) as {
  kinds: Readonly<Record<string, number>>
  nodes: readonly SchemaNode[]
}

const text: SchemaNode = { type: 'string' }
const number: SchemaNode = { type: 'integer' }
const truth: SchemaNode = { type: 'boolean' }
const anything: SchemaNode = {}
const map = (properties: Readonly<Record<string, SchemaNode>>, required: readonly string[] = []): SchemaNode => ({
  type: 'object',
  properties,
  required,
})
const list = (items: SchemaNode): SchemaNode => ({ type: 'array', items })
const dictionary: SchemaNode = { type: 'object', values: text }
const addon = (spec: SchemaNode): SchemaNode =>
  map({ apiVersion: text, kind: text, metadata: { ref: metadataNode() }, spec }, [
    'apiVersion',
    'kind',
    'metadata',
    'spec',
  ])

/** The metadata of any built-in kind is that of all. */
function metadataNode(): number {
  const namespace = nodes[kinds['v1/Namespace'] ?? -1]
  return namespace?.properties?.['metadata']?.ref ?? -1
}

const taint = map({ key: text, value: text, effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] } }, [
  'key',
  'effect',
])
const requirement = map(
  { key: text, operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] }, values: list(text) },
  ['key', 'operator'],
)
const relabeling = map({ sourceLabels: list(text), targetLabel: text, action: text, regex: text })
const labelSelector = map({ matchLabels: dictionary })

/** Fields that this project uses, with the types of the CRDs (Karpenter 1, Prometheus Operator, KEDA 2, Argo CD 3). */
const ADDON_KINDS: Readonly<Record<string, SchemaNode>> = {
  'karpenter.sh/v1/NodePool': addon(
    map(
      {
        weight: number,
        limits: dictionary,
        disruption: map(
          {
            consolidationPolicy: { enum: ['WhenEmpty', 'WhenEmptyOrUnderutilized'] },
            consolidateAfter: text,
            budgets: list(
              map({ nodes: text, reasons: list({ enum: ['Empty', 'Underutilized', 'Drifted'] }) }, ['nodes']),
            ),
          },
          ['consolidateAfter'],
        ),
        template: map({
          metadata: map({ labels: dictionary }),
          spec: map(
            {
              nodeClassRef: map({ group: text, kind: text, name: text }, ['group', 'kind', 'name']),
              expireAfter: text,
              requirements: list(requirement),
              taints: list(taint),
            },
            ['nodeClassRef', 'requirements'],
          ),
        }),
      },
      ['template'],
    ),
  ),
  'karpenter.k8s.aws/v1/EC2NodeClass': addon(
    map(
      {
        amiSelectorTerms: list(map({ alias: text })),
        role: text,
        subnetSelectorTerms: list(map({ tags: dictionary })),
        securityGroupSelectorTerms: list(map({ tags: dictionary })),
        instanceStorePolicy: { enum: ['RAID0'] },
        metadataOptions: map({
          httpEndpoint: { enum: ['enabled', 'disabled'] },
          httpTokens: { enum: ['required', 'optional'] },
          httpPutResponseHopLimit: number,
        }),
        blockDeviceMappings: list(
          map({
            deviceName: text,
            ebs: map({
              volumeSize: text,
              volumeType: text,
              encrypted: truth,
              deleteOnTermination: truth,
              throughput: number,
            }),
          }),
        ),
        tags: dictionary,
      },
      ['amiSelectorTerms', 'subnetSelectorTerms', 'securityGroupSelectorTerms'],
    ),
  ),
  'monitoring.coreos.com/v1/PodMonitor': addon(
    map(
      {
        namespaceSelector: map({ matchNames: list(text) }),
        selector: labelSelector,
        sampleLimit: number,
        podMetricsEndpoints: list(map({ port: text, path: text, interval: text, relabelings: list(relabeling) })),
      },
      ['selector', 'podMetricsEndpoints'],
    ),
  ),
  'monitoring.coreos.com/v1/PrometheusRule': addon(
    map({
      groups: list(
        map(
          {
            name: text,
            rules: list(
              map({ alert: text, expr: text, for: text, labels: dictionary, annotations: dictionary }, ['expr']),
            ),
          },
          ['name'],
        ),
      ),
    }),
  ),
  'keda.sh/v1alpha1/ScaledObject': addon(
    map(
      {
        scaleTargetRef: map({ name: text }, ['name']),
        minReplicaCount: number,
        maxReplicaCount: number,
        triggers: list(map({ type: text, metadata: dictionary }, ['type', 'metadata'])),
      },
      ['scaleTargetRef', 'triggers'],
    ),
  ),
  'argoproj.io/v1alpha1/Application': addon(
    map(
      {
        project: text,
        source: map(
          {
            repoURL: text,
            chart: text,
            path: text,
            targetRevision: text,
            helm: map({ releaseName: text, valuesObject: anything }),
          },
          ['repoURL'],
        ),
        destination: map({ name: text, namespace: text }),
        syncPolicy: map({ automated: map({ prune: truth, selfHeal: truth }), syncOptions: list(text) }),
      },
      ['project', 'destination'],
    ),
  ),
}

/** Deeper than a pod's spec nothing goes. */
const MAX_DEPTH = 40

/** One line a problem, with its path; empty for an object that would be taken. */
export function problemsOf(object: Manifest): readonly string[] {
  const key = `${object.apiVersion}/${object.kind}`
  const root = Object.hasOwn(kinds, key) ? { ref: kinds[key] ?? -1 } : ADDON_KINDS[key]
  if (root === undefined) return [`${key}: no schema`]
  return check(object, root, `${object.kind} ${object.metadata.name}`, 0)
}

function check(value: unknown, node: SchemaNode, path: string, depth: number): readonly string[] {
  if (depth > MAX_DEPTH) return [`${path}: too deep`]
  if (node.ref !== undefined) return check(value, nodes[node.ref] ?? {}, path, depth + 1)
  if (node.enum !== undefined && !node.enum.includes(value))
    return [`${path}: ${String(value)} is not one of ${node.enum.join(', ')}`]
  if (node.type !== undefined && !isOfType(value, node.type)) return [`${path}: is no ${node.type}`]
  if (Array.isArray(value)) {
    const { items } = node
    return items === undefined ? [] : value.flatMap((item, index) => check(item, items, `${path}[${index}]`, depth + 1))
  }
  if (typeof value !== 'object' || value === null) return []
  const { properties, values, required = [] } = node
  const missing = required.filter(name => !Object.hasOwn(value, name)).map(name => `${path}.${name}: is missing`)
  const inside = Object.entries(value).flatMap(([name, inner]) => {
    if (properties !== undefined && Object.hasOwn(properties, name))
      return check(inner, properties[name] ?? {}, `${path}.${name}`, depth + 1)
    if (values !== undefined) return check(inner, values, `${path}.${name}`, depth + 1)
    return properties === undefined ? [] : [`${path}.${name}: is unknown`]
  })
  return [...missing, ...inside]
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
