/**
 * DynamoDB's condition expressions, as far as the gateway's table uses them: the simulated table obeys the very text that
 * the real one gets (`CONDITIONS`), so that a condition that says too little is found here.
 */

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>
type Test = (item: Attributes, values: Attributes) => boolean

/** A test of an item (names without `#`) against the expression's values (names without `:`). Throws for what it cannot read. */
export function compileCondition(text: string): Test {
  const tokens = text.match(/attribute_not_exists|AND\b|OR\b|<=|>=|<>|[<>=()]|[#:]?\w+/g) ?? []
  let at = 0
  const take = (): string => tokens[at++] ?? ''

  const any = (): Test => {
    let left = all()
    while (tokens[at] === 'OR') {
      at++
      const [first, second] = [left, all()]
      left = (item, values) => first(item, values) || second(item, values)
    }
    return left
  }
  const all = (): Test => {
    let left = one()
    while (tokens[at] === 'AND') {
      at++
      const [first, second] = [left, one()]
      left = (item, values) => first(item, values) && second(item, values)
    }
    return left
  }
  const one = (): Test => {
    const first = take()
    if (first === '(') {
      const inner = any()
      expect(take(), ')')
      return inner
    }
    if (first === 'attribute_not_exists') {
      expect(take(), '(')
      const name = bare(take())
      expect(take(), ')')
      return item => item[name] === undefined
    }
    const compare = COMPARISONS[take()]
    const right = take()
    if (compare === undefined || !right.startsWith(':')) throw new Error(`cannot read the condition ${text}`)
    return (item, values) => {
      const [a, b] = [item[bare(first)], values[bare(right)]]
      // A missing attribute compares as false, whatever the operator.
      return a !== undefined && b !== undefined && compare(a, b)
    }
  }
  const test = any()
  if (at !== tokens.length) throw new Error(`cannot read the condition ${text}`)
  return test
}

type Value = string | number | boolean

const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

const bare = (name: string): string => name.replace(/^[#:]/, '')

function expect(token: string, wanted: string): void {
  if (token !== wanted) throw new Error(`expected ${wanted}, found ${token}`)
}
