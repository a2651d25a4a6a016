/** `sparkgate explain`: where each value of a spec comes from; of a job, why it is where it is (explain-job.ts). */
import { existsSync } from 'node:fs'
import type { JsonValue } from '../shared/domain/job-spec/canonical-spec.ts'
import { looksLikeCredential } from '../shared/domain/job-spec/findings/make-finding.ts'
import { JOB_ID_PATTERN } from '../shared/domain/job-identity.ts'
import { explainLayers } from '../shared/domain/job-spec/layers/explain-layers.ts'
import type { ExplainedValue } from '../shared/domain/job-spec/layers/explain-layers.ts'
import { judgeDocuments } from './judge-documents.ts'
import type { PlacedDocument } from './judge-documents.ts'
import { oneOperand, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { specPlace } from './spec-place.ts'
import { columnsOf, cutToColumns, jsonLine, showText } from './terminal-text.ts'

/** Shows a table for each document that has a spec, refused ones too; findings of those go to standard error. */
export async function explain(given: Arguments): Promise<number> {
  const { options } = given
  const file = oneOperand(given, 'explain takes one JOB (an id), one FILE, or - for standard input')
  if (JOB_ID_PATTERN.test(file) && !existsSync(file)) return (await import('./explain-job.ts')).explainJob(file, given)
  if (options['output'] === 'yaml' || options['output'] === 'name')
    throw new UsageError(`explain shows a FILE as text or json, not as ${options['output']}`)
  const { context } = await specPlace(options)
  const { documents, code } = await judgeDocuments([file], context)
  const explained = documents.map(document => ({ ...document, values: valuesOf(document) }))
  if (options['output'] === 'json') {
    const rows = explained.flatMap(({ number, values }) =>
      values.map(value => jsonLine({ document: number, ...value })),
    )
    console.log(`[${rows.join(',\n')}]`)
    return code
  }
  for (const { number, values } of explained) {
    if (values.length === 0) continue
    if (documents.length > 1) console.log(`${number === 1 ? '' : '\n'}document ${number}`)
    console.log(renderTable(values, process.stdout.columns ?? UNBOUND_COLUMNS))
  }
  return code
}

function valuesOf({ judged, text }: PlacedDocument): readonly ExplainedValue[] {
  if (judged.merged === undefined) return []
  return explainLayers(judged.merged, text).map(row => ({ ...row, value: withoutCredential(row.value) }))
}

const withoutCredential = (value: JsonValue): JsonValue =>
  typeof value === 'string' && looksLikeCredential(value) ? '[hidden]' : value

/** Columns where nobody says how wide the paper is (a pipe, a file). */
const UNBOUND_COLUMNS = 200
const MIN_VALUE_COLUMNS = 12
const GAP = '  '

/** Aligned columns; values are cut to what is left of the width. */
function renderTable(values: readonly ExplainedValue[], columns: number): string {
  const cells = values.map(({ path, value, from, writtenAs, line }) => [
    showText(path),
    showText(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\t', '\\t'),
    writtenAs === undefined ? from : `${from} (${showText(writtenAs)})`,
    line === undefined ? '' : String(line),
  ])
  const rows = [['PATH', 'VALUE', 'FROM', 'LINE'], ...cells]
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => columnsOf(row[column] ?? ''))))
  const [path = 0, value = 0, from = 0, line = 0] = widths
  const left = Math.max(MIN_VALUE_COLUMNS, columns - path - from - line - 3 * GAP.length)
  widths[1] = Math.min(value, left)
  return rows
    .map(row =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
}

function pad(cell: string, width: number): string {
  const shown = cutToColumns(cell, width)
  return shown + ' '.repeat(Math.max(0, width - columnsOf(shown)))
}
