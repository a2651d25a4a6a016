/**
 * A text → its documents, each with a tree of its own: YAML documents, JSON values one after another, and the items of a
 * list of jobs or of `kind: List`.
 */
import { MalformedDocument, type ParsedDocument, type ValueCount } from './document-builder.ts'
import { findJsonValues, readJsonValue } from './parse-json-document.ts'
import { parseYamlDocuments, type ReadDocument } from './parse-yaml-documents.ts'
import { splitJobs } from './split-jobs.ts'

/** Documents in one text: each has its own findings, and 256 KiB of real specs are about a hundred. */
const MAX_DOCUMENTS = 1_000

/**
 * Parses every document of a text, in its order; without a type, JSON where it is JSON and else YAML. Never throws: a
 * document that cannot be read is there without a root, with one problem. Empty documents are left out, so a text
 * without any gives none. Offsets are those of the whole text, paths those of each document.
 */
export function parseDocuments(text: string, contentType: 'json' | 'yaml' | undefined): readonly ParsedDocument[] {
  const documents: ParsedDocument[] = []
  for (const read of readDocuments(text, contentType)) {
    if ('malformed' in read) documents.push({ root: undefined, problems: [read.malformed.problem] })
    else documents.push(...splitJobs(read.root, read.builder.problems))
    if (documents.length > MAX_DOCUMENTS) return [...documents.slice(0, MAX_DOCUMENTS), tooMany(documents)]
    // What one text may hold in all is used up: every further document would say the same.
    if ('malformed' in read && read.malformed.problem.rule === 'text-too-large') break
  }
  return documents
}

function tooMany(documents: readonly ParsedDocument[]): ParsedDocument {
  const offset = documents[MAX_DOCUMENTS]?.root?.offset ?? 0
  const message = `The text has more than ${MAX_DOCUMENTS} documents.`
  return {
    root: undefined,
    problems: [{ rule: 'too-many-documents', message, offset, path: '$', allowed: 'Several texts' }],
  }
}

function readDocuments(text: string, contentType: 'json' | 'yaml' | undefined): Iterable<ReadDocument> {
  const count: ValueCount = { values: 0 }
  if (contentType === 'json') return readJsonDocuments(text, findJsonValues(text), count)
  const starts = contentType === undefined && /^\s*[{[]/.test(text) ? guessJson(text) : undefined
  return starts === undefined ? parseYamlDocuments(text, count) : readJsonDocuments(text, starts, count)
}

function* readJsonDocuments(text: string, starts: Iterable<number>, count: ValueCount): Generator<ReadDocument> {
  try {
    for (const start of starts) yield readJsonValue(text, start, count)
  } catch (error) {
    if (!(error instanceof MalformedDocument)) throw error
    yield { malformed: error }
  }
}

/** Where the values of a text begin that is JSON as a whole; undefined where it is not: YAML will say what is wrong with it. */
function guessJson(text: string): Iterable<number> | undefined {
  try {
    return Array.from(findJsonValues(text))
  } catch (error) {
    if (!(error instanceof MalformedDocument)) throw error
    return error.problem.rule === 'json-syntax' ? undefined : findJsonValues(text)
  }
}
