/**
 * Policies of the platform file: each names another one and says what differs.
 */
import { builtInPolicies } from './built-in-policies.ts'
import type { Policy, PolicyDocument } from './policy-schema.ts'

/** Longest chain of policies that extend each other; it also ends circles. */
const MAX_CHAIN = 8

/** A policy of the platform file whose `extends` leads nowhere. The message is for the file's author. */
export class UnknownPolicy extends Error {
  override readonly name = 'UnknownPolicy'
}

/** The policy of this name: `strict`, `open` or one of the file. Throws `UnknownPolicy`. */
export function policyNamed(name: string, byName: Readonly<Record<string, PolicyDocument>>): Policy {
  return resolveNamed(name, byName, 0)
}

/** The whole policy that a document describes; its groups are merged part by part, and lists are replaced. Throws `UnknownPolicy`. */
export function resolvePolicy(document: PolicyDocument, byName: Readonly<Record<string, PolicyDocument>>): Policy {
  return resolve(document, byName, 0)
}

function resolveNamed(name: string, byName: Readonly<Record<string, PolicyDocument>>, depth: number): Policy {
  if (name === 'strict' || name === 'open') return builtInPolicies[name]
  const document = Object.hasOwn(byName, name) ? byName[name] : undefined
  if (document === undefined) throw new UnknownPolicy(`there is no policy ${JSON.stringify(name)}`)
  if (depth >= MAX_CHAIN)
    throw new UnknownPolicy(`the policy ${JSON.stringify(name)} extends itself, or too many others`)
  return resolve(document, byName, depth + 1)
}

function resolve(document: PolicyDocument, byName: Readonly<Record<string, PolicyDocument>>, depth: number): Policy {
  const { extends: base, ...overrides } = document
  const below: Readonly<Record<string, object>> = resolveNamed(base, byName, depth)
  const groups = Object.entries(below).map(([group, parts]) => [
    group,
    { ...parts, ...givenParts((overrides as Readonly<Record<string, object | undefined>>)[group]) },
  ])
  return Object.fromEntries(groups) as Policy
}

/** Parts that have a value: an explicit `undefined` overrides nothing. */
function givenParts(parts: object | undefined): object {
  return Object.fromEntries(Object.entries(parts ?? {}).filter(([, value]) => value !== undefined))
}
