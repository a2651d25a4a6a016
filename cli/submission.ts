/** What `submit` sends: the text of a file, of standard input, or of a command line that was pasted behind `--`; and as what. */
import { DEFAULT_MAX_SPEC_BYTES } from '../shared/domain/job-spec/document/decode-document.ts'
import { CommandFailure, EXIT, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { readBounded } from './read-bounded.ts'
import { problemOf } from './spec-files.ts'

export interface Submission {
  readonly text: string
  readonly contentType: 'application/json' | 'application/yaml' | 'text/x-spark-submit'
}

/** Reads the spec. Throws UsageError for none and for two, CommandFailure for one that cannot be read or is too large. */
export async function readSubmission({ positionals, pasted }: Arguments): Promise<Submission> {
  if (pasted !== undefined) {
    if (positionals.length > 0 || pasted.length === 0)
      throw new UsageError('submit takes one FILE, or a spark-submit line behind --, not both')
    return { text: commandText(pasted), contentType: 'text/x-spark-submit' }
  }
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UsageError('submit takes one FILE, - for standard input, or a spark-submit line behind --')
  let bytes: Uint8Array
  try {
    bytes = await readBounded(file)
  } catch (error) {
    throw new UsageError(`${file}: ${problemOf(error)}`)
  }
  if (bytes.byteLength > DEFAULT_MAX_SPEC_BYTES)
    throw new CommandFailure(
      `sparkgate: ${file} has more than ${DEFAULT_MAX_SPEC_BYTES} bytes; no spec has more. Nothing was sent`,
      EXIT.refused,
    )
  const text = new TextDecoder().decode(bytes)
  return { text, contentType: contentTypeOf(file, text) }
}

/** By the name, else by how it begins, as the gateway itself does where no type is said. */
function contentTypeOf(file: string, text: string): Submission['contentType'] {
  if (/\.json$/i.test(file) || /^\s*\{/.test(text)) return 'application/json'
  return /\.spark-submit$/i.test(file) || looksLikeCommand(text) ? 'text/x-spark-submit' : 'application/yaml'
}

/** A first line, after comments and a prompt, that calls spark-submit. */
const looksLikeCommand = (text: string): boolean =>
  /^(?:\s*(?:#[^\n]*)?\n){0,200}\s*(?:[$>%]\s+)?(?:[A-Za-z_]\w*=\S*\s+){0,50}(?:\S*\/)?spark-submit(?:\.cmd|\.sh)?(?:\s|$)/.test(
    text,
  )

/** The words as one line that a shell would read as the same words; a line that was pasted in quotes stays as it is. */
function commandText(words: readonly string[]): string {
  const [only = '', ...more] = words
  const line = more.length === 0 && /\s/.test(only) ? only : words.map(quoted).join(' ')
  return looksLikeCommand(line) ? line : `spark-submit ${line}`
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
