/**
 * Known mistakes of Spark on Kubernetes that no check refuses: warnings with a remedy. They never block.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import type { SourceMap } from '../document/source-node.ts'
import { adviceTable } from './advice-table.ts'

/** Adds the warnings for one checked spec. Call it last: a spec that is refused anyway is advised on what stands there. */
export function advise(spec: SourceMap, findings: FindingCollector): void {
  for (const { id, message, allowed, find } of adviceTable) {
    for (const { node, path, suggestion } of find(spec)) {
      findings.warning(node, id, message, { allowed, suggestion, path, at: path === undefined ? 'value' : 'key' })
    }
  }
}
