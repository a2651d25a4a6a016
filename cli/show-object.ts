/**
 * Objects of the gateway whose fields this tool need not know: a plan, an identity. A newer gateway says more, and it is
 * shown without a newer tool.
 */
import { showText } from './terminal-text.ts'

/** Objects inside each other are shown to this depth; deeper ones as JSON. */
const MAX_DEPTH = 3

/** One line a field, `limits.cores  40`; lists on one line. */
export function factLines(value: unknown): readonly string[] {
  const facts = factsOf(value, '', 0)
  const width = Math.max(0, ...facts.map(([path]) => path.length))
  return facts.map(([path, text]) => `${showText(path).padEnd(width)}  ${showText(text)}`.trimEnd())
}

function factsOf(value: unknown, path: string, depth: number): readonly (readonly [path: string, text: string])[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, scalarText(value)]]
  if (Array.isArray(value)) return [[path, value.map(scalarText).join(', ')]]
  if (depth === MAX_DEPTH) return [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([name, child]) =>
    factsOf(child, path === '' ? name : `${path}.${name}`, depth + 1),
  )
}

/** A value on one line: objects as JSON. */
export function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
