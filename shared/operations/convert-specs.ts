/** convertSpecs: documents of any format as SparkApplications or in the short form, without what the gateway adds. */
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import { toShortForm } from '../domain/job-spec/convert/to-short-form.ts'
import { toSparkApplicationDocument } from '../domain/job-spec/convert/to-spark-application.ts'
import { withoutDefaults } from '../domain/job-spec/convert/without-defaults.ts'
import type { Finding } from '../domain/job-spec/findings/finding.ts'
import { judgeJobSpecs } from '../domain/job-spec/parse-job-spec.ts'
import type { DocumentFormat, JobSpecInput, JudgedDocument } from '../domain/job-spec/parse-job-spec.ts'
import type { Platform } from '../domain/platform/platform.ts'
import { specContext } from '../domain/platform/spec-context.ts'

export type SpecForm = 'short' | 'native'

export interface ConvertedSpec {
  readonly format?: DocumentFormat
  readonly findings: readonly Finding[]
  /** Absent for a document that is refused. */
  readonly document?: JsonObject
  /** Paths of what the form cannot say. */
  readonly lost: readonly string[]
}

/** One entry for each document, in their order; under the policy and defaults of the team. */
export function convertSpecs(
  platform: Platform,
  team: string,
  input: JobSpecInput,
  form: SpecForm,
): readonly ConvertedSpec[] {
  return judgeJobSpecs(input, specContext(platform, team)).map(judged => convertOne(judged, form))
}

function convertOne({ verdict, format, merged }: JudgedDocument, form: SpecForm): ConvertedSpec {
  const { findings } = verdict
  const known = { findings, ...(format !== undefined && { format }) }
  if (verdict.verdict === 'refused') return { ...known, lost: [] }
  const own = merged === undefined ? verdict.spec : withoutDefaults(verdict.spec, merged)
  if (form === 'short') return { ...known, ...toShortForm(own) }
  // The operator's schema requires both, however little they say.
  const application = { driver: {}, executor: {}, ...own.application }
  return { ...known, document: toSparkApplicationDocument({ ...own, application }), lost: [] }
}
