/** What settings of Spark say together, as Spark itself holds them against each other when it starts. */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { fieldAt, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import { parseTimeMs } from './setting-types.ts'

/** Spark's values where a spec says nothing. */
const DEFAULT_NETWORK_TIMEOUT_MS = 120_000
const DEFAULT_HEARTBEAT_MS = 10_000

/**
 * `spark.network.timeout` (seconds) must be above `spark.executor.heartbeatInterval` (milliseconds): Spark 4.0.5 refuses even
 * equal ones (INVALID_EXECUTOR_HEARTBEAT_INTERVAL).
 */
export function checkSettingRelations(spec: SourceMap, findings: FindingCollector): void {
  const sparkConf = fieldAt(spec, 'sparkConf')
  const timeoutNode = fieldAt(sparkConf, 'spark.network.timeout')
  const beatNode = fieldAt(sparkConf, 'spark.executor.heartbeatInterval')
  const node = beatNode ?? timeoutNode
  if (node === undefined) return
  const timeoutMs = timeoutNode ? parseTimeMs(textOf(timeoutNode) ?? '', 's') : DEFAULT_NETWORK_TIMEOUT_MS
  const beatMs = beatNode ? parseTimeMs(textOf(beatNode) ?? '', 'ms') : DEFAULT_HEARTBEAT_MS
  if (timeoutMs === undefined || beatMs === undefined || timeoutMs > beatMs) return
  const message =
    `Spark refuses to start: executors would report every ${beatMs} ms, and be given up after ${timeoutMs} ms ` +
    '(spark.network.timeout).'
  const allowed = `spark.executor.heartbeatInterval well below spark.network.timeout: 10s and 120s`
  findings.error(node, 'heartbeat-above-timeout', message, { allowed, at: 'value' })
}
