/**
 * Applies a team's policy to a document. Only what the request itself says is judged: defaults and profiles are the
 * platform's own. The limits count everything.
 */
import type { SpecContext } from '../canonical-spec.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { isNull } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { checkLimits } from './check-limits.ts'
import { orProfiles, profilesAt } from './fitting-profiles.ts'
import { allowedBy, refuses, type PolicyRule } from './policy-rule.ts'
import { policyRules } from './policy-rules.ts'
import { fieldsOfSettings } from './setting-fields.ts'

/** One error for each refused node. Empty fields are passed over: they are read as absent. */
export function checkPolicy(root: SourceNode, context: SpecContext, findings: FindingCollector): void {
  const settings = fieldsOfSettings(root)
  for (const rule of policyRules) {
    for (const node of nodesOf(rule, root, context).concat(nodesOf(rule, settings, context))) {
      if (isNull(node) || !isRequested(node) || !refuses(rule, node, context)) continue
      const hints = () => ({ allowed: orProfiles(allowedBy(rule, context.policy), profilesAt(context, rule.where)) })
      findings.error(node, rule.id, rule.message, hints)
    }
  }
  checkLimits(root, context, findings)
}

function nodesOf(rule: PolicyRule, root: SourceNode, { policy }: SpecContext): readonly SourceNode[] {
  const nodes = rule.where.flatMap(pattern => selectNodes(root, pattern))
  return rule.parts === undefined ? nodes : nodes.flatMap(node => rule.parts?.(node, policy) ?? [])
}

/** True where the request gave the value, or a part of it. */
function isRequested(node: SourceNode): boolean {
  if (node.layer === undefined) return true
  if (node.kind === 'scalar') return false
  const children = node.kind === 'map' ? [...node.fields.values()] : node.items
  return children.some(isRequested)
}
