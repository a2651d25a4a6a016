/** 406 for callers who take none of what the API answers. Weights only order; a weight of 0 refuses (RFC 9110, 12.5.1). */
import { HttpProblem } from '../../shared/runtime/http.ts'
import type { ApiEvent } from './event.ts'

const WIDE_ENOUGH = new Set(['*/*', 'application/*', 'application/json'])

export function checkAccept(event: ApiEvent): void {
  const accept = event.headers['accept']
  if (accept === undefined || accept.trim() === '') return
  const isTaken = accept
    .toLowerCase()
    .split(',')
    .some(range => {
      const [type = '', ...parameters] = range.split(';').map(part => part.trim())
      return WIDE_ENOUGH.has(type) && !parameters.some(each => /^q=0(\.0*)?$/.test(each))
    })
  if (!isTaken) throw new HttpProblem('not-acceptable', 'Answers are application/json; Accept must allow that.')
}
