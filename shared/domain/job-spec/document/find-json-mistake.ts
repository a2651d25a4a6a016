/**
 * Where a text stops being JSON, and what should stand there. V8 often says neither (`Unexpected token '}', "{"a": }" is not
 * valid JSON`), and it quotes the text, which may be a secret.
 */

/** Offset of the first mistake in `[start, end)` of a text that JSON.parse refused, and what is expected at it. */
export function findJsonMistake(text: string, start: number, end: number): { offset: number; expected: string } {
  const closing: string[] = []
  let next: Expected = 'value'
  let at = start
  while (next !== 'end') {
    token.lastIndex = skipSpace(text, at, end)
    const found = token.exec(text)
    const offset = token.lastIndex - (found?.[0].length ?? 0)
    const word = found === null || token.lastIndex > end ? '' : found[0]
    const after = nextAfter(next, word, closing)
    if (after === undefined)
      return { offset: found === null ? skipSpace(text, at, end) : offset, expected: wordFor[next] }
    at = token.lastIndex
    next = after
  }
  return { offset: skipSpace(text, at, end), expected: 'the end of the text' }
}

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'end'

const wordFor: Readonly<Record<Expected, string>> = {
  value: 'a value',
  'value or end': 'a value or ]',
  name: 'a field name in double quotes',
  'name or end': 'a field name in double quotes or }',
  colon: 'a colon',
  'comma or end': 'a comma or the closing bracket',
  end: 'the end of the text',
}

/** A text, a number or word, or a mark. */
const token =
  // oxlint-disable-next-line no-control-regex
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.+-])|(?:true|false|null)(?!\w)|[{}[\],:]/y

/** What follows a word where `expected` should stand; undefined where the word does not belong there. */
function nextAfter(expected: Expected, word: string, closing: string[]): Expected | undefined {
  if (expected === 'colon') return word === ':' ? 'value' : undefined
  if (word !== '' && word === closing.at(-1) && expected.endsWith('or end')) {
    closing.pop()
    return closing.length === 0 ? 'end' : 'comma or end'
  }
  if (expected === 'comma or end') {
    if (word !== ',') return undefined
    return closing.at(-1) === '}' ? 'name' : 'value'
  }
  if (expected.startsWith('name')) return word.startsWith('"') ? 'colon' : undefined
  if (word === '{' || word === '[') {
    closing.push(word === '{' ? '}' : ']')
    return word === '{' ? 'name or end' : 'value or end'
  }
  if (word === '' || '}],:'.includes(word)) return undefined
  return closing.length === 0 ? 'end' : 'comma or end'
}

function skipSpace(text: string, from: number, end: number): number {
  let at = from
  while (at < end && ' \t\r\n'.includes(text.charAt(at))) at += 1
  return at
}
