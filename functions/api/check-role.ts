/** Whether a caller may take a route. Roles come from the platform file, by the verified identity. */
import { HttpProblem } from '../../shared/runtime/http.ts'
import type { Caller } from './caller.ts'
import type { Route } from './route.ts'

/** Throws 403: nobody of any team, or a member without the role. */
export function checkRole({ needs }: Route, caller: Caller): void {
  if (needs === 'identity') return
  if (needs === 'admin') {
    if (!caller.isAdmin) throw new HttpProblem('role-missing', 'Only admins of the platform may do this.')
    return
  }
  if (caller.team === undefined)
    throw new HttpProblem(
      'no-team',
      'This identity belongs to no team of this gateway. Ask your platform team to add it.',
    )
  if (needs !== 'viewer' && !caller.roles.includes(needs))
    throw new HttpProblem('role-missing', `This needs the role ${needs}; you are ${caller.roles.join(' and ')}.`)
}
