/** The second wall: rules made from the policies refuse what the gateway refuses, and let through what it creates. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { regexOfImages, regexOfNames, regexOfPaths } from '../../../infra/cluster/admission/cel-patterns.ts'
import type { ClusterOptionsInput } from '../../../infra/cluster/cluster-options.ts'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { builtInProfiles } from '../../../shared/domain/job-spec/layers/built-in-profiles.ts'
import { allows, allowsPath } from '../../../shared/domain/job-spec/policy/allow-list.ts'
import { allowsImage } from '../../../shared/domain/job-spec/policy/allows-image.ts'
import { settingKeyRules } from '../../../shared/domain/job-spec/policy/setting-rules.ts'
import { renderSparkApplication } from '../../../shared/domain/job-spec/rendering/render-spark-application.ts'
import { evaluateCel } from './cel-evaluator.ts'
import { allManifests, fieldOf, findManifest, renderSample, samplePlatform } from './sample-cluster.ts'

type Expressions = readonly { expression: string; message: string }[]

/** Messages of the validations of a policy that refuse the object, as a person of no group asks for it. */
function refusals(
  policy: string,
  object: JsonObject,
  options: {
    readonly groups?: readonly string[]
    readonly dryRun?: boolean
    readonly rendered?: ReturnType<typeof renderSample>
  } = {},
): readonly string[] {
  const spec = findManifest(options.rendered ?? renderSample(), 'ValidatingAdmissionPolicy', policy)['spec']
  const namespace = String(fieldOf(object, 'metadata.namespace'))
  const { groups = ['people'], dryRun } = options
  const request = { operation: 'CREATE', namespace, userInfo: { groups }, ...(dryRun !== undefined && { dryRun }) }
  const scope = { object, request }
  const conditions = fieldOf(spec, 'matchConditions') as Expressions
  if (!conditions.every(({ expression }) => evaluateCel(expression, scope) === true)) return []
  const named = fieldOf(spec, 'variables') as readonly { name: string; expression: string }[]
  const variables = Object.fromEntries(named.map(({ name, expression }) => [name, evaluateCel(expression, scope)]))
  return (fieldOf(spec, 'validations') as Expressions)
    .filter(({ expression }) => evaluateCel(expression, { ...scope, variables }) !== true)
    .map(({ message }) => message)
}

function pod(change: JsonObject = {}, container: JsonObject = {}): JsonObject {
  return {
    metadata: { name: 'x', namespace: 'team-payments' },
    spec: {
      serviceAccountName: 'spark',
      schedulerName: 'default-scheduler',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
      containers: [{ name: 'spark-kubernetes-executor', image: 'apache/spark:4.0.1', ...container }],
      ...change,
    },
  }
}

/** As the gateway creates it; `change` is laid over its spec. */
function application(change: JsonObject = {}): JsonObject {
  const rendered = renderSparkApplication({
    spec: {
      version: 1,
      name: 'etl',
      labels: {},
      application: {
        type: 'Python',
        mode: 'cluster',
        sparkVersion: '4.0.4',
        image: 'apache/spark:4.0.1',
        mainApplicationFile: 's3a://acme-artifacts/payments/etl.py',
        driver: { cores: 1, memory: '2g' },
        executor: { cores: 1, memory: '2g', instances: 2 },
      },
    },
    specHash: 'hash',
    jobId: 'j-1',
    team: 'payments',
    attempt: 1,
    objectName: 'etl-1-a1',
    namespace: 'team-payments',
    serviceAccount: 'spark',
    timeToLiveSeconds: 3_600,
    remedies: [],
  })
  return { ...rendered, spec: { ...(rendered['spec'] as JsonObject), ...change } }
}

const PODS = 'sparkgate-pods-payments-rules'

