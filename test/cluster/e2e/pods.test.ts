/**
 * What an author asks for is really on the pods: one job with a pod template, init container, sidecar, ConfigMap, Secret, a claim,
 * an emptyDir and a tmpfs volume, selectors, affinity and tolerations, read from the cluster by its administrator.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { startClusterStack } from '../support/cluster-stack.ts'
import type { ClusterStack } from '../support/cluster-stack.ts'
import { podsOf, replaceObject } from '../support/real-cluster.ts'
import { putScripts, python, SCRIPTS_MOUNT, SCRIPTS_VOLUME } from '../support/specs.ts'
import { waitFor } from '../support/wait-for.ts'

const SETTINGS = 'sparkgate-test-settings'
const PASSWORD = 'sparkgate-test-password'

let stack: ClusterStack
let id: string
let driver: JsonObject
let executor: JsonObject

beforeAll(async () => {
  stack = await startClusterStack()
  const { admin, cluster } = stack
  const [namespace] = cluster.namespaces
  await putScripts(admin, namespace)
  const core = `/api/v1/namespaces/${namespace}`
  await replaceObject(admin, `${core}/configmaps`, {
    metadata: { name: SETTINGS },
    data: { 'city.txt': 'Ghent' },
  } as never)
  await replaceObject(admin, `${core}/secrets`, {
    metadata: { name: PASSWORD },
    stringData: { password: 'open-sesame' },
  } as never)
  id = await stack.alpha.accepted(`pods-${Date.now()}`, everything(cluster.image, cluster.pullPolicy))
  const running = await stack.alpha.untilState(id, 'RUNNING')
  const pods = await waitFor('driver and executor', 90, async () => {
    const found = await podsOf(admin, namespace, running.attempts[0]?.objectName ?? '')
    const byRole = (role: string) => found.find(pod => pod.metadata.labels?.['spark-role'] === role)?.spec
    const [one, other] = [byRole('driver'), byRole('executor')]
    return one !== undefined && other !== undefined ? { one, other } : undefined
  })
  driver = pods.one as JsonObject
  executor = pods.other as JsonObject
})
afterAll(() => stack.close())

/** The named item of a list of the pod, and of its containers. */
const named = (list: unknown, name: string): JsonObject | undefined =>
  (list as readonly JsonObject[]).find(item => item['name'] === name)
const sparkContainer = (pod: JsonObject, name: string): JsonObject => named(pod['containers'], name) ?? {}

describe('on the driver', () => {
  it('volumes of a ConfigMap, a Secret, a claim, a disk and memory', () => {
    expect(named(driver['volumes'], 'settings')).toMatchObject({ configMap: { name: SETTINGS } })
    expect(named(driver['volumes'], 'password')).toMatchObject({ secret: { secretName: PASSWORD } })
    expect(named(driver['volumes'], 'shared')).toMatchObject({ persistentVolumeClaim: { claimName: 'shared' } })
    expect(named(driver['volumes'], 'scratch')).toMatchObject({ emptyDir: { sizeLimit: '1Gi' } })
    expect(named(driver['volumes'], 'quick')).toMatchObject({ emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } })
  })
  it('their mounts', () => {
    const mounts = sparkContainer(driver, 'spark-kubernetes-driver')['volumeMounts'] as readonly JsonObject[]
    const paths = new Map(mounts.map(mount => [mount['name'], mount['mountPath']]))
    for (const name of ['settings', 'password', 'shared', 'scratch', 'quick'])
      expect(paths.get(name)).toBe(`/mnt/${name}`)
  })
  it('the init container and the sidecar', () => {
    expect(named(driver['initContainers'], 'prepare')).toMatchObject({ image: stack.cluster.image })
    expect(named(driver['containers'], 'beside')).toMatchObject({ image: stack.cluster.image })
  })
  it('the node selector, affinity and tolerations', () => {
    expect(driver['nodeSelector']).toMatchObject({ 'kubernetes.io/os': 'linux' })
    expect(driver['affinity']).toEqual(AFFINITY)
    expect(driver['tolerations']).toContainEqual(TOLERATION)
  })
  it('what the pod template says', () => {
    expect(driver).toMatchObject({ terminationGracePeriodSeconds: 7, hostname: 'the-driver' })
  })
  it('environment variables of the spec and of the Secret, not as text', () => {
    const environment = sparkContainer(driver, 'spark-kubernetes-driver')['env']
    expect(named(environment, 'CITY')).toEqual({ name: 'CITY', value: 'Ghent' })
    expect(named(environment, 'PASSWORD')).toMatchObject({
      valueFrom: { secretKeyRef: { name: PASSWORD, key: 'password' } },
    })
    expect(JSON.stringify(driver)).not.toContain('open-sesame')
  })
})

describe('on the executor', () => {
  it('its own toleration, selector and volume', () => {
    expect(executor['tolerations']).toContainEqual(TOLERATION)
    expect(executor['nodeSelector']).toMatchObject({ 'kubernetes.io/os': 'linux' })
    expect(named(executor['volumes'], 'scratch')).toMatchObject({ emptyDir: { sizeLimit: '1Gi' } })
  })
})

describe('in the program', () => {
  it('everything can be read and written', async () => {
    const { message } = await stack.alpha.untilState(id, 'SUCCEEDED')
    expect(message).toBeTruthy()
    const log = await stack.alpha.untilLogged(id, 'looked at everything', 20)
    expect(log).toContain('settings: Ghent')
    expect(log).toContain('prepared by the init container: yes')
    expect(log).toContain('password length: 11')
    expect(log).toContain('written: scratch quick shared')
    expect(log).toContain('host: the-driver')
  })
})

const TOLERATION = { key: 'sparkgate.dev/test', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }
const AFFINITY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }],
    },
  },
}

function everything(image: string, imagePullPolicy: string): JsonObject {
  const mount = (name: string) => ({ name, mountPath: `/mnt/${name}` })
  const resources = { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '64Mi' } }
  const container = (name: string, script: string) => ({
    name,
    image,
    imagePullPolicy,
    resources,
    command: ['sh', '-c', script],
    volumeMounts: [mount('scratch')],
  })
  const shared = {
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [TOLERATION],
  }
  return python('everything', 'look_around.py', ['/mnt'], {
    volumes: [
      SCRIPTS_VOLUME,
      { name: 'settings', configMap: { name: SETTINGS } },
      { name: 'password', secret: { secretName: PASSWORD } },
      { name: 'shared', persistentVolumeClaim: { claimName: 'shared' } },
      { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'quick', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    ],
    driver: {
      ...shared,
      affinity: AFFINITY,
      volumeMounts: [SCRIPTS_MOUNT, ...['settings', 'password', 'shared', 'scratch', 'quick'].map(mount)],
      initContainers: [container('prepare', 'touch /mnt/scratch/prepared')],
      // Ends with the program: a sidecar that lives on would keep the pod from ending.
      sidecars: [container('beside', 'until [ -e /mnt/scratch/done ]; do sleep 1; done')],
      env: [
        { name: 'CITY', value: 'Ghent' },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: PASSWORD, key: 'password' } } },
      ],
      template: { spec: { terminationGracePeriodSeconds: 7, hostname: 'the-driver' } },
    },
    executor: { ...shared, volumeMounts: [mount('scratch')] },
  })
}
