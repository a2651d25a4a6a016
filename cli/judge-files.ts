/** Reads the files of a command line and judges each document, one file after the other: thousands need the memory of one. */
import type { SpecContext } from '../shared/domain/job-spec/canonical-spec.ts'
import { DEFAULT_MAX_SPEC_BYTES } from '../shared/domain/job-spec/document/decode-document.ts'
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'
import { judgeJobSpecs } from '../shared/domain/job-spec/parse-job-spec.ts'
import type { JudgedDocument } from '../shared/domain/job-spec/parse-job-spec.ts'
import { UsageError } from './arguments.ts'
import { readBounded } from './read-bounded.ts'
import { findSpecFiles, problemOf } from './spec-files.ts'
import type { UnreadFile } from './spec-files.ts'

/** A file with the verdict on each of its documents: at least one. */
export interface JudgedFile {
  readonly file: string
  /** What lines and columns of findings count in. */
  readonly text: string
  readonly documents: readonly JudgedDocument[]
}

/** Judges what the operands name, in their order; a file that cannot be read is there with its problem. */
export async function* judgeFiles(
  operands: readonly string[],
  context: SpecContext,
): AsyncGenerator<JudgedFile | UnreadFile> {
  if (operands.filter(operand => operand === '-').length > 1)
    throw new UsageError('standard input (-) can be read only once')
  for (const file of findSpecFiles(operands)) {
    if (typeof file !== 'string') yield file
    else yield await judgeFile(file, context)
  }
}

async function judgeFile(file: string, context: SpecContext): Promise<JudgedFile | UnreadFile> {
  let bytes: Uint8Array
  try {
    bytes = await readBounded(file)
  } catch (error) {
    return { file, problem: problemOf(error) }
  }
  if (bytes.byteLength > DEFAULT_MAX_SPEC_BYTES) return { file, text: '', documents: [tooLarge] }
  const contentType = /\.json$/i.test(file) ? ({ contentType: 'json' } as const) : {}
  return { file, text: new TextDecoder().decode(bytes), documents: judgeJobSpecs({ bytes, ...contentType }, context) }
}

/** The same finding as the gateway's, without a size: the rest was not read. */
const tooLargeFinding: Finding = {
  severity: 'error',
  rule: 'document-too-large',
  path: '$',
  message: `The document has more than ${DEFAULT_MAX_SPEC_BYTES} bytes; no more are accepted.`,
  allowed: 'Put data and code into files in S3 and name them in the spec.',
}
const tooLarge: JudgedDocument = { verdict: { verdict: 'refused', documentHash: '', findings: [tooLargeFinding] } }
