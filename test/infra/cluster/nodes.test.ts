/** Nodes, priorities and operators: what the profiles ask for is there, and nothing moves a driver. */
import { describe, expect, it } from 'vitest'
import { renderPlatformDefaults } from '../../../infra/cluster/platform-defaults.ts'
import { clusterContext } from '../../../infra/cluster/cluster-context.ts'
import { parseClusterOptions } from '../../../infra/cluster/cluster-options.ts'
import type { ClusterOptionsInput } from '../../../infra/cluster/cluster-options.ts'
import { builtInProfiles } from '../../../shared/domain/job-spec/layers/built-in-profiles.ts'
import { parseJobSpec } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { specContext } from '../../../shared/domain/platform/spec-context.ts'
import { allManifests, fieldOf, findManifest, FULL_OPTIONS, renderSample, samplePlatform } from './sample-cluster.ts'

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}
interface Taint {
  readonly key: string
  readonly effect: string
}

const pools = allManifests(renderSample()).filter(({ kind }) => kind === 'NodePool')
const requirementsOf = (pool: unknown) => fieldOf(pool, 'spec.template.spec.requirements') as readonly Requirement[]
const taintsOf = (pool: unknown) => (fieldOf(pool, 'spec.template.spec.taints') ?? []) as readonly Taint[]

/** What a profile wants of the nodes of one role: label requirements, and the taints that it tolerates. */
function wishesOf(spec: unknown, role: 'driver' | 'executor') {
  const prefix = `spark.kubernetes.${role}.node.selector.`
  const settings = Object.entries((fieldOf(spec, 'sparkConf') ?? {}) as Record<string, string>)
  const selectors = settings.flatMap(([key, value]): Requirement[] =>
    key.startsWith(prefix) ? [{ key: key.slice(prefix.length), operator: 'In', values: [value] }] : [],
  )
  const node =
    'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.0.matchExpressions'
  const affinity = (fieldOf(spec, `${role}.${node}`) ?? []) as readonly Requirement[]
  const tolerations = (fieldOf(spec, `${role}.tolerations`) ?? []) as readonly { key: string }[]
  return { labels: [...selectors, ...affinity], tolerated: tolerations.map(({ key }) => key) }
}

/** Whether nodes of the pool have the label that is wanted. */
function provides(pool: unknown, wish: Requirement): boolean {
  return requirementsOf(pool).some(
    ({ key, operator, values = [] }) =>
      key === wish.key &&
      (wish.operator === 'Exists'
        ? operator !== 'DoesNotExist'
        : operator === 'In' && (wish.values ?? []).every(value => values.includes(value))),
  )
}

