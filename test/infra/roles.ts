/** The statements of each function's role in a synthesised template. */
import type { FunctionName } from '../../shared/runtime/function-table.ts'
import { GATEWAY_NAME } from '../bundles/bundled-functions.ts'
import { statementsOf } from './iam-evaluator.ts'
import type { Statement } from './iam-evaluator.ts'
import type { JsonMap, TemplateModel } from './template-model.ts'

export function statementsOfFunction(model: TemplateModel, name: FunctionName): Statement[] {
  const found = Object.values(model.ofType('AWS::Lambda::Function')).find(
    ({ Properties }) => Properties['FunctionName'] === `${GATEWAY_NAME}-${name}`,
  )
  const role = found?.Properties['Role'] as { 'Fn::GetAtt': readonly [string, string] } | undefined
  if (role === undefined) throw new Error(`the template has no function ${name}`)
  return statementsOfRole(model, role['Fn::GetAtt'][0])
}

/** All policies that are attached to a role, managed ones excepted: the functions have none, says a test. */
export function statementsOfRole(model: TemplateModel, roleId: string): Statement[] {
  return Object.values(model.ofType('AWS::IAM::Policy'))
    .filter(({ Properties }) => (Properties['Roles'] as readonly JsonMap[]).some(role => role['Ref'] === roleId))
    .flatMap(({ Properties }) => statementsOf(model.resolve(Properties['PolicyDocument'] ?? {}) as JsonMap))
}

/** Every pair of action and resource that a function's role allows, as written. */
export const grantsOf = (model: TemplateModel, name: FunctionName): { action: string; resource: string }[] =>
  statementsOfFunction(model, name)
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ actions, resources }) => actions.flatMap(action => resources.map(resource => ({ action, resource }))))
