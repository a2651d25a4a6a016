/** Condition expressions of the stores, read by the evaluator that the simulation has; compiled once each. */
import { compileCondition } from '../test/simulation/condition-expression.ts'
import type { Attributes } from '../test/simulation/condition-expression.ts'
import { plainValue } from './virtual-item.ts'
import type { Expressions } from './virtual-item.ts'

const compiled = new Map<string, ReturnType<typeof compileCondition>>()

/** Whether an item (its texts, numbers and truth values) fulfils a condition. Names stand for themselves in all of the stores' conditions. */
export function matches(condition: string, item: Attributes, { ExpressionAttributeValues = {} }: Expressions): boolean {
  const test = compiled.get(condition) ?? compileCondition(condition)
  compiled.set(condition, test)
  const values = Object.entries(ExpressionAttributeValues).map(([name, value]) => [name.slice(1), plainValue(value)])
  return test(item, Object.fromEntries(values) as Attributes)
}
