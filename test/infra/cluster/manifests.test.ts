/** Everything that is rendered for a cluster: it is valid, it is complete, and each flag switches its part. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ClusterOptionsInput } from '../../../infra/cluster/cluster-options.ts'
import { CLUSTER_OPTION_NAMES, parseClusterOptions } from '../../../infra/cluster/cluster-options.ts'
import { renderCluster } from '../../../infra/cluster/render-cluster.ts'
import { CHARTS } from '../../../infra/cluster/versions.ts'
import { GATEWAY_GROUPS } from '../../../shared/domain/platform/cluster-grants.ts'
import { problemsOf } from './check-manifest.ts'
import { allManifests, fieldOf, findManifest, renderSample, samplePlatform } from './sample-cluster.ts'

const VARIANTS: Readonly<Record<string, ClusterOptionsInput>> = {
  'every part': {},
  'the history server in office hours': { historyServer: { image: 'acme/spark:4', scaling: 'office-hours' } },
  'pod identity, closed network': { identity: 'pod-identity', httpsCidrs: [], apiServerCidrs: ['10.0.0.0/16'] },
  'warnings only, direct submission': { admissionPolicy: 'warn', directSubmission: 'checked' },
  'two operators': {
    operators: [
      { name: 'one', teams: ['payments'] },
      { name: 'two', teams: ['risk', 'lab'] },
    ],
  },
  'cluster autoscaler': { nodes: 'cluster-autoscaler' },
}

describe('rendered manifests', () => {
  it.each(Object.entries(VARIANTS))('are valid against the schemas of their kinds: %s', (_name, options) => {
    const rendered = renderSample(options)
    expect([...allManifests(rendered), ...rendered.argo].flatMap(problemsOf)).toEqual([])
  })
  it('are found wrong when a field is unknown, missing, or of another type', () => {
    const [namespace] = allManifests(renderSample())
    if (namespace === undefined) throw new Error('nothing rendered')
    const pool = findManifest(renderSample(), 'NodePool', 'spark-spot')
    const role = findManifest(renderSample(), 'Role', 'spark-driver', 'team-risk')
    expect(problemsOf({ ...namespace, spec: { finalisers: [] } })).toEqual([
      expect.stringContaining('spec.finalisers: is unknown'),
    ])
    expect(problemsOf({ ...pool, spec: { weight: '10' } })).toHaveLength(2)
    expect(problemsOf({ ...role, rules: [{ resources: ['pods'] }] })).toEqual([
      expect.stringContaining('verbs: is missing'),
    ])
  })
  it('have no name twice', () => {
    const names = allManifests(renderSample()).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    )
    expect(names).toEqual([...new Set(names)])
  })
  it('are equal for equal files', () => {
    expect(JSON.stringify(renderSample())).toBe(JSON.stringify(renderSample()))
  })
  it('put nothing into namespaces that are neither a team of the cluster, nor the platform', () => {
    const namespaces = new Set(
      allManifests(renderSample()).map(({ metadata }) => metadata.namespace ?? 'of the cluster'),
    )
    expect([...namespaces].map(String).toSorted((one, other) => one.localeCompare(other))).toEqual([
      'monitoring',
      'of the cluster',
      'sparkgate-system',
      'team-lab',
      'team-payments',
      'team-risk',
    ])
  })
})

describe('docs/cluster.md', () => {
  const page = readFileSync(new URL('../../../docs/cluster.md', import.meta.url), 'utf8')
  it.each(CLUSTER_OPTION_NAMES)('explains the option %s in its table', name => {
    expect(page).toMatch(new RegExp(`^\\|[^|]*\`${name}\``, 'm'))
  })
  it('names the groups, pools and classes that are rendered', () => {
    const rendered = renderSample()
    const names = allManifests(rendered)
      .filter(({ kind }) => ['NodePool', 'PriorityClass'].includes(kind))
      .map(({ metadata }) => metadata.name)
    for (const name of [...names, ...Object.values(GATEWAY_GROUPS)]) expect(page).toContain(`\`${name}\``)
  })
})

describe('each flag switches its part', () => {
  const minimal = (change: ClusterOptionsInput = {}) =>
    renderCluster(samplePlatform(), 'main', parseClusterOptions({ identity: 'none', ...change }))
  it('the minimal options give namespaces, access, network, admission, fairness, classes and nodes', () => {
    const rendered = minimal()
    expect(Object.keys(rendered.manifests)).toEqual([
      '00-namespaces',
      '10-access',
      '20-network',
      '30-priorities',
      '31-storage',
      '32-fairness',
      '40-admission',
      '50-nodes',
    ])
    expect(rendered.charts.map(chart => chart.name)).toEqual(['spark-operator', 'karpenter'])
  })
  it.each([
    ['networkPolicies', { networkPolicies: false }, '20-network'],
    ['priorityClasses', { priorityClasses: false }, '30-priorities'],
    ['storageClasses', { storageClasses: false }, '31-storage'],
    ['fairness', { fairness: false }, '32-fairness'],
    ['admissionPolicy', { admissionPolicy: 'off' }, '40-admission'],
    ['nodes', { nodes: 'none' }, '50-nodes'],
  ] satisfies [string, ClusterOptionsInput, string][])('%s', (_flag, change, file) => {
    const before = Object.keys(minimal().manifests)
    expect(Object.keys(minimal(change).manifests)).toEqual(before.filter(name => name !== file))
  })
  it.each([
    ['gpuNodes', { gpuNodes: true }, 'nvidia-device-plugin'],
    ['fluentBit', { fluentBit: true }, 'fluent-bit'],
    ['prometheusStack', { prometheusStack: true }, 'kube-prometheus-stack'],
    ['historyServer.scaling', { historyServer: { image: 'x', scaling: 'office-hours' } }, 'keda'],
  ] satisfies [string, ClusterOptionsInput, string][])('%s installs its chart', (_flag, change, chart) => {
    expect(minimal(change).charts.map(release => release.name)).toContain(chart)
    expect(minimal().charts.map(release => release.name)).not.toContain(chart)
  })
  it('the Cluster Autoscaler takes the place of Karpenter', () => {
    const names = minimal({ nodes: 'cluster-autoscaler' }).charts.map(chart => chart.name)
    expect(names).toContain('cluster-autoscaler')
    expect(names).not.toContain('karpenter')
  })
  /** Another value than FULL_OPTIONS has, for every option. */
  const OTHERWISE: Readonly<Record<string, ClusterOptionsInput>> = {
    accountId: { accountId: '444455556666' },
    partition: { partition: 'aws-cn' },
    identity: { identity: 'pod-identity' },
    roleNamePrefix: { roleNamePrefix: 'acme' },
    teamData: { teamData: { risk: { read: ['acme-raw/risk/'] } } },
    networkPolicies: { networkPolicies: false },
    apiServerCidrs: { apiServerCidrs: ['10.0.0.0/16'] },
    httpsCidrs: { httpsCidrs: ['10.0.0.0/8'] },
    admissionPolicy: { admissionPolicy: 'warn' },
    directSubmission: { directSubmission: 'checked' },
    exemptGroups: { exemptGroups: ['platform'] },
    fairness: { fairness: false },
    priorityClasses: { priorityClasses: false },
    storageClasses: { storageClasses: false },
    operators: { operators: [{ name: 'all', teams: ['payments', 'risk', 'lab'] }] },
    nodes: { nodes: 'cluster-autoscaler' },
    amiAlias: { amiAlias: 'al2023@v20251103' },
    discoveryTag: { discoveryTag: 'shared' },
    nodeRole: { nodeRole: 'NodeRole' },
    gpuNodes: { gpuNodes: false },
    prePullImages: { prePullImages: ['acme/spark:9'] },
    fluentBit: { fluentBit: false },
    monitoring: { monitoring: false },
    prometheusStack: { prometheusStack: false },
    monitoringNamespace: { monitoringNamespace: 'observability' },
    historyServer: { historyServer: { image: 'acme/spark:9' } },
    forwarder: {
      forwarder: { image: 'acme/forwarder:9', queueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/other' },
    },
    argo: { argo: { repoUrl: 'https://git.example.com/other.git', path: 'x' } },
  }
  it.each(CLUSTER_OPTION_NAMES)('%s changes what is rendered, and that is valid too', name => {
    const [before, after] = [renderSample(), renderSample(OTHERWISE[name])]
    expect(JSON.stringify(after)).not.toBe(JSON.stringify(before))
    expect([...allManifests(after), ...after.argo].flatMap(problemsOf)).toEqual([])
  })
  it('every chart has the version of the table', () => {
    const versions = Object.values(CHARTS).map(({ chart, version }) => `${chart} ${version}`)
    for (const chart of renderSample().charts) expect(versions).toContain(`${chart.chart} ${chart.version}`)
  })
})

