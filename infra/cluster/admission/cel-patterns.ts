/**
 * Allow-lists of a policy as expressions of CEL: the same names match as in the gateway (policy/allow-list.ts), or fewer; a
 * test compares the two. CEL's `matches` is RE2, without look-around, and searches: every expression here is anchored.
 */

/** A text as a literal of CEL; JSON's escapes are among CEL's. */
export const celText = (text: string): string => JSON.stringify(text)
export const celTexts = (texts: readonly string[]): string => `[${texts.map(celText).join(', ')}]`

/** Whole names: `*` is any run of characters, `{a,b}` one of several. */
export const regexOfNames = (patterns: readonly string[]): string =>
  anyOf(expand(patterns).map(pattern => pattern.split('*').map(escape).join('.*')))

/** Paths: a star stays between two slashes; a pattern that ends with `/` or `/*` is everything below. */
export const regexOfPaths = (patterns: readonly string[]): string =>
  patterns.includes('*') ? '^.*$' : anyOf(expand(patterns).map(pattern => pathRegex(pattern, '[^/]*', '/[^/].*')))

/** A segment of a path that means another folder: no allow-list has it. */
export const DOT_SEGMENTS = '(^|/)[.][.]?(/|$)'

/**
 * Images with or without tag and digest, as pods name them; `docker.io` also in its short forms. Registries of the node itself
 * (`localhost/…`) look like such a short form, and pass where all of docker.io does.
 */
export function regexOfImages(patterns: readonly string[]): string {
  const repositories = expand(patterns)
    .filter(namesRegistry)
    .flatMap(pattern => [pathRegex(pattern, NO_SLASH, BELOW), ...shortForms(pattern)])
  return `^(${repositories.join('|')})(:[A-Za-z0-9_.-]+)?(@sha(256|512):[0-9a-f]+)?$`
}

/**
 * The gateway holds lists against whole names (`docker.io/library/spark` for `spark`), so that a pattern without a registry
 * is none of them. Docker's own has at least two names below it.
 */
function namesRegistry(pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('/')
  if (first === 'docker.io') return rest.length > 1 || ['', '*'].includes(rest[0] ?? '')
  return rest.length > 0 && first !== 'index.docker.io' && (/[.:A-Z]/.test(first) || first === 'localhost')
}

const NO_SLASH = '[^/:@]*'
const BELOW = '(/[^/:@]+)+'
/** A first name with a dot, a port or a capital is a registry, and no name on Docker's own. */
const NO_REGISTRY = '[^/:@.A-Z]*'

function pathRegex(pattern: string, star: string, below: string): string {
  const isFolder = /\/\*?$/.test(pattern)
  const path = isFolder ? pattern.replace(/\/\*?$/, '') : pattern
  return path.split('*').map(escape).join(star) + (isFolder ? below : '')
}

/** `docker.io/library/x` is also `x`, `docker.io/team/x` also `team/x`; everything below `docker.io` is any name without a registry. */
function shortForms(pattern: string): readonly string[] {
  const [, rest] = /^docker\.io\/(.*)$/.exec(pattern) ?? []
  if (rest === undefined) return []
  const old = pathRegex(`index.${pattern}`, NO_SLASH, BELOW)
  if (rest === '' || rest === '*') return [old, `${NO_REGISTRY}(/[^/:@]+)*`]
  const [first = '', ...names] = rest.split('/')
  const official = first === 'library' ? names : []
  const isShort = !/[.:A-Z]/.test(first) && first !== 'localhost'
  return [
    old,
    ...(isShort
      ? [first.split('*').map(escape).join(NO_REGISTRY) + pathRegex(`/${names.join('/')}`, NO_SLASH, BELOW)]
      : []),
    ...(official.length === 1 ? [pathRegex(official[0] ?? '', NO_REGISTRY, BELOW)] : []),
  ]
}

const anyOf = (alternatives: readonly string[]): string => `^(${alternatives.join('|')})$`
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** More words from one list than this would make an expression that the API server refuses for its size. */
const MAX_WORDS = 2_000

function expand(patterns: readonly string[]): readonly string[] {
  const words = patterns.flatMap(pattern => expandBraces(pattern, 0))
  if (words.length > MAX_WORDS) throw new RangeError(`an allow-list has ${words.length} words, more than ${MAX_WORDS}`)
  return words
}

/** As deep as the gateway reads them. */
const MAX_BRACES = 4

function expandBraces(pattern: string, depth: number): readonly string[] {
  const match = /\{([^{}]*)\}/.exec(pattern)
  if (match === null || depth >= MAX_BRACES) return [pattern]
  const before = pattern.slice(0, match.index)
  const after = pattern.slice(match.index + match[0].length)
  return (match[1] ?? '').split(',').flatMap(word => expandBraces(before + word + after, depth + 1))
}
