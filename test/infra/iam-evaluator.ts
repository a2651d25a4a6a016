/**
 * The part of IAM's evaluation that this project needs: Allow and Deny statements with `*` and `?` in actions and resources.
 * Conditions are not evaluated: `conditionsOf` lists them, and a test says which are there.
 */
import type { Json, JsonMap } from './template-model.ts'

/** One statement of a policy document, its lists unfolded. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly principal: Json
  readonly conditions: JsonMap
}

/** `document` is resolved: no intrinsic functions. Throws for NotAction and NotResource, which nothing here uses. */
export function statementsOf(document: JsonMap): Statement[] {
  return asList(document['Statement']).map(each => {
    const statement = each as JsonMap
    if ('NotAction' in statement || 'NotResource' in statement || 'NotPrincipal' in statement)
      throw new Error('a statement with Not… is not evaluated')
    return {
      effect: statement['Effect'] as 'Allow' | 'Deny',
      actions: asList(statement['Action']).map(String),
      resources: asList(statement['Resource']).map(String),
      principal: statement['Principal'] ?? null,
      conditions: (statement['Condition'] ?? {}) as JsonMap,
    }
  })
}

/** Allowed by one statement and denied by none, conditions aside. */
export function isAllowed(statements: readonly Statement[], action: string, resource: string): boolean {
  const matching = statements.filter(statement => matches(statement, action, resource))
  return matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny')
}

export function matches({ actions, resources }: Statement, action: string, resource: string): boolean {
  return (
    actions.some(pattern => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    resources.some(pattern => isLike(resource, pattern))
  )
}

/** IAM's wildcards: `*` any text, `?` one character; nothing else is special. */
export function isLike(text: string, pattern: string): boolean {
  const expression = pattern
    .split(/([*?])/)
    .map(part =>
      part === '*' ? '[\\s\\S]*' : part === '?' ? '[\\s\\S]' : part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&'),
    )
    .join('')
  return new RegExp(`^${expression}$`).test(text)
}

const asList = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value]
