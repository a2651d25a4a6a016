/**
 * A small HTTPS client and a ready-made embedded cluster for tests: the same roles, names and namespaces as the recorded
 * real one.
 */
import { request } from 'node:https'
import type { Principal } from '../../local/kubernetes/authentication.ts'
import type { RoleGrant } from '../../local/kubernetes/authorization.ts'
import { startEmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import type { EmbeddedKubernetes, EmbeddedKubernetesOptions } from '../../local/kubernetes/embedded-kubernetes.ts'
import { signEksToken } from './embedded-kubernetes-tokens.ts'

export const CLUSTER_NAME = 'sparkgate-test'
export const APPS = '/apis/sparkoperator.k8s.io/v1beta2'
export const TEAM_A = `${APPS}/namespaces/team-a/sparkapplications`

export const reconcile: Principal = {
  accessKeyId: 'AKIATESTRECONCILE000',
  secretAccessKey: 'test-secret-of-the-reconcile-role-0000000',
  sessionToken: 'test/session+token==of the role',
  roleArn: 'arn:aws:iam::111122223333:role/sparkgate-reconcile',
  groups: ['sparkgate:reconcile'],
}
export const observe: Principal = {
  accessKeyId: 'AKIATESTOBSERVE00000',
  secretAccessKey: 'test-secret-of-the-observe-role-000000000',
  roleArn: 'arn:aws:iam::111122223333:role/sparkgate-observe',
  groups: ['sparkgate:observe'],
}
export const admin: Principal = {
  accessKeyId: 'AKIATESTADMIN0000000',
  secretAccessKey: 'test-secret-of-the-admin-role-00000000000',
  roleArn: 'arn:aws:iam::111122223333:role/platform-admin',
  groups: ['admins'],
}

const ROLES: readonly RoleGrant[] = [
  {
    group: 'sparkgate:reconcile',
    namespaces: ['team-a', 'team-b'],
    rules: [
      { resources: ['sparkapplications'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
      { resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
      { resources: ['events'], verbs: ['list'] },
    ],
  },
  {
    group: 'sparkgate:observe',
    namespaces: '*',
    rules: [{ resources: ['sparkapplications'], verbs: ['get', 'list', 'watch'] }],
  },
  {
    group: 'admins',
    namespaces: '*',
    rules: [
      {
        resources: ['sparkapplications', 'pods', 'pods/log', 'events'],
        verbs: ['get', 'list', 'watch', 'create', 'delete', 'patch', 'update'],
      },
    ],
  },
]

/** A cluster at fifty times the recorded pace, unless told otherwise. */
export function startTestCluster(options: Partial<EmbeddedKubernetesOptions> = {}): Promise<EmbeddedKubernetes> {
  return startEmbeddedKubernetes({
    clusterName: CLUSTER_NAME,
    region: 'eu-central-1',
    principals: [reconcile, observe, admin],
    roles: ROLES,
    namespaces: [
      { name: 'team-a', serviceAccounts: ['spark'] },
      { name: 'team-b', serviceAccounts: ['spark'], quota: { cpu: 0.05 } },
    ],
    operator: { speed: 50, workers: 10 },
    ...options,
  })
}

export interface ClientAnswer {
  readonly code: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** Parsed JSON; `{}` where the answer is none. */
  readonly body: TestObject
}

/** Loosely typed on purpose: what an answer is like is what tests assert. */
export interface TestObject {
  readonly metadata?: {
    readonly [key: string]: unknown
    readonly name?: string
    readonly uid?: string
    readonly resourceVersion?: string
  }
  readonly spec?: Record<string, unknown>
  readonly status?: Record<string, unknown>
  readonly items?: readonly TestObject[]
  readonly [key: string]: unknown
}

export class TestClient {
  readonly #cluster: EmbeddedKubernetes
  readonly #principal: Principal

  constructor(cluster: EmbeddedKubernetes, principal: Principal = reconcile) {
    this.#cluster = cluster
    this.#principal = principal
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ClientAnswer> {
    const token = await signEksToken(this.#principal, { clusterName: this.#cluster.clusterName })
    return callWithToken(this.#cluster, method, path, token, body, headers)
  }

  get(path: string, headers: Record<string, string> = {}): Promise<ClientAnswer> {
    return this.call('GET', path, undefined, headers)
  }

  create(application: unknown, path = `${TEAM_A}?fieldValidation=Strict`): Promise<ClientAnswer> {
    return this.call('POST', path, application)
  }

  delete(path: string, options?: unknown): Promise<ClientAnswer> {
    return this.call('DELETE', path, options)
  }

  /** The state of an application; undefined while it has none. */
  async state(name: string, base = TEAM_A): Promise<string | undefined> {
    const { body } = await this.get(`${base}/${name}`)
    return (body.status as { applicationState?: { state?: string } } | undefined)?.applicationState?.state
  }
}

export function callWithToken(
  cluster: EmbeddedKubernetes,
  method: string,
  path: string,
  token: string | undefined,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ClientAnswer> {
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request(
      `${cluster.url}${path}`,
      {
        method,
        ca: Buffer.from(cluster.certificateAuthorityData, 'base64'),
        agent: false,
        headers: {
          Accept: 'application/json',
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          // Node frames the body of a DELETE only if it is told the length.
          ...(payload === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(payload)) }),
          ...headers,
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ code: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) })
        })
      },
    )
    sent.on('error', reject)
    sent.end(payload)
  })
}

function parse(text: string): TestObject {
  try {
    return JSON.parse(text) as TestObject
  } catch {
    return {}
  }
}

/** The SparkApplication that most traces create; `spec` is merged over it. */
export function application(name: string, spec: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name, labels: { 'example.org/job': 'j1' } },
    spec: {
      type: 'Scala',
      mode: 'cluster',
      sparkVersion: '4.0.4',
      image: 'localhost/spark:4.0',
      imagePullPolicy: 'Never',
      mainApplicationFile: 'local:///opt/spark/examples/jars/spark-examples.jar',
      mainClass: 'org.apache.spark.examples.SparkPi',
      arguments: ['10'],
      restartPolicy: { type: 'Never' },
      driver: { cores: 1, coreRequest: '100m', memory: '512m', serviceAccount: 'spark' },
      executor: { cores: 1, coreRequest: '100m', memory: '512m', instances: 1 },
      ...spec,
    },
  }
}

/** A Python application whose main file is one of the example programs. */
export function pythonApplication(name: string, file: string, ...args: string[]): Record<string, unknown> {
  return application(name, {
    type: 'Python',
    mainClass: undefined,
    mainApplicationFile: `local:///opt/spark/examples/src/main/python/${file}`,
    arguments: args,
  })
}

/** Looks every 5 ms until `look` answers something, for at most `seconds`. */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>, seconds = 10): Promise<T> {
  const until = Date.now() + seconds * 1000
  while (Date.now() < until) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error(`not within ${seconds} s: ${look.toString()}`)
}