describe('options that contradict the platform file are refused with every reason', () => {
  const render =
    (options: ClusterOptionsInput, cluster = 'main') =>
    () =>
      renderCluster(samplePlatform(), cluster, parseClusterOptions(options))
  it.each([
    ['an unknown cluster', render({}, 'nowhere'), /no cluster "nowhere"/],
    ['IRSA without an account', render({}), /accountId: needed/],
    ['data of a team that is not here', render({ identity: 'none', teamData: { elsewhere: {} } }), /elsewhere/],
    [
      'a team with two operators',
      render({
        identity: 'none',
        operators: [
          { name: 'a', teams: ['risk', 'lab', 'payments'] },
          { name: 'b', teams: ['risk'] },
        ],
      }),
      /team risk has 2 operators/,
    ],
    [
      'a team with none',
      render({ identity: 'none', operators: [{ name: 'a', teams: ['risk', 'lab'] }] }),
      /team payments has 0 operators/,
    ],
    ['an unknown option', () => parseClusterOptions({ operater: true }), /operater/],
    ['a prefix without a slash', () => parseClusterOptions({ teamData: { a: { read: ['bucket/pay'] } } }), /BUCKET/],
  ] as const)('%s', (_name, attempt, message) => {
    expect(attempt).toThrow(message)
  })
})

