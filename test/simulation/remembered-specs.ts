/**
 * The reader of specs, which remembers: campaigns submit the same few texts hundreds of thousands of times, and a verdict depends
 * on nothing but the text and what the platform says about specs of its team.
 */
import type { SpecVerdict } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { specContext } from '../../shared/domain/platform/spec-context.ts'
import type { SpecReader } from '../../shared/operations/ports.ts'
import { readSpecs } from '../../shared/operations/read-specs.ts'

/** Texts that are kept, 10 KB with their verdicts; the rest is read anew. */
const MAX_REMEMBERED = 10_000

type Verdicts = Map<string, readonly SpecVerdict[]>

const byContext = new Map<string, Verdicts>()
const byPlatform = new WeakMap<Platform, Map<string, Verdicts>>()
let count = 0

export const rememberedSpecs: SpecReader = {
  read: async (platform, team, input) => {
    const known = knownOf(platform, team)
    const key = `${input.contentType ?? ''} ${Buffer.from(input.bytes).toString('latin1')}`
    const before = known.get(key)
    if (before !== undefined) return before
    const verdicts = readSpecs(platform, team, input)
    if (count++ < MAX_REMEMBERED) known.set(key, verdicts)
    return verdicts
  },
}

/** Platforms that say the same about a team's specs share what was read. */
function knownOf(platform: Platform, team: string): Verdicts {
  const teams = byPlatform.get(platform) ?? new Map<string, Verdicts>()
  byPlatform.set(platform, teams)
  const known = teams.get(team)
  if (known !== undefined) return known
  const context = JSON.stringify([specContext(platform, team), platform.maxSpecBytes])
  const shared = byContext.get(context) ?? new Map<string, readonly SpecVerdict[]>()
  byContext.set(context, shared)
  teams.set(team, shared)
  return shared
}
