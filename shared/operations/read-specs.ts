/** readSpecs: the verdicts of a text under the policy and defaults of its team, as the platform file says. */
import type { SpecVerdict } from '../domain/job-spec/canonical-spec.ts'
import { parseJobSpecs } from '../domain/job-spec/parse-job-spec.ts'
import type { JobSpecInput } from '../domain/job-spec/parse-job-spec.ts'
import type { Platform } from '../domain/platform/platform.ts'
import { specContext } from '../domain/platform/spec-context.ts'

export const readSpecs = (platform: Platform, team: string, input: JobSpecInput): readonly SpecVerdict[] =>
  parseJobSpecs({ ...input, maxBytes: platform.maxSpecBytes }, specContext(platform, team))
