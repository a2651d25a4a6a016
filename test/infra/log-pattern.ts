/** CloudWatch's filter patterns for JSON, as far as they are used here: text comparisons, `*` at the ends, >=, && or ||. */

/** Whether a log line counts. A line that is not JSON never does. Throws for a pattern of another kind. */
export function matchesPattern(pattern: string, line: string): boolean {
  const fields = parseLine(line)
  if (fields === undefined) return false
  const inner = /^\{ (.+) \}$/.exec(pattern)?.[1]
  if (inner === undefined || (inner.includes('&&') && inner.includes('||')))
    throw new Error(`not a pattern that this reader knows: ${pattern}`)
  if (inner.includes('||')) return inner.split(' || ').some(condition => holds(condition, fields))
  return inner.split(' && ').every(condition => holds(condition, fields))
}

function holds(condition: string, fields: Readonly<Record<string, unknown>>): boolean {
  const [, measured, least] = /^\$\.(\w+) >= (\d+)$/.exec(condition) ?? []
  if (measured !== undefined) return Number(fields[measured] ?? Number.NaN) >= Number(least)
  const [, name, expected] = /^\$\.(\w+) = "([^"]*)"$/.exec(condition) ?? []
  if (name === undefined || expected === undefined)
    throw new Error(`not a comparison that this reader knows: ${condition}`)
  const value = fields[name]
  if (typeof value !== 'string') return false
  const text = expected.replace(/^\*/, '').replace(/\*$/, '')
  if (expected.startsWith('*')) return expected.endsWith('*') ? value.includes(text) : value.endsWith(text)
  return expected.endsWith('*') ? value.startsWith(text) : value === text
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
