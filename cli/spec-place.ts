/** `--team`, `--config`, `--policy` → whose job a spec is, and where it would run. */
import type { CanonicalSpec, SpecContext } from '../shared/domain/job-spec/canonical-spec.ts'
import { builtInProfiles } from '../shared/domain/job-spec/layers/built-in-profiles.ts'
import { builtInPolicies } from '../shared/domain/job-spec/policy/built-in-policies.ts'
import { UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { CostAnswer } from './show-cost.ts'
import { problemOf } from './spec-files.ts'

/** The place of a spec. */
export interface SpecPlace {
  readonly context: SpecContext
  /** Seconds for which finished objects stay on the cluster. */
  readonly objectTimeToLiveSeconds: number
  /** Of one attempt on the first cluster that it may run on. */
  readonly costOf: (spec: CanonicalSpec) => CostAnswer
}

/** The platform file's default, where there is no platform file. */
const OBJECT_TIME_TO_LIVE_SECONDS = 3 * 86_400

/** Reads the platform file if one is named. Throws UsageError for one that cannot be read, and for a team that it does not have. */
export async function specPlace(options: Arguments['options']): Promise<SpecPlace> {
  const { team, config, policy } = options
  const level = policy === 'open' ? 'open' : 'strict'
  const name = typeof team === 'string' ? team : undefined
  if (typeof config === 'string') return platformPlace(config, name, policy === undefined ? undefined : level)
  const context = {
    team: name ?? 'team',
    namespace: name ?? 'team',
    serviceAccount: 'spark',
    policy: builtInPolicies[level],
    profiles: builtInProfiles(),
  }
  const costOf = () => ({ unknown: '--config names a platform file, which may have prices.' })
  return { context, objectTimeToLiveSeconds: OBJECT_TIME_TO_LIVE_SECONDS, costOf }
}

/** Loads what only platform files need: the schema library is most of it. */
async function platformPlace(
  file: string,
  team: string | undefined,
  level: 'strict' | 'open' | undefined,
): Promise<SpecPlace> {
  const { readPlatform } = await import('../shared/runtime/platform-file.ts')
  const { specContext } = await import('../shared/domain/platform/spec-context.ts')
  const { teamOf } = await import('../shared/domain/platform/team-of.ts')
  const { clustersFor } = await import('../shared/domain/new-job.ts')
  const { costOn } = await import('../shared/domain/planned-cost.ts')
  let platform
  try {
    platform = readPlatform(file)
  } catch (error) {
    throw new UsageError(`--config ${file}: ${problemOf(error)}`)
  }
  const teams = Object.keys(platform.teams)
  const name = team ?? (teams.length === 1 ? teams[0] : undefined)
  if (name === undefined) throw new UsageError(`whose job is it? give --team: ${teams.join(', ')}`)
  if (!teams.includes(name)) throw new UsageError(`${file} has no team ${name}; it has ${teams.join(', ')}`)
  const context = specContext(platform, name)
  return {
    context: level === undefined ? context : { ...context, policy: builtInPolicies[level] },
    objectTimeToLiveSeconds: platform.objectTimeToLiveSeconds,
    costOf: spec =>
      costOn(platform, spec.options?.cluster ?? clustersFor(spec, platform, teamOf(platform, name))[0], spec),
  }
}
