/**
 * Texts whose form the CRD leaves open, but that Spark, the operator or Kubernetes refuse later, when the job has
 * already waited: memory strings, quantities, names, labels, images, classes.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { nameFormats } from './name-formats.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { textOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import type { TextFormat } from './text-format.ts'
import { valueFormats } from './value-formats.ts'

const textFormats: readonly TextFormat[] = [...valueFormats, ...nameFormats]

/** Checks every text and field name that one of the tables names. */
export function checkFormats(root: SourceNode, findings: FindingCollector): void {
  for (const format of textFormats) {
    for (const node of format.where.flatMap(pattern => selectNodes(root, pattern))) {
      const text = format.of === 'key' ? String(node.key) : textOf(node)
      if (text === undefined || format.accepts(text)) continue
      const at = format.of === 'key' ? 'key' : 'value'
      const hints = () => ({ allowed: format.allowed, suggestion: format.suggest?.(text), at }) as const
      findings.error(node, format.rule, format.message, hints)
    }
  }
}
