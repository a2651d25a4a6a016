/**
 * A Kubernetes API with a Spark Operator in this process: what `npm run demo`, `npm run local` and tests use in place of
 * an EKS cluster, on a machine with nothing but Node. It answers, fails and takes its time as recorded from a real
 * cluster (Kubernetes 1.34.4, Spark Operator 2.5.2, Spark 4.0.4). It is an emulator: nothing outside local/ and test/
 * may import it.
 *
 *   api-server ── admission ──▶ object-store ◀── operator (SparkApplication status)
 *                                    ▲   ╰──▶ node (pods: scheduler, kubelet, garbage collector)
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApiServer } from './api-server.ts'
import { AuditLog } from './audit-log.ts'
import type { AuditEntry } from './audit-log.ts'
import type { Principal } from './authentication.ts'
import type { RoleGrant } from './authorization.ts'
import { loadOrMakeCertificate } from './certificate.ts'
import { ClusterClock } from './cluster-clock.ts'
import { makeControl } from './cluster-control.ts'
import type { ClusterControl } from './cluster-control.ts'
import { ClusterEvents } from './cluster-events.ts'
import { startControlServer } from './control-server.ts'
import { Lister } from './list-objects.ts'
import { DEFAULT_NODE } from './node-capacity.ts'
import type { NodeCapacity, Quota } from './node-capacity.ts'
import { EmbeddedNode } from './node.ts'
import { ObjectStore } from './object-store.ts'
import type { HistoryLimits } from './object-store.ts'
import { EmbeddedOperator } from './operator.ts'
import { PodLogs } from './pod-logs.ts'
import { RealDrivers } from './real-driver.ts'
import { RequestFaults } from './request-faults.ts'
import { findSparkHome, isSparkHome } from './spark-home.ts'

export interface EmbeddedKubernetesOptions {
  /** Tokens must be signed for this name (`x-k8s-aws-id`). */
  readonly clusterName: string
  /** Where the cluster pretends to be; only shown. */
  readonly region: string
  /** Of the HTTPS API on 127.0.0.1; a free one if absent. */
  readonly port?: number
  /** Keeps objects, audit log, logs and certificate over restarts and kill -9. Without it: memory only. */
  readonly dataDir?: string
  /** Whose tokens are good, and the access entries of their roles. */
  readonly principals: readonly Principal[]
  readonly roles: readonly RoleGrant[]
  readonly namespaces: readonly {
    readonly name: string
    readonly serviceAccounts: readonly string[]
    readonly quota?: Quota
  }[]
  /** The largest node: a pod that it does not take stays Pending for ever. 16 cores, 64 GiB, no labels if absent. */
  readonly nodes?: NodeCapacity
  readonly operator: OperatorOptions
  /** How far back watches may start. */
  readonly history?: HistoryLimits
}

export interface OperatorOptions {
  /** 1: recorded cadence; 20: twenty times faster. */
  readonly speed: number
  /** Submissions at a time; the chart's default is 10. */
  readonly workers: number
  /** `auto`: really run what can be run if a Spark is installed. `off` if absent. */
  readonly spark?: 'auto' | 'off' | { readonly home: string }
  /** Where files of the image are on this machine: prefix of paths in the container → folder, both ending in `/`. */
  readonly imageFiles?: Readonly<Record<string, string>>
  /** Real runs at a time; 2 if absent. */
  readonly maxRealRuns?: number
}

export interface EmbeddedKubernetes {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string
  /** Base64 of PEM, as EKS describes a cluster. */
  readonly certificateAuthorityData: string
  readonly clusterName: string
  readonly region: string
  /** Newest last; bounded (see MAX_AUDIT_ENTRIES). */
  readonly auditLog: readonly AuditEntry[]
  /** `audit.jsonl` in the data folder, where there is one. */
  readonly auditFile: string | undefined
  /** The Spark that runs applications for real, if any. */
  readonly sparkHome: string | undefined
  readonly control: ClusterControl
  /** `control` over HTTP, see control-server.ts. */
  readonly controlUrl: string
  /** Stops everything and leaves nothing behind but the data folder. */
  close(): Promise<void>
}

const DEFAULT_REAL_RUNS = 2

/** Starts it; rejects where the port is taken or the data folder cannot be used. */
export async function startEmbeddedKubernetes(options: EmbeddedKubernetesOptions): Promise<EmbeddedKubernetes> {
  const { dataDir } = options
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'sparkgate-kubernetes-'))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const certificate = await loadOrMakeCertificate(dataDir)
  const audit = new AuditLog(dataDir === undefined ? undefined : join(dataDir, 'audit.jsonl'))
  const cluster = buildCluster(options, folder)
  const { node, operator, lister, faults, webhook } = cluster
  const control = makeControl(cluster)
  const { store, logs, clock, real } = node.parts
  const namespaces = options.namespaces.map(one => one.name)
  const api = await startApiServer({
    cluster: {
      store,
      lister,
      logs,
      namespaces,
      webhookUp: () => webhook.up,
      deletePod: (namespace, name) => node.deletePod(namespace, name),
    },
    clusterName: options.clusterName,
    principals: options.principals,
    grants: options.roles,
    audit,
    faults,
    ...certificate,
    port: options.port ?? 0,
  })
  const controlServer = await startControlServer(control, audit)
  node.resume()
  operator.start('at-once')
  return {
    url: `https://127.0.0.1:${api.port}`,
    certificateAuthorityData: Buffer.from(certificate.cert).toString('base64'),
    clusterName: options.clusterName,
    region: options.region,
    auditLog: audit.entries,
    auditFile: audit.file,
    sparkHome: sparkHomeOf(options.operator),
    control,
    controlUrl: controlServer.url,
    async close() {
      await Promise.all([api.close(), controlServer.close()])
      operator.close()
      clock.close()
      node.close()
      await real?.close()
      store.close()
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

function buildCluster(options: EmbeddedKubernetesOptions, folder: string) {
  const history = options.history === undefined ? {} : { history: options.history }
  const journal = options.dataDir === undefined ? {} : { journalPath: join(folder, 'objects.jsonl') }
  const store = new ObjectStore({ ...history, ...journal })
  const logs = new PodLogs(join(folder, 'logs'))
  const home = sparkHomeOf(options.operator)
  const real =
    home === undefined
      ? undefined
      : new RealDrivers({
          sparkHome: home,
          imageFiles: options.operator.imageFiles ?? {},
          logs,
          maxRuns: options.operator.maxRealRuns ?? DEFAULT_REAL_RUNS,
        })
  const quotas = new Map(
    options.namespaces.flatMap(one => (one.quota === undefined ? [] : [[one.name, one.quota] as const])),
  )
  const node = new EmbeddedNode({
    store,
    clock: new ClusterClock(options.operator.speed),
    events: new ClusterEvents(store),
    logs,
    capacity: options.nodes ?? DEFAULT_NODE,
    quotas,
    real,
  })
  const webhook = { up: true }
  const serviceAccounts = new Map(options.namespaces.map(one => [one.name, one.serviceAccounts]))
  const operator = new EmbeddedOperator(
    { node, serviceAccounts, webhookUp: () => webhook.up },
    options.operator.workers,
  )
  return { node, operator, webhook, lister: new Lister(store), faults: new RequestFaults() }
}

function sparkHomeOf({ spark = 'off' }: OperatorOptions): string | undefined {
  if (spark === 'off') return undefined
  if (spark === 'auto') return findSparkHome(process.env)
  if (!isSparkHome(spark.home)) throw new Error(`no Spark in ${spark.home}: bin/spark-submit and jars/ are missing`)
  return spark.home
}
