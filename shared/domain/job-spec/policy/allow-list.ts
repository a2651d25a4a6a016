/**
 * How the patterns of a policy are read. `*` is any run of characters, `{a,b}` one of several; nothing else is special. No
 * regular expressions: a pattern of the platform file and a name of a tenant meet in linear time.
 */

/** True if one of the patterns is the whole of `name`. */
export function allows(patterns: readonly string[], name: string): boolean {
  const { names, globsByStart, otherGlobs } = compiledFrom(patterns)
  if (names.has(name)) return true
  const candidates = globsByStart.get(name.slice(0, START_LENGTH)) ?? []
  return candidates.some(glob => matchesGlob(glob, name)) || otherGlobs.some(glob => matchesGlob(glob, name))
}

/**
 * As `allows`, by whole segments between `/`: a star stays inside one segment, and only a pattern that ends with `/` or `/*`
 * is everything below. `s3:` is read as `s3a:`. Paths with `.` or `..` segments match nothing but the pattern `*`.
 */
export function allowsPath(patterns: readonly string[], path: string): boolean {
  if (patterns.includes('*')) return true
  const segments = segmentsOf(path, '/')
  const isOdd = segments.some(segment => segment === '.' || segment === '..') || /%2e|%2f|[\\@]/i.test(path)
  return !isOdd && expand(patterns).some(pattern => matchesSegments(segmentsOf(pattern, '/'), segments))
}

/** As `allows`, for dotted paths of fields: a pattern is the field and everything below it. */
export function allowsField(patterns: readonly string[], path: string): boolean {
  if (patterns.includes('*')) return true
  const segments = path.split('.')
  return expand(patterns).some(pattern => {
    const wanted = pattern.split('.')
    return wanted.length <= segments.length && everySegment(wanted, segments)
  })
}

/** The patterns for people: at most twelve, and how many more. */
export function describePatterns(patterns: readonly string[]): string {
  const shown = patterns.slice(0, MAX_SHOWN).join(', ')
  return patterns.length > MAX_SHOWN ? `${shown} and ${patterns.length - MAX_SHOWN} more` : shown
}
const MAX_SHOWN = 12

/** The texts between the stars of a pattern. */
type Glob = readonly string[]

/** A policy keeps its lists: each is taken apart once. */
const expanded = new WeakMap<readonly string[], readonly string[]>()
const compiled = new WeakMap<readonly string[], Compiled>()

/** Patterns are looked up by their names or their beginnings: specs may have thousands of settings. */
interface Compiled {
  readonly names: ReadonlySet<string>
  readonly globsByStart: ReadonlyMap<string, readonly Glob[]>
  /** Those with a star near their beginning. */
  readonly otherGlobs: readonly Glob[]
}

/** Whether one of the patterns could be the whole of a name that begins so; `start` is `startOf` of the name. */
export function mayAllow(patterns: readonly string[], start: string): boolean {
  return expand(patterns).some(pattern => {
    const literal = pattern.split('*', 1)[0] ?? ''
    return literal.length >= START_LENGTH ? startOf(literal) === start : start.startsWith(literal)
  })
}

/** The part of a name that patterns are first told apart by. */
export const startOf = (name: string): string => name.slice(0, START_LENGTH)

/** `spark.sq`, `spark.ku`: enough to tell the parts of Spark apart. */
const START_LENGTH = 8

function compiledFrom(patterns: readonly string[]): Compiled {
  const known = compiled.get(patterns)
  if (known !== undefined) return known
  const all = expand(patterns)
  const names = new Set(all.filter(pattern => !pattern.includes('*')))
  const globs = all.filter(pattern => pattern.includes('*')).map(pattern => pattern.split('*'))
  const hasStart = (glob: Glob): boolean => (glob[0] ?? '').length >= START_LENGTH
  const globsByStart = Map.groupBy(globs.filter(hasStart), glob => (glob[0] ?? '').slice(0, START_LENGTH))
  const answer = { names, globsByStart, otherGlobs: globs.filter(glob => !hasStart(glob)) }
  compiled.set(patterns, answer)
  return answer
}

function expand(patterns: readonly string[]): readonly string[] {
  const all = expanded.get(patterns) ?? patterns.flatMap(pattern => expandBraces(pattern))
  expanded.set(patterns, all)
  return all
}

/** More braces in one pattern are read as they stand, and more words are left out, so that no pattern grows into thousands. */
const MAX_BRACES = 4
const MAX_EXPANDED = 1_000

function expandBraces(pattern: string, depth = 0): readonly string[] {
  const match = /\{([^{}]*)\}/.exec(pattern)
  if (match === null || depth >= MAX_BRACES) return [pattern]
  const before = pattern.slice(0, match.index)
  const after = pattern.slice(match.index + match[0].length)
  const words = (match[1] ?? '').split(',')
  return words.flatMap(word => expandBraces(before + word + after, depth + 1)).slice(0, MAX_EXPANDED)
}

function matchesGlob(glob: Glob, text: string): boolean {
  const [first = ''] = glob
  if (glob.length === 1) return text === first
  if (!text.startsWith(first)) return false
  const last = glob.at(-1) ?? ''
  if (text.length < first.length + last.length || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const part of glob.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

function segmentsOf(path: string, separator: string): readonly string[] {
  return path.replace(/^s3:/, 's3a:').split(separator)
}

function matchesSegments(wanted: readonly string[], segments: readonly string[]): boolean {
  const last = wanted.at(-1)
  if (last !== '' && last !== '*') return wanted.length === segments.length && everySegment(wanted, segments)
  const above = wanted.slice(0, -1)
  return segments.length > above.length && segments[above.length] !== '' && everySegment(above, segments)
}

function everySegment(wanted: readonly string[], segments: readonly string[]): boolean {
  return wanted.every((pattern, index) => matchesGlob(pattern.split('*'), segments[index] ?? ''))
}
