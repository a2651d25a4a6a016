/**
 * Applies the policy's rules about fields to a document.
 */
import type { SpecContext } from '../canonical-spec.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { policyRules } from './policy.ts'
import { isNull } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'

/** One error for each refused node. Empty fields are passed over: they are read as absent. */
export function checkPolicy(root: SourceNode, context: SpecContext, findings: FindingCollector): void {
  for (const rule of policyRules) {
    if (rule.refusedAt === 'strict' && context.policy === 'open') continue
    for (const node of rule.where.flatMap(pattern => selectNodes(root, pattern))) {
      if (isNull(node) || rule.refuses?.(node, context) === false) continue
      findings.error(node, rule.id, rule.message, { allowed: rule.allowed })
    }
  }
}
