/** `sparkgate validate`: the gateway's own checks, offline, over any number of files. */
import { paint } from './colour.ts'
import type { SpecVerdict } from '../shared/domain/job-spec/canonical-spec.ts'
import type { JudgedDocument } from '../shared/domain/job-spec/parse-job-spec.ts'
import { EXIT, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { judgeFiles } from './judge-files.ts'
import type { JudgedFile } from './judge-files.ts'
import { linesOf, renderFindings } from './render-findings.ts'
import { specPlace } from './spec-place.ts'
import { jsonLine, showText } from './terminal-text.ts'

/** Shows each verdict as it is reached (as one JSON array at the end), then what could not be read. */
export async function validate({ positionals, options }: Arguments): Promise<number> {
  if (positionals.length === 0)
    throw new UsageError(
      'validate needs at least one FILE: a file, a directory, a quoted pattern, or - for standard input',
    )
  const { context } = await specPlace(options)
  const isJson = options['output'] === 'json'
  const tally = { accepted: 0, refused: 0, warnings: 0 }
  const rows: string[] = []
  const unread: string[] = []
  for await (const judged of judgeFiles(positionals, context)) {
    if ('problem' in judged) {
      unread.push(`sparkgate: ${showText(judged.file)}: ${showText(judged.problem)}`)
      continue
    }
    const lines = isJson ? [] : linesOf(judged.text)
    judged.documents.forEach((document, index) => {
      const { verdict } = document
      tally[verdict.verdict] += 1
      tally.warnings += verdict.findings.filter(({ severity }) => severity === 'warning').length
      if (isJson) rows.push(jsonLine(rowOf(judged.file, index, document)))
      else if (options['quiet'] !== true || verdict.verdict === 'refused')
        console.log(renderDocument(judged, index, verdict, lines))
    })
  }
  console.log(isJson ? `[${rows.join(',\n')}]` : renderTally(tally))
  for (const line of unread) console.error(line)
  if (unread.length > 0) return EXIT.toolFailed
  return tally.refused > 0 ? EXIT.refused : EXIT.ok
}

/** One element of the JSON array. */
function rowOf(file: string, index: number, document: JudgedDocument): object {
  const { verdict } = document
  const { findings } = verdict
  return {
    file,
    document: index + 1,
    kind: document.format ?? null,
    name: nameOf(verdict) ?? null,
    verdict: verdict.verdict,
    errors: findings.filter(({ severity }) => severity === 'error'),
    warnings: findings.filter(({ severity }) => severity === 'warning'),
    rewritten: findings.filter(({ severity }) => severity === 'rewritten'),
  }
}

function renderDocument(
  { file, documents }: JudgedFile,
  index: number,
  verdict: SpecVerdict,
  lines: readonly string[],
): string {
  const place = documents.length > 1 ? `${file}#${index + 1}` : file
  const words = [place, nameOf(verdict), verdict.verdict].filter(word => word !== undefined)
  const mark = verdict.verdict === 'accepted' ? paint('green', '✓') : paint('red', '✗')
  const head = `${mark} ${showText(words.join(' '))}`
  return verdict.findings.length === 0 ? head : `${head}\n${renderFindings(verdict.findings, lines)}`
}

const nameOf = (verdict: SpecVerdict): string | undefined =>
  verdict.verdict === 'accepted' ? verdict.spec.name : verdict.name

function renderTally({
  accepted,
  refused,
  warnings,
}: Readonly<Record<'accepted' | 'refused' | 'warnings', number>>): string {
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`
  return `${count(accepted + refused, 'document')}: ${accepted} accepted, ${refused} refused, ${count(warnings, 'warning')}`
}
