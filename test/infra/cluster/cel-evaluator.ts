/**
 * The part of CEL that our ValidatingAdmissionPolicies are written in, evaluated: enough to see in a test what a rule refuses.
 * The API server's own evaluator has judged the same expressions by hand; this one keeps them from changing their meaning.
 * Errors as in CEL: an unknown name or a missing field throws, and `||` and `&&` forgive it if the other side decides.
 */

type Scope = Readonly<Record<string, unknown>>
type Node = (scope: Scope) => unknown

/** The value of an expression; `scope` has its variables. Throws for what this subset does not know. */
export function evaluateCel(expression: string, scope: Scope): unknown {
  const parser = new Parser(tokensOf(expression))
  const node = parser.expression()
  parser.end()
  return node(scope)
}

/** Longer expressions than the API server takes. */
const MAX_LENGTH = 100_000
const TOKEN = /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\d+|[A-Za-z_]\w*|&&|\|\||[!=<>]=|[-+*<>!?:.,()[\]{}])/y

function tokensOf(text: string): string[] {
  if (text.length > MAX_LENGTH) throw new Error('the expression is too long')
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new Error(`CEL: cannot read ${JSON.stringify(text.slice(at, at + 20))}`)
    tokens.push(match[1] ?? '')
  }
  return tokens
}

class Parser {
  private readonly tokens: readonly string[]
  private at = 0

  constructor(tokens: readonly string[]) {
    this.tokens = tokens
  }

  end(): void {
    if (this.at < this.tokens.length) throw new Error(`CEL: ${this.tokens[this.at]} is left over`)
  }

  expression(): Node {
    return this.or()
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false
    this.at++
    return true
  }

  private need(token: string): void {
    if (!this.take(token)) throw new Error(`CEL: ${token} expected, found ${this.tokens[this.at] ?? 'the end'}`)
  }

  private name(): string {
    const token = this.tokens[this.at++] ?? ''
    if (!/^[A-Za-z_]\w*$/.test(token)) throw new Error(`CEL: a name expected, found ${token}`)
    return token
  }

  private or(): Node {
    const sides = [this.and()]
    while (this.take('||')) sides.push(this.and())
    return sides.length === 1 ? (sides[0] as Node) : scope => decide(sides, scope, true)
  }

  private and(): Node {
    const sides = [this.relation()]
    while (this.take('&&')) sides.push(this.relation())
    return sides.length === 1 ? (sides[0] as Node) : scope => decide(sides, scope, false)
  }

  private relation(): Node {
    const left = this.sum()
    const operator = ['==', '!=', '<=', 'in'].find(token => this.take(token))
    if (operator === undefined) return left
    const right = this.sum()
    return scope => compare(operator, left(scope), right(scope))
  }

  private sum(): Node {
    let left = this.unary()
    while (this.take('+')) {
      const [before, after] = [left, this.unary()]
      left = scope => `${String(before(scope))}${String(after(scope))}`
    }
    return left
  }

  private unary(): Node {
    if (!this.take('!')) return this.member()
    const inner = this.unary()
    return scope => !truth(inner(scope))
  }

  private member(): Node {
    let node = this.primary()
    for (;;) {
      if (this.take('[')) {
        const [holder, key] = [node, this.expression()]
        this.need(']')
        node = scope => select(holder(scope), String(key(scope)))
      } else if (this.take('.')) {
        node = this.afterDot(node)
      } else return node
    }
  }

  private afterDot(holder: Node): Node {
    const name = this.name()
    if (!this.take('(')) return scope => select(holder(scope), name)
    if (name === 'all' || name === 'exists') {
      const variable = this.name()
      this.need(',')
      const test = this.expression()
      this.need(')')
      return scope => {
        const tests = keysOrItems(holder(scope)).map(
          (item): Node =>
            inner =>
              test({ ...inner, [variable]: item }),
        )
        return decide(tests, scope, name === 'exists')
      }
    }
    const argument = this.expression()
    this.need(')')
    return scope => call(name, String(holder(scope)), String(argument(scope)))
  }

  private primary(): Node {
    if (this.take('(')) {
      const inner = this.expression()
      this.need(')')
      return inner
    }
    if (this.take('[')) {
      const items = this.list(']')
      return scope => items.map(item => item(scope))
    }
    if (this.take('{')) return this.map()
    const token = this.tokens[this.at] ?? ''
    if (/^["']/.test(token)) return this.literal(JSON.parse(`"${token.slice(1, -1).replaceAll("\\'", "'")}"`))
    if (/^\d/.test(token)) return this.literal(Number(token))
    const name = this.name()
    if (name === 'true' || name === 'false') return () => name === 'true'
    if (name === 'has' && this.take('(')) return this.has()
    return scope => select(scope, name)
  }

  private literal(value: unknown): Node {
    this.at++
    return () => value
  }

  private list(end: string): readonly Node[] {
    const items: Node[] = []
    while (!this.take(end)) {
      items.push(this.expression())
      if (this.tokens[this.at] !== end) this.need(',')
    }
    return items
  }

  private map(): Node {
    const entries: (readonly [Node, Node])[] = []
    while (!this.take('}')) {
      const key = this.expression()
      this.need(':')
      entries.push([key, this.expression()])
      if (this.tokens[this.at] !== '}') this.need(',')
    }
    return scope => Object.fromEntries(entries.map(([key, value]) => [String(key(scope)), value(scope)]))
  }

  /** `has(a.b.c)`: everything before the last step must be there. */
  private has(): Node {
    let holder: Node = (
      name => (scope: Scope) =>
        select(scope, name)
    )(this.name())
    let last = ''
    while (this.take('.')) {
      const [before, step] = [holder, this.name()]
      last = step
      if (this.tokens[this.at] === '.') holder = scope => select(before(scope), step)
    }
    this.need(')')
    return scope => hasField(holder(scope), last)
  }
}

/** `||` (`wanted` true) and `&&` (false), and their macros: one decided side is enough, whatever the others throw. */
function decide(sides: readonly Node[], scope: Scope, wanted: boolean): boolean {
  let failure: { error: unknown } | undefined
  for (const side of sides) {
    try {
      if (truth(side(scope)) === wanted) return wanted
    } catch (error) {
      failure ??= { error }
    }
  }
  if (failure !== undefined) throw failure.error
  return !wanted
}

function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error(`CEL: ${JSON.stringify(value)} is no truth value`)
  return value
}

function hasField(holder: unknown, name: string): boolean {
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name)
}

function select(holder: unknown, name: string): unknown {
  if (!hasField(holder, name)) throw new Error(`CEL: no such key: ${name}`)
  return (holder as Record<string, unknown>)[name]
}

function compare(operator: string, left: unknown, right: unknown): boolean {
  switch (operator) {
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '<=':
      return Number(left) <= Number(right)
    default:
      return keysOrItems(right).includes(left)
  }
}

const keysOrItems = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : Object.keys(value as Record<string, unknown>)

function call(name: string, text: string, argument: string): boolean {
  if (name === 'startsWith') return text.startsWith(argument)
  if (name === 'matches') return new RegExp(argument).test(text)
  throw new Error(`CEL: no function ${name}`)
}