describe('pods of a team', () => {
  it.each([
    ['as Spark makes them', pod()],
    [
      'with the registry of the team',
      pod({}, { image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/payments/etl:7' }),
    ],
    ['with a digest', pod({}, { image: `docker.io/apache/spark@sha256:${'0'.repeat(64)}` })],
    ['with a secret of the list', pod({ volumes: [{ name: 's', secret: { secretName: 'payments-db' } }] })],
    ['with the GPU profile of the platform', pod({ tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] })],
    [
      'with scratch and a claim',
      pod({
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', persistentVolumeClaim: { claimName: 'x' } },
        ],
      }),
    ],
  ])('pass %s', (_name, object) => {
    expect(refusals(PODS, object)).toEqual([])
  })
  it.each([
    ['another service account', pod({ serviceAccountName: 'default' }), /service account/],
    ['the name of a node', pod({ nodeName: 'node-1' }), /scheduler/],
    ["the node's network", pod({ hostNetwork: true }), /node's network/],
    ["the node's processes", pod({ hostPID: true }), /other containers/],
    ["the node's disk", pod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), /disk/],
    ['a file server', pod({ volumes: [{ name: 'v', nfs: { server: '10.0.0.1', path: '/a' } }] }), /file server/],
    ['a driver of volumes', pod({ volumes: [{ name: 'v', csi: { driver: 'x' } }] }), /not for this team: csi/],
    ['a foreign image', pod({}, { image: 'evil.example.com/apache/spark:4' }), /registries/],
    ['an image that only begins well', pod({}, { image: 'apache/spark-evil:4' }), /registries/],
    ['a foreign init image', pod({ initContainers: [{ name: 'i', image: 'busybox' }] }), /registries/],
    ['another secret', pod({ volumes: [{ name: 's', secret: { secretName: 'risk-db' } }] }), /secret/],
    [
      'a projected secret',
      pod({ volumes: [{ name: 's', projected: { sources: [{ secret: { name: 'risk-db' } }] } }] }),
      /secret/,
    ],
    [
      'a secret as variable',
      pod({}, { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }] }),
      /variable/,
    ],
    ['a whole secret as variables', pod({}, { envFrom: [{ secretRef: { name: 'x' } }] }), /variable/],
    ['every toleration', pod({ tolerations: [{ operator: 'Exists' }] }), /taint/],
    ['a priority of the system', pod({ priorityClassName: 'system-node-critical' }), /higher class/],
    ['another scheduler', pod({ schedulerName: 'mine' }), /Schedulers/],
    ['another DNS', pod({ dnsPolicy: 'None' }), /Names are resolved/],
    ['an hour to end', pod({ terminationGracePeriodSeconds: 3_600 }), /drained/],
  ])('are refused with %s', (_name, object, message) => {
    expect(refusals(PODS, object)).toEqual([expect.stringMatching(message)])
  })
  it('of a team under `open` are held to their service account and the scheduler only', () => {
    const free = { ...pod({ hostNetwork: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] }) }
    const object = { ...free, metadata: { name: 'x', namespace: 'team-lab' } }
    expect(refusals('sparkgate-pods-open', object)).toEqual([])
    const other = {
      ...pod({ serviceAccountName: 'default', nodeName: 'n' }),
      metadata: { name: 'x', namespace: 'team-lab' },
    }
    expect(refusals('sparkgate-pods-open', other)).toHaveLength(2)
  })
  it('pass with what the defaults of the platform put into them', () => {
    const clusters = {
      ...samplePlatform().clusters,
      main: {
        eksName: 'analytics-main',
        region: 'eu-central-1',
        defaults: {
          image: 'registry.acme.example/spark:4.0.1',
          driver: { priorityClassName: 'sparkgate-driver' },
          volumes: [{ name: 'spark-local-dir-1', hostPath: { path: '/mnt/k8s-disks/0' } }],
        },
      },
    }
    const rendered = renderSample({}, samplePlatform({ clusters }))
    const object = pod(
      {
        priorityClassName: 'sparkgate-driver',
        volumes: [{ name: 'spark-local-dir-1', hostPath: { path: '/mnt/k8s-disks/0' } }],
      },
      { image: 'registry.acme.example/spark:4.0.1' },
    )
    expect(refusals(PODS, object, { rendered })).toEqual([])
    expect(refusals(PODS, object)).toHaveLength(3)
  })
})

describe('SparkApplications', () => {
  const always = 'sparkgate-applications-payments-rules'
  const gateway = { groups: ['sparkgate:reconcile'] }
  it.each(Object.entries(builtInProfiles({ eventLogDir: 's3a://a/b', checkpointDir: 's3a://c/d' })))(
    'of the gateway pass with the profile %s',
    (_name, { spec }) => {
      const { driver: _driver, executor: _executor, ...rest } = spec
      expect(refusals(always, application(rest), gateway)).toEqual([])
    },
  )
  it.each([
    ['client mode', { mode: 'client' }],
    ['another account of the driver', { driver: { serviceAccount: 'default' } }],
    ['no account of the executors', { executor: {} }],
    ['a proxy user', { proxyUser: 'root' }],
    ['packages', { deps: { packages: ['a:b:c'] } }],
    ['an option for a file', { mainApplicationFile: '--conf' }],
    ["a file of the operator's", { mainApplicationFile: 'file:///var/run/secrets/token' }],
    ["a jar of the operator's", { deps: { jars: ['/etc/passwd'] } }],
    ['a key with an equals sign', { sparkConf: { 'spark.master=k8s://evil?': 'x' } }],
    ['a key that is none of Spark', { sparkConf: { '--class': 'x' } }],
    ['Hadoop security', { hadoopConf: { 'hadoop.security.authentication': 'kerberos' } }],
  ] satisfies [string, JsonObject][])('are refused with %s, even from the gateway', (_name, change) => {
    expect(refusals(always, application(change), gateway)).toHaveLength(1)
  })
  it('are refused with each setting that every policy refuses', () => {
    const keys = settingKeyRules
      .filter(rule => rule.part === undefined)
      .flatMap(rule => rule.keys)
      .flatMap(pattern => pattern.replaceAll('*', 'x').replace(/\{([^,}]*)[^}]*\}/g, '$1'))
    expect(keys.length).toBeGreaterThan(25)
    for (const key of keys)
      expect({ key, refused: refusals(always, application({ sparkConf: { [key]: 'x' } }), gateway).length }).toEqual({
        key,
        refused: 1,
      })
  })
  it('come from the gateway alone', () => {
    const direct = 'sparkgate-direct-payments-rules'
    expect(refusals(direct, application())).toEqual([expect.stringMatching(/from the gateway alone/)])
    expect(refusals(direct, application(), gateway)).toEqual([])
    expect(refusals(direct, application(), { groups: ['system:masters'] })).toEqual([])
    const resources = fieldOf(
      findManifest(renderSample(), 'ValidatingAdmissionPolicy', direct),
      'spec.matchConstraints.resourceRules.0.resources',
    )
    expect(resources).toContain('scheduledsparkapplications')
  })
  it('are only tried by the API of the gateway, whatever its role allows', () => {
    const only = 'sparkgate-dry-run-payments-rules'
    const api = ['sparkgate:api', 'system:authenticated']
    expect(refusals(only, application(), { groups: api })).toEqual([expect.stringMatching(/may only try/)])
    expect(refusals(only, application(), { groups: api, dryRun: false })).toHaveLength(1)
    expect(refusals(only, application(), { groups: api, dryRun: true })).toEqual([])
    expect(refusals(only, application(), gateway)).toEqual([])
    expect(refusals('sparkgate-direct-payments-rules', application(), { groups: api })).toEqual([])
  })
  it('of others are held to the policy where the platform lets others create them', () => {
    const rendered = renderSample({ directSubmission: 'checked' })
    const check = (change: JsonObject) => refusals('sparkgate-direct-payments-rules', application(change), { rendered })
    expect(check({})).toEqual([])
    expect(check({ image: 'evil/spark' })).toHaveLength(1)
    expect(check({ volumes: [{ name: 'v', hostPath: { path: '/' } }] })).toHaveLength(1)
    expect(check({ driver: { template: {} } })).toHaveLength(1)
    expect(check({ executor: { sidecars: [{ name: 's', image: 'apache/spark:4' }], hostNetwork: true } })).toHaveLength(
      2,
    )
  })
})

