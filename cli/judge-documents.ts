/** What `render`, `convert` and `explain` begin with: every document judged, and what is wrong told on standard error. */
import type { SpecContext } from '../shared/domain/job-spec/canonical-spec.ts'
import type { JudgedDocument } from '../shared/domain/job-spec/parse-job-spec.ts'
import { EXIT } from './arguments.ts'
import { judgeFiles } from './judge-files.ts'
import { linesOf, renderFindings } from './render-findings.ts'
import { showText } from './terminal-text.ts'

/** One document, with where it stands. */
export interface PlacedDocument {
  readonly file: string
  /** 1-based number in its file. */
  readonly number: number
  /** What lines of it count in. */
  readonly text: string
  readonly judged: JudgedDocument
}

/** Every document of the files, and the exit code that refused and unread ones mean. */
export async function judgeDocuments(
  operands: readonly string[],
  context: SpecContext,
): Promise<{ readonly documents: readonly PlacedDocument[]; readonly code: number }> {
  const documents: PlacedDocument[] = []
  let code: number = EXIT.ok
  for await (const read of judgeFiles(operands, context)) {
    if ('problem' in read) {
      console.error(`sparkgate: ${showText(read.file)}: ${showText(read.problem)}`)
      code = EXIT.toolFailed
      continue
    }
    const { file, text } = read
    const lines = linesOf(text)
    for (const [index, judged] of read.documents.entries()) {
      documents.push({ file, number: index + 1, text, judged })
      const { verdict } = judged
      if (verdict.verdict === 'accepted') continue
      const place = read.documents.length > 1 ? `${file}#${index + 1}` : file
      console.error(`sparkgate: ${showText(place)} is refused`)
      console.error(renderFindings(verdict.findings, lines, process.stderr))
      if (code === EXIT.ok) code = EXIT.refused
    }
  }
  return { documents, code }
}