describe('nodes', () => {
  const profiles = Object.entries(builtInProfiles({ eventLogDir: 's3a://a/b' }))
  it.each(profiles.flatMap(([name, { spec }]) => [[name, 'driver', spec] as const, [name, 'executor', spec] as const]))(
    'the profile %s finds a pool for its %s',
    (_name, role, spec) => {
      const { labels, tolerated } = wishesOf(spec, role)
      const fitting = pools.filter(
        pool =>
          labels.every(wish => provides(pool, wish)) &&
          taintsOf(pool).every(({ key, effect }) => effect === 'PreferNoSchedule' || tolerated.includes(key)),
      )
      expect(fitting.map(({ metadata }) => metadata.name)).not.toEqual([])
    },
  )
  it('the profiles that choose nodes choose the pool that is meant for them', () => {
    const chosen = (name: string, role: 'driver' | 'executor') => {
      const { labels } = wishesOf(builtInProfiles()[name]?.spec, role)
      expect(labels).not.toEqual([])
      return pools.filter(pool => labels.every(wish => provides(pool, wish))).map(({ metadata }) => metadata.name)
    }
    expect(chosen('spot-executors', 'executor')).toEqual(['spark-spot'])
    expect(chosen('spot-executors', 'driver')).toContain('spark-on-demand')
    expect(chosen('local-nvme', 'executor')).toEqual(['spark-nvme'])
  })
  it('the GPU profile tolerates the taint of the GPU pool, and nothing else does', () => {
    const gpu = findManifest(renderSample(), 'NodePool', 'spark-gpu')
    expect(taintsOf(gpu)).toEqual([{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }])
    const tolerant = profiles.filter(([, { spec }]) => wishesOf(spec, 'executor').tolerated.includes('nvidia.com/gpu'))
    expect(tolerant.map(([name]) => name)).toEqual(['gpu'])
  })
  it('no pool moves pods for money, drift or age; empty nodes go', () => {
    for (const pool of pools) {
      expect(fieldOf(pool, 'spec.disruption')).toMatchObject({
        consolidationPolicy: 'WhenEmpty',
        budgets: [
          { nodes: '100%', reasons: ['Empty'] },
          { nodes: '0', reasons: ['Underutilized', 'Drifted'] },
        ],
      })
      expect(fieldOf(pool, 'spec.template.spec.expireAfter')).toBe('Never')
      expect(fieldOf(pool, 'spec.limits.cpu')).toBe('1000')
    }
  })
  it('a pod that chooses nothing is put on demand first', () => {
    const weights = new Map(pools.map(pool => [pool.metadata.name, Number(fieldOf(pool, 'spec.weight'))]))
    expect([...weights].toSorted(([, one], [, other]) => other - one)[0]?.[0]).toBe('spark-on-demand')
  })
  it('NVMe disks are one volume under emptyDir, and pods do not reach the credentials of the node', () => {
    expect(findManifest(renderSample(), 'EC2NodeClass', 'spark')['spec']).toMatchObject({
      instanceStorePolicy: 'RAID0',
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      subnetSelectorTerms: [{ tags: { 'karpenter.sh/discovery': 'analytics-main' } }],
    })
  })
  it('the storage class of the platform file is there, and makes volumes where the pod lands', () => {
    const { profileSettings } = samplePlatform()
    const platform = samplePlatform({ profileSettings: { ...profileSettings, storageClass: 'fast-disks' } })
    const storage = findManifest(renderSample({}, platform), 'StorageClass', 'fast-disks')
    expect(storage).toMatchObject({ provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer' })
  })
})

describe('defaults for the platform file', () => {
  const defaultsOf = (options: ClusterOptionsInput) =>
    renderPlatformDefaults(
      clusterContext(samplePlatform(), 'main', parseClusterOptions({ ...FULL_OPTIONS, ...options })),
    )
  it('are taken by the platform file, and put priority, node and annotation on the driver of a strict team', () => {
    const { clusters } = samplePlatform()
    const platform = samplePlatform({
      clusters: { ...clusters, main: { ...clusters['main'], defaults: defaultsOf({}) } },
    })
    const text = JSON.stringify({
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name: 'etl' },
      spec: {
        type: 'Python',
        mode: 'cluster',
        image: 'registry.example.com/spark:4.0.4',
        mainApplicationFile: 'local:///opt/etl.py',
        sparkVersion: '4.0.4',
        driver: { cores: 1, memory: '2g' },
        executor: { instances: 1, cores: 1, memory: '2g' },
      },
    })
    const verdict = parseJobSpec({ bytes: new TextEncoder().encode(text) }, specContext(platform, 'risk'))
    expect(verdict.verdict).toBe('accepted')
    expect(JSON.stringify(verdict)).toContain('karpenter.sh/do-not-disrupt')
    expect(JSON.stringify(verdict)).toContain('"priorityClassName":"sparkgate-driver"')
  })
  it('speak the words of the autoscaler that is installed', () => {
    expect(JSON.stringify(defaultsOf({ nodes: 'cluster-autoscaler' }))).toContain('safe-to-evict')
    expect(defaultsOf({ nodes: 'none', priorityClasses: false })).toEqual({})
  })
  it('name priority classes that are rendered', () => {
    const classes = allManifests(renderSample()).filter(({ kind }) => kind === 'PriorityClass')
    const names = JSON.stringify(defaultsOf({})).match(/sparkgate-(driver|executor)/g)
    expect(classes.map(({ metadata }) => metadata.name).toSorted()).toEqual([...new Set(names)].toSorted())
  })
})

describe('operators', () => {
  const valuesOf = (options: ClusterOptionsInput = {}, submitsPerSecond = 2) => {
    const { clusters } = samplePlatform()
    const platform = samplePlatform({ clusters: { ...clusters, main: { ...clusters['main'], submitsPerSecond } } })
    return renderSample(options, platform).charts.filter(({ chart }) => chart === 'spark-operator')
  }
  it('watch the namespaces of their teams, and no namespace has two', () => {
    const charts = valuesOf({
      operators: [
        { name: 'one', teams: ['payments'] },
        { name: 'two', teams: ['risk', 'lab'] },
      ],
    })
    expect(charts.map(chart => [chart.name, fieldOf(chart.values, 'spark.jobNamespaces')])).toEqual([
      ['spark-operator-one', ['team-payments']],
      ['spark-operator-two', ['team-lab', 'team-risk']],
    ])
  })
  it('have workers, cores and memory for the rate that the gateway keeps to', () => {
    const sizes = [0.5, 2, 20].map(rate => {
      const controller = fieldOf(valuesOf({}, rate)[0]?.values, 'controller')
      return [fieldOf(controller, 'workers'), fieldOf(controller, 'resources.requests')]
    })
    expect(sizes).toEqual([
      [4, { cpu: '2', memory: '3072Mi' }],
      [10, { cpu: '8', memory: '6144Mi' }],
      [40, { cpu: '80', memory: '21504Mi' }],
    ])
  })
  it('leave accounts and rights of drivers to us, keep the webhook on and the UI service off where no policy wants it', () => {
    const platform = samplePlatform({ teams: { risk: { clusters: ['main'], namespace: 'team-risk' } } })
    const [operator] = renderSample({ teamData: {} }, platform).charts
    expect(operator?.values).toMatchObject({
      webhook: { enable: true, failurePolicy: 'Fail' },
      spark: { serviceAccount: { create: false }, rbac: { create: false } },
      controller: { uiService: { enable: false } },
    })
    expect(fieldOf(valuesOf()[0]?.values, 'controller.uiService.enable')).toBe(true)
  })
  it('name no metric label with a slash or a dot: the operator would not start', () => {
    expect(fieldOf(valuesOf()[0]?.values, 'prometheus.metrics.labels')).toMatch(/^[a-z_]+(,[a-z_]+)*$/)
  })
  it('belong to the flow schema that favours them', () => {
    const schema = findManifest(renderSample(), 'FlowSchema', 'sparkgate-operators')
    expect(fieldOf(schema, 'spec.rules.0.subjects.0.serviceAccount')).toEqual({
      namespace: 'spark-operator',
      name: 'spark-operator-controller',
    })
  })
})

describe('monitoring', () => {
  it('has a dashboard for the gateway, the operator and Spark, each panel with a query', () => {
    const { dashboards } = renderSample()
    expect(Object.keys(dashboards)).toEqual(['sparkgate-gateway', 'sparkgate-operator', 'sparkgate-spark'])
    for (const dashboard of Object.values(dashboards))
      for (const panel of fieldOf(dashboard, 'panels') as readonly object[])
        expect(fieldOf(panel, 'targets.0.expr') ?? fieldOf(panel, 'targets.0.metricName')).toEqual(expect.any(String))
  })
  it('loads the same dashboards by ConfigMap', () => {
    const map = findManifest(renderSample(), 'ConfigMap', 'sparkgate-spark', 'monitoring')
    const { 'sparkgate-spark.json': text } = map['data'] as Record<string, string>
    expect(JSON.parse(text ?? '')).toEqual(renderSample().dashboards['sparkgate-spark'])
  })
  it('says of every alert what it means and where to look, and watches all teams', () => {
    const rules = fieldOf(
      findManifest(renderSample(), 'PrometheusRule', 'sparkgate', 'monitoring'),
      'spec.groups.0.rules',
    )
    for (const rule of rules as readonly object[]) {
      expect(fieldOf(rule, 'annotations.summary')).toMatch(/\.$/)
      expect(fieldOf(rule, 'annotations.look')).toMatch(/\.$/)
      const expression = String(fieldOf(rule, 'expr'))
      expect(expression.split('(')).toHaveLength(expression.split(')').length)
    }
    expect(JSON.stringify(rules)).toContain('team-lab|team-payments|team-risk')
  })
})
