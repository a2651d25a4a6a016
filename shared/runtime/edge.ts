/** The edge of every function: middy with one log line an invocation. What a handler throws is logged and thrown on (rule 14). */
import middy from '@middy/core'
import type { MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import type { Log } from './logging.ts'

export const edge = <Event, Result>(log: Log) =>
  middy<Event, Result, Error, Context>().use(logInvocation<Event, Result>(log))

function logInvocation<Event, Result>(log: Log): MiddlewareObj<Event, Result, Error, Context> {
  const startedAt = new WeakMap<object, number>()
  const milliseconds = (request: object): number =>
    Math.round(performance.now() - (startedAt.get(request) ?? performance.now()))
  return {
    before: request => {
      startedAt.set(request, performance.now())
    },
    // Braces matter: what a middleware answers, other than undefined, becomes the function's answer.
    after: request => {
      log.info('invocation ended', { requestId: request.context.awsRequestId, milliseconds: milliseconds(request) })
    },
    onError: request => {
      const { awsRequestId: requestId } = request.context
      log.error('invocation failed', { requestId, milliseconds: milliseconds(request), error: request.error })
    },
  }
}
