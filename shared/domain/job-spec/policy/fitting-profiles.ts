/**
 * Names the profiles of the platform that give what a policy refuses to a request of its own: the way that is allowed.
 */
import type { JsonObject, JsonValue, SpecContext } from '../canonical-spec.ts'
import { selectNodes } from '../document/path-pattern.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { allows } from './allow-list.ts'
import { fieldsOfSettings } from './setting-fields.ts'

/** More names than these are no help. */
const MAX_PROFILES = 3

/** The profiles that a request of this team may name and whose `spec` passes the test. */
export function profilesWith(context: SpecContext, fits: (spec: JsonObject) => boolean): readonly string[] {
  return Object.entries(context.profiles ?? {})
    .filter(([name, { spec }]) => allows(context.policy.gateway.profiles, name) && fits(spec))
    .map(([name]) => name)
}

/** The profiles that have a value at one of the places. */
export function profilesAt(context: SpecContext, where: readonly string[]): readonly string[] {
  return profilesWith(context, spec => {
    const root = nodeOf({ spec }, undefined, undefined)
    return [root, fieldsOfSettings(root)].some(tree => where.some(pattern => selectNodes(tree, pattern).length > 0))
  })
}

/** What is allowed, and the profiles beside it. */
export function orProfiles(allowed: string, profiles: readonly string[]): string {
  if (profiles.length === 0) return allowed
  const names = profiles.slice(0, MAX_PROFILES).join(', ')
  return `${allowed}; or the profile${profiles.length > 1 ? 's' : ''} ${names}`
}

function nodeOf(value: JsonValue, parent: SourceNode | undefined, key: string | number | undefined): SourceNode {
  const place = { parent, key, keyOffset: 0, offset: 0 }
  if (value === null || typeof value !== 'object') return { ...place, kind: 'scalar', scalar: value }
  if (Array.isArray(value)) {
    const items = value as readonly JsonValue[]
    return { ...place, kind: 'list', items: items.map((item, index) => nodeOf(item, parent, index)) }
  }
  const map: SourceMap = { ...place, kind: 'map', fields: new Map() }
  for (const [name, field] of Object.entries(value as JsonObject)) map.fields.set(name, nodeOf(field, map, name))
  return map
}
