/**
 * The form of a rule about fields, and how a policy answers it. A rule says where it looks and which part of the policy
 * answers; what kind of answer that is (an allow-list, a limit, a choice) is seen from the part's value.
 */
import type { SpecContext } from '../canonical-spec.ts'
import { parseQuantity } from '../checks/kubernetes-formats.ts'
import { numberOf, textOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import { allows, allowsField, allowsPath, describePatterns } from './allow-list.ts'
import { allowsImage } from './allows-image.ts'
import type { Policy } from './policy-schema.ts'

/** `volumes.hostPaths`: one part of a policy. */
export type PolicyPart = { [Group in keyof Policy]: `${Group}.${keyof Policy[Group] & string}` }[keyof Policy]

/** One kind of thing that a policy decides about. */
export interface PolicyRule {
  /** Stable: `policy-volume`. */
  readonly id: string
  /** Places as path-pattern.ts reads them. */
  readonly where: readonly string[]
  /** Who answers; absent: refused under every policy, because it acts inside the operator or on objects of others. */
  readonly part?: PolicyPart
  /** What is held against a list or a limit (bytes for sizes); undefined passes. Default: the node's text or number. */
  readonly reads?: (node: SourceNode) => string | number | readonly string[] | undefined
  /** How a list is read; default `names`. */
  readonly compare?: keyof typeof comparisons
  /** The nodes below that are judged one by one; default the node itself. */
  readonly parts?: (node: SourceNode, policy: Policy) => readonly SourceNode[]
  /** Which values a choice (or no policy) refuses; default all. */
  readonly refuses?: (node: SourceNode, context: SpecContext) => boolean
  readonly message: string
  /** What is allowed where the part allows nothing; may say how much of it this policy allows. */
  readonly instead: string | ((policy: Policy) => string)
}

const comparisons = { names: allows, paths: allowsPath, fields: allowsField, images: allowsImage } as const

/** True if this policy does not let the node through. */
export function refuses(rule: PolicyRule, node: SourceNode, context: SpecContext): boolean {
  if (rule.part === undefined) return rule.refuses?.(node, context) ?? true
  const answer = answerOf(context.policy, rule.part)
  if (answer === 'any' || answer === 'unlimited') return false
  if (Array.isArray(answer)) return !isListed(rule, node, answer as readonly string[])
  if (typeof answer === 'number' || /^[0-9]/.test(String(answer))) return isAbove(rule, node, limitOf(answer))
  return rule.refuses?.(node, context) ?? true
}

/** What this policy allows here, for people. */
export function allowedBy(rule: Pick<PolicyRule, 'part' | 'instead'>, policy: Policy): string {
  const instead = typeof rule.instead === 'string' ? rule.instead : rule.instead(policy)
  if (rule.part === undefined) return instead
  const answer = answerOf(policy, rule.part)
  if (Array.isArray(answer)) return answer.length === 0 ? instead : describePatterns(answer as readonly string[])
  return Number.isFinite(limitOf(answer)) && limitOf(answer) > 0 ? `Up to ${String(answer)}` : instead
}

/** The value of one part. */
export function answerOf(policy: Policy, part: PolicyPart): unknown {
  const [group = '', name = ''] = part.split('.')
  return (policy as unknown as Record<string, Record<string, unknown>>)[group]?.[name]
}

/** A limit as a number: bytes of a size, a count; Infinity for `unlimited`. */
export function limitOf(answer: unknown): number {
  if (typeof answer === 'number') return answer
  return typeof answer === 'string' ? (parseQuantity(answer) ?? Infinity) : Infinity
}

function isListed(rule: PolicyRule, node: SourceNode, patterns: readonly string[]): boolean {
  const read = readBy(rule, node)
  const names = Array.isArray(read) ? (read as readonly string[]) : read === undefined ? [] : [String(read)]
  return names.every(name => comparisons[rule.compare ?? 'names'](patterns, name))
}

function isAbove(rule: PolicyRule, node: SourceNode, limit: number): boolean {
  const read = readBy(rule, node)
  return typeof read === 'number' && read > limit
}

function readBy(rule: PolicyRule, node: SourceNode): string | number | readonly string[] | undefined {
  return rule.reads === undefined ? (textOf(node) ?? numberOf(node) ?? '') : rule.reads(node)
}
