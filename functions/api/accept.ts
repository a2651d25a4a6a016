/** 406 for callers who take none of what the API answers. Weights only order; a weight of 0 refuses. */
import { HttpProblem } from '../../shared/runtime/http.ts'
import type { ApiEvent } from './event.ts'

/** Ranges that hold what the API answers, the most exact first: that one decides (RFC 9110, 12.5.1). */
const RANGES = ['application/json', 'application/*', '*/*']

export function checkAccept(event: ApiEvent): void {
  const accept = event.headers['accept']
  if (accept === undefined || accept.trim() === '') return
  const given = accept
    .toLowerCase()
    .split(',')
    .map(range => range.split(';').map(part => part.trim()))
  const deciding = RANGES.map(range => given.filter(([type]) => type === range)).find(found => found.length > 0) ?? []
  const isTaken = deciding.some(([, ...parameters]) => !parameters.some(each => /^q=0(\.0*)?$/.test(each)))
  if (!isTaken) throw new HttpProblem('not-acceptable', 'Answers are application/json; Accept must allow that.')
}
