/** api: the HTTPS API (HTTP API payload 2.0). API Gateway has verified who calls; here it becomes a team, or nobody. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { HttpProblem, problem } from '../../shared/runtime/http.ts'
import { edge } from '../../shared/runtime/edge.ts'
import { callerOf } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import { ROUTES } from './routes.ts'

export const createHandler = (deps: ApiDeps) =>
  edge<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(deps.log).handler(async event => {
    const { requestId } = event.requestContext
    try {
      const route = Object.hasOwn(ROUTES, event.routeKey) ? ROUTES[event.routeKey] : undefined
      if (route === undefined) throw new HttpProblem(404, 'There is nothing here.')
      return await route(deps, callerOf(deps.platform, event), event)
    } catch (error) {
      if (error instanceof HttpProblem) return problem(error, requestId)
      deps.log.error('a request failed', { requestId, error })
      return problem(
        new HttpProblem(500, 'Something is wrong on our side; it is logged under the request id.'),
        requestId,
      )
    }
  })