describe('a team namespace', () => {
  it.each([
    ['team-risk', 'restricted'],
    ['team-payments', 'restricted'],
    ['team-lab', 'privileged'],
  ])('%s has the strictest Pod Security level that its policy leaves: %s', (name, level) => {
    const labels = findManifest(renderSample(), 'Namespace', name).metadata.labels
    expect(labels?.['pod-security.kubernetes.io/enforce']).toBe(level)
  })
  it.each([
    ['an NFS export', { volumes: { nfs: ['10.0.3.7:/exports/*'] } }, 'baseline'],
    ['free security contexts', { security: { contexts: 'any' } }, 'baseline'],
    ['a folder of the node', { volumes: { hostPaths: ['/mnt/k8s-disks/*'] } }, 'privileged'],
  ])('is lowered by %s to what Kubernetes demands', (_name, change, level) => {
    const platform = samplePlatform({ policies: { 'payments-rules': { extends: 'strict', ...change } } })
    const labels = findManifest(renderSample({}, platform), 'Namespace', 'team-payments').metadata.labels
    expect(labels?.['pod-security.kubernetes.io/enforce']).toBe(level)
  })
  it('has a quota a tenth above the limits of the gateway, and no service that opens it to the network', () => {
    expect(findManifest(renderSample(), 'ResourceQuota', 'team', 'team-payments')['spec']).toEqual({
      hard: {
        'count/sparkapplications.sparkoperator.k8s.io': '5000',
        'requests.cpu': '220',
        'requests.memory': '901120Mi',
        'services.loadbalancers': '0',
        'services.nodeports': '0',
      },
    })
  })
  it('limits containers and claims by the policy', () => {
    const limits = fieldOf(findManifest(renderSample(), 'LimitRange', 'team', 'team-payments'), 'spec.limits')
    expect(limits).toMatchObject([
      { type: 'Container', max: { memory: '512Gi' } },
      { type: 'PersistentVolumeClaim', max: { storage: '200Gi' } },
    ])
    expect(JSON.stringify(limits)).not.toContain('"cpu":"64"')
  })
  it('gives its service account the role of the team, and the default account no token', () => {
    const account = findManifest(renderSample(), 'ServiceAccount', 'risk-jobs', 'team-risk')
    expect(account.metadata.annotations?.['eks.amazonaws.com/role-arn']).toBe(
      'arn:aws:iam::111122223333:role/sparkgate-main-risk',
    )
    const unnamed = findManifest(renderSample(), 'ServiceAccount', 'default', 'team-risk')
    expect(unnamed['automountServiceAccountToken']).toBe(false)
  })
})

describe('network policies of a team', () => {
  const policy = (name: string, change: ClusterOptionsInput = {}) =>
    findManifest(renderSample(change), 'NetworkPolicy', name, 'team-risk')['spec']
  it('deny everything first', () => {
    expect(policy('default-deny')).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
  })
  it('keep link-local addresses, where the credentials of the node are, out of every open range', () => {
    for (const name of ['https', 'api-server'])
      expect(JSON.stringify(policy(name))).toContain('"except":["169.254.0.0/16"]')
  })
  it('let only drivers reach the API server, where HTTPS is closed', () => {
    expect(policy('api-server', { httpsCidrs: [], apiServerCidrs: ['10.0.0.0/16'] })).toMatchObject({
      podSelector: { matchLabels: { 'spark-role': 'driver' } },
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/16' } }] }],
    })
    expect(() => policy('https', { httpsCidrs: [] })).toThrow('no NetworkPolicy')
  })
  it('let Prometheus in where it is there, and nobody else', () => {
    const ingress = allManifests(renderSample()).filter(
      object =>
        object.kind === 'NetworkPolicy' &&
        object.metadata.namespace === 'team-risk' &&
        fieldOf(object, 'spec.ingress') !== undefined,
    )
    expect(ingress.map(object => object.metadata.name)).toEqual(['spark-internal', 'metrics'])
  })
})
