/** A plain object that a converter takes values out of; what is left is what it could not say. */
import type { JsonObject, JsonValue } from '../canonical-spec.ts'

/** A copy of an object, by dotted paths. */
export interface Draft {
  /** The value there; it stays. */
  at(path: string): JsonValue | undefined
  /** Takes the value out, and with it the objects that are empty then. */
  take(path: string): JsonValue | undefined
  /** Paths below `prefix` of all values that are left, lists as one; objects that are empty hold none. */
  rest(prefix: string): readonly string[]
}

/** A draft of `object`, which is not changed. */
export function makeDraft(object: JsonObject): Draft {
  const left: Fields = copyOf(object)

  const at = (path: string): JsonValue | undefined => {
    let value: JsonValue | undefined = left
    for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined
    return value
  }

  const take = (path: string): JsonValue | undefined => {
    const value = at(path)
    if (value === undefined) return undefined
    const dot = path.lastIndexOf('.')
    const parent = dot === -1 ? left : at(path.slice(0, dot))
    if (isObject(parent)) delete parent[path.slice(dot + 1)]
    if (dot !== -1 && isObject(parent) && Object.keys(parent).length === 0) take(path.slice(0, dot))
    return value
  }

  return { at, take, rest: prefix => pathsBelow(left, prefix) }
}

type Fields = { [key: string]: JsonValue }

/** Objects are copied, so that they can be emptied; lists and texts are shared. Specs are at most 32 deep. */
function copyOf(object: JsonObject): Fields {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, isObject(value) ? copyOf(value) : value]),
  )
}

/** True for an object that is no list. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pathsBelow(object: JsonObject, path: string): readonly string[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const below = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
    return isObject(value) ? pathsBelow(value, below) : [below]
  })
}
