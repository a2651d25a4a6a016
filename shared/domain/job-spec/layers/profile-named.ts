/** A profile by the name that a tenant wrote: own names only, so that `__proto__` names nothing. */
import type { SpecContext, SpecProfile } from '../canonical-spec.ts'

export function profileNamed({ profiles = {} }: Pick<SpecContext, 'profiles'>, name: string): SpecProfile | undefined {
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined
}
