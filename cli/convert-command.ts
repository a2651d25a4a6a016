/** `sparkgate convert`: a spec of any format as a SparkApplication or in the short form, without what the gateway adds. */
import type { CanonicalSpec } from '../shared/domain/job-spec/canonical-spec.ts'
import { toShortForm } from '../shared/domain/job-spec/convert/to-short-form.ts'
import { toSparkApplicationDocument } from '../shared/domain/job-spec/convert/to-spark-application.ts'
import { judgeDocuments } from './judge-documents.ts'
import { UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { requestOnly } from './request-only.ts'
import { specPlace } from './spec-place.ts'
import { showText } from './terminal-text.ts'
import { documentsText } from './write-documents.ts'
import type { RemarkedDocument } from './write-documents.ts'

/** Writes each accepted document in the other form, and says on standard error what that form cannot say. */
export async function convert({ positionals, options }: Arguments): Promise<number> {
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UsageError('convert takes one FILE, or - for standard input')
  // What a team may do is not the question here.
  const { context } = await specPlace({ ...options, policy: 'open' })
  const { documents, code } = await judgeDocuments([file], context)
  const toShort = options['to'] === 'short'
  const converted = documents.flatMap(({ judged: { verdict, merged } }): RemarkedDocument[] => {
    if (verdict.verdict === 'refused') return []
    const { spec } = verdict
    const application = merged === undefined ? spec.application : requestOnly(spec.application, merged)
    if (toShort) return [{ document: shortForm({ ...spec, application }) }]
    // The operator's schema requires both, however little they say.
    return [
      { document: toSparkApplicationDocument({ ...spec, application: { driver: {}, executor: {}, ...application } }) },
    ]
  })
  process.stdout.write(documentsText(converted, options['output'] === 'json' ? 'json' : 'yaml'))
  return code
}

function shortForm(spec: CanonicalSpec) {
  const { document, lost } = toShortForm(spec)
  for (const path of lost) console.error(`sparkgate: the short form cannot say ${showText(path)}`)
  return document
}