describe('admission policies', () => {
  it('are bound to the namespaces of their teams, and deny', () => {
    const binding = (options: ClusterOptionsInput) =>
      findManifest(renderSample(options), 'ValidatingAdmissionPolicyBinding', PODS)['spec']
    expect(binding({})).toMatchObject({
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchExpressions: [{ values: ['team-payments'] }] } },
    })
    expect(binding({ admissionPolicy: 'warn' })).toMatchObject({ validationActions: ['Warn', 'Audit'] })
  })
  it('hold for every team of the cluster', () => {
    const bound = allManifests(renderSample())
      .filter(
        ({ kind, metadata }) =>
          kind === 'ValidatingAdmissionPolicyBinding' && metadata.name.startsWith('sparkgate-pods'),
      )
      .flatMap(object => fieldOf(object, 'spec.matchResources.namespaceSelector.matchExpressions.0.values'))
    expect(bound.map(String).toSorted()).toEqual(['team-lab', 'team-payments', 'team-risk'])
  })
})

describe('allow-lists as regular expressions', () => {
  const word = fc.constantFrom('a', 'b', 'ab', 'team', 'spark', 'x.y')
  const part = fc.constantFrom('a', 'b*', '*', 'team', '{a,b}', '{spark,team}x', 'x.y')
  const pattern = fc.array(part, { minLength: 1, maxLength: 3 })
  const texts = fc.array(word, { minLength: 1, maxLength: 4 })
  it('match the names that the gateway allows, and no others', () => {
    fc.assert(
      fc.property(pattern, texts, (parts, words) => {
        const [patterns, name] = [[parts.join('.')], words.join('.')]
        expect(new RegExp(regexOfNames(patterns)).test(name)).toBe(allows(patterns, name))
      }),
    )
  })
  it('match the paths that the gateway allows, and no others', () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom('', '/', '/*'), texts, (parts, end, words) => {
        const [patterns, path] = [[`/${parts.join('/')}${end}`], `/${words.join('/')}`]
        expect(new RegExp(regexOfPaths(patterns)).test(path)).toBe(allowsPath(patterns, path))
      }),
    )
  })
  it('match only images that the gateway allows, and all that name their registry', () => {
    const registry = fc.constantFrom('docker.io/', 'registry.example.com/', '')
    const tag = fc.constantFrom('', ':4.0', `@sha256:${'0'.repeat(64)}`, `:4@sha256:${'a'.repeat(64)}`)
    fc.assert(
      fc.property(registry, pattern, registry, texts, tag, (host, parts, at, words, pin) => {
        const patterns = [`${host}${parts.join('/')}`]
        const image = `${at}${words.join('/')}${pin}`
        const matches = new RegExp(regexOfImages(patterns)).test(image)
        const allowed = allowsImage(patterns, image)
        // Short names of Docker's registry may match less; nothing may match more.
        const isLess = !matches && (host !== at || at !== 'registry.example.com/')
        expect({ patterns, image, matches: matches || (isLess && allowed) }).toEqual({
          patterns,
          image,
          matches: allowed,
        })
      }),
      { numRuns: 2_000 },
    )
  })
})
