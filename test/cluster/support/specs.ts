/** Jobs for the real cluster: SparkPi of Spark's own examples, and Python programs that a ConfigMap brings to any image of Spark. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import type { Admin } from './real-cluster.ts'

const FOLDERS = ['test/cluster/scripts', 'examples/sales-etl']
const PROGRAMS = readPrograms()
/** Named by its content: files of tests that run side by side may put it at the same time. */
const SCRIPTS = `sparkgate-test-scripts-${createHash('sha256').update(JSON.stringify(PROGRAMS)).digest('hex').slice(0, 8)}`
export const SCRIPTS_PATH = '/opt/sparkgate/scripts'
export const SCRIPTS_VOLUME = { name: 'scripts', configMap: { name: SCRIPTS, defaultMode: 0o755 } }
export const SCRIPTS_MOUNT = { name: 'scripts', mountPath: SCRIPTS_PATH }

function readPrograms(): Readonly<Record<string, string>> {
  const root = join(import.meta.dirname, '../../..')
  const files = FOLDERS.flatMap(folder =>
    readdirSync(join(root, folder))
      .filter(name => /\.(py|sh)$/.test(name))
      .map(name => [name, readFileSync(join(root, folder, name), 'utf8')] as const),
  )
  return Object.fromEntries(files)
}

/** Programs of test/cluster/scripts and of the sales-etl example, where python() looks for them. */
export async function putScripts({ http }: Admin, namespace: string): Promise<void> {
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: SCRIPTS }, data: PROGRAMS }
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const { status, body } = await http.call({ method: 'POST', path, body: configMap })
  if (status !== 201 && status !== 409) throw new Error(`POST ${path}: HTTP ${status} ${JSON.stringify(body)}`)
}

/** `change` is laid over: objects field by field, everything else whole. */
export function sparkPi(name: string, slices = 10, change: JsonObject = {}): JsonObject {
  return application(name, change, {
    type: 'Scala',
    mainClass: 'org.apache.spark.examples.SparkPi',
    mainApplicationFile: 'local:///opt/spark/examples/jars/spark-examples.jar',
    arguments: [String(slices)],
    executor: { instances: 1 },
  })
}

/** A script of putScripts. */
export function python(name: string, script: string, given: readonly string[], change: JsonObject = {}): JsonObject {
  return application(name, change, {
    type: 'Python',
    pythonVersion: '3',
    mainApplicationFile: `local://${SCRIPTS_PATH}/${script}`,
    arguments: [...given],
    volumes: [SCRIPTS_VOLUME],
    driver: { volumeMounts: [SCRIPTS_MOUNT] },
    executor: { instances: 1 },
  })
}

/** No node has this label: what is placed there stays pending. */
export const NOWHERE: JsonObject = { 'sparkgate.dev/nowhere': 'true' }

function application(name: string, change: JsonObject, spec: JsonObject): JsonObject {
  return {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name },
    spec: lay({ sparkVersion: '4.0.4', mode: 'cluster', ...spec }, change),
  }
}

function lay(under: JsonObject, over: JsonObject): JsonObject {
  const fields = Object.entries(over).map(([key, value]) => {
    const below = under[key]
    return [key, isObject(below) && isObject(value) ? lay(below, value) : value] as const
  })
  return { ...under, ...Object.fromEntries(fields) }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
