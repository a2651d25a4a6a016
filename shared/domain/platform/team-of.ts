/** The team that a verified identity means. */
import type { Platform, Team } from './platform.ts'

/** Throws for a name that the platform file does not have. */
export function teamOf(platform: Platform, name: string): Team {
  const team = Object.hasOwn(platform.teams, name) ? platform.teams[name] : undefined
  if (team === undefined) throw new Error(`the platform file has no team ${JSON.stringify(name)}`)
  return team
}
