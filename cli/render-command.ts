/** `sparkgate render`: the SparkApplication that would be created, byte for byte but for the id of the job. */
import type { CanonicalSpec } from '../shared/domain/job-spec/canonical-spec.ts'
import { objectNameFor, renderSparkApplication } from '../shared/domain/job-spec/rendering/render-spark-application.ts'
import { judgeDocuments } from './judge-documents.ts'
import { UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { costLines } from './show-cost.ts'
import { specPlace } from './spec-place.ts'
import { documentsText } from './write-documents.ts'
import type { RemarkedDocument } from './write-documents.ts'

/** Has the form of a job id and stays the same, so that renderings can be compared. */
const EXAMPLE_JOB_ID = 'jexampleexampleexampleexa'

/** Writes the object of each accepted document's first attempt; findings of refused ones go to standard error. */
export async function render({ positionals, options }: Arguments): Promise<number> {
  if (positionals.length === 0) throw new UsageError('render needs at least one FILE, or - for standard input')
  const { context, objectTimeToLiveSeconds, costOf } = await specPlace(options)
  const { documents, code } = await judgeDocuments(positionals, context)
  const rendered = documents.flatMap(({ judged: { verdict } }): RemarkedDocument[] => {
    if (verdict.verdict === 'refused') return []
    const { spec, specHash } = verdict
    const object = renderSparkApplication({
      spec,
      specHash,
      jobId: EXAMPLE_JOB_ID,
      team: context.team,
      attempt: 1,
      objectName: objectNameFor(spec.name, EXAMPLE_JOB_ID, 1),
      namespace: context.namespace,
      serviceAccount: context.serviceAccount,
      timeToLiveSeconds: objectTimeToLiveSeconds,
      remedies: [],
    })
    const remark = [remarkOf(spec), ...costLines(costOf(spec))].join('\n# ')
    return [{ document: object, remark }]
  })
  process.stdout.write(documentsText(rendered, options['output'] === 'json' ? 'json' : 'yaml'))
  return code
}

function remarkOf({ schedule }: CanonicalSpec): string {
  const example = 'The job id and the name made from it are examples: each job has its own.'
  return schedule === undefined ? example : `One run of a schedule. ${example}`
}
