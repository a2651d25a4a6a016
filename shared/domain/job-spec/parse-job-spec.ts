/**
 * The way from bytes to verdicts: decode, parse, translate the format, then every check on the whole document, so that its
 * author reads all problems in one answer. What is accepted is rebuilt from the checked tree; no text of it goes on.
 */
import { canonicalJson, canonicalTree, sha256Hex } from './canonical-json.ts'
import type { CanonicalSpec, JsonObject, JsonValue, SpecContext, SpecVerdict } from './canonical-spec.ts'
import { checkJobDocument } from './check-job-document.ts'
import { KIND, readName, SCHEDULED_KIND } from './checks/check-metadata.ts'
import { decodeDocument, DEFAULT_MAX_SPEC_BYTES } from './document/decode-document.ts'
import type { DocumentProblem, ParsedDocument } from './document/document-builder.ts'
import { parseDocuments } from './document/parse-documents.ts'
import { textOf } from './document/source-node.ts'
import type { SourceList, SourceMap, SourceNode } from './document/source-node.ts'
import { makeFindingCollector, memoizedLines, type FindingCollector } from './findings/finding-collector.ts'
import type { Finding } from './findings/finding.ts'
import type { JobDocument } from './job-document.ts'
import { checkKind } from './native/check-kind.ts'
import { parseNativeDocument } from './native/parse-native-document.ts'
import { isShortForm, parseShortForm } from './short-form/parse-short-form.ts'
import { looksLikeSparkSubmit, parseSparkSubmit, sparkSubmitFromList } from './spark-submit/parse-spark-submit.ts'
import { submitWordFor } from './spark-submit/submit-words.ts'

/** A document as it arrived. */
export interface JobSpecInput {
  readonly bytes: Uint8Array
  /** Absent: JSON where the text is JSON, else YAML. `json` is never read as YAML. */
  readonly contentType?: 'json' | 'yaml'
  /** Default 256 KiB. */
  readonly maxBytes?: number
}

/**
 * Parses and checks every document of a text, in its order; a text that cannot be parsed is one refused document. Never
 * empty, never throws for any bytes; the work is linear in their number.
 */
export function parseJobSpecs(input: JobSpecInput, context: SpecContext): readonly SpecVerdict[] {
  return judgeJobSpecs(input, context).map(({ verdict }) => verdict)
}

/** `parseJobSpecs` with the trees that were checked. */
export function judgeJobSpecs(input: JobSpecInput, context: SpecContext): readonly JudgedDocument[] {
  const decoded = decodeDocument(input.bytes, input.maxBytes ?? DEFAULT_MAX_SPEC_BYTES)
  const bytesHash = sha256Hex(input.bytes)
  if ('finding' in decoded) return [{ verdict: refuse(bytesHash, undefined, [decoded.finding]) }]
  const { text } = decoded
  if (input.contentType !== 'json' && looksLikeSparkSubmit(text)) return [judgeCommand(text, bytesHash, context)]
  const source = { text, lines: memoizedLines(text), bytesHash }
  return readDocuments(text, input.contentType).map(document => judge(document, source, context))
}

/** Parses and checks a text that is one document; several are refused. */
export function parseJobSpec(input: JobSpecInput, context: SpecContext): SpecVerdict {
  const [first, second] = parseJobSpecs(input, context)
  if (first === undefined) throw new Error('a text has at least one verdict')
  if (second === undefined) return first
  const message = 'The text has several documents; only one is expected here.'
  const finding = { severity: 'error', rule: 'several-documents', path: '$', message, allowed: 'One document' } as const
  return refuse(sha256Hex(input.bytes), first.verdict === 'accepted' ? first.spec.name : first.name, [finding])
}

/** One document's verdict, and the spec that was checked, with all its layers: for explanations. */
export interface JudgedDocument {
  readonly verdict: SpecVerdict
  /** What the document is; absent where it is nothing known. */
  readonly format?: DocumentFormat
  /** Absent where no spec could be read. */
  readonly merged?: SourceMap
}

export type DocumentFormat = 'SparkApplication' | 'ScheduledSparkApplication' | 'ShortForm' | 'SparkSubmit'

/** A pasted command line. */
function judgeCommand(text: string, bytesHash: string, context: SpecContext): JudgedDocument {
  const findings = makeFindingCollector(text, submitWordFor)
  const document = parseSparkSubmit(text, findings)
  if (document === undefined) return { verdict: refuse(bytesHash, undefined, findings.findings()) }
  return conclude({ document, format: 'SparkSubmit' }, bytesHash, context, findings)
}

/** The text that documents stand in. */
interface SourceText {
  readonly text: string
  readonly lines: () => readonly number[]
  readonly bytesHash: string
}

function judge(parsed: ParsedDocument, { text, lines, bytesHash }: SourceText, context: SpecContext): JudgedDocument {
  let document: JobDocument | undefined
  const findings = makeFindingCollector(text, path => document?.wordFor?.(path), lines)
  for (const problem of parsed.problems) reportProblem(problem, findings)
  const { root, problems } = parsed
  if (root === undefined) {
    if (problems.length === 0) findings.error(emptyPlace(0), 'document-empty', 'The document is empty.')
    return { verdict: refuse(bytesHash, undefined, findings.findings()) }
  }
  // Before the format is translated: that takes the tree apart.
  const documentHash = problems.length > 0 ? bytesHash : sha256Hex(canonicalTree(root))
  const read = readFormat(root, findings, context)
  if (read === undefined) return { verdict: refuse(documentHash, readName(root), findings.findings()) }
  ;({ document } = read)
  return conclude(read, documentHash, context, findings)
}

interface ReadDocument {
  readonly document: JobDocument
  readonly format: DocumentFormat
}

/** All checks, and the verdict. */
function conclude(
  { document, format }: ReadDocument,
  documentHash: string,
  context: SpecContext,
  findings: FindingCollector,
): JudgedDocument {
  const { spec, merged } = checkJobDocument(document, context, findings)
  const judged = { format, ...(merged !== undefined && { merged }) }
  if (spec === undefined || findings.hasErrors()) {
    return { ...judged, verdict: refuse(documentHash, readName(document.root), findings.findings()) }
  }
  const specHash = sha256Hex(canonicalJson(asJson(spec)))
  return { ...judged, verdict: { verdict: 'accepted', spec, specHash, documentHash, findings: findings.findings() } }
}

/** Which format a tree is, translated; undefined with a finding where it is none. */
function readFormat(root: SourceNode, findings: FindingCollector, context: SpecContext): ReadDocument | undefined {
  if (root.kind === 'list' && isCommand(root))
    return { document: sparkSubmitFromList(root, findings), format: 'SparkSubmit' }
  if (root.kind !== 'map') {
    const allowed = 'A SparkApplication, the short form (main: …) or a spark-submit line'
    findings.error(root, 'wrong-type', 'The document must be an object: a Spark job.', { allowed, at: 'value' })
    return undefined
  }
  if (isShortForm(root)) return { document: parseShortForm(root, findings, context), format: 'ShortForm' }
  if (!checkKind(root, findings)) return undefined
  const scheduled = textOf(root.fields.get('kind')) === SCHEDULED_KIND
  return { document: parseNativeDocument(root, findings), format: scheduled ? SCHEDULED_KIND : KIND }
}

/** The words of a command line, as a program would have them. */
function isCommand(list: SourceList): boolean {
  const first = textOf(list.items[0])
  return first !== undefined && (first.startsWith('-') || looksLikeSparkSubmit(first))
}

function refuse(documentHash: string, name: string | undefined, findings: readonly Finding[]): SpecVerdict {
  return { verdict: 'refused', documentHash, ...(name !== undefined && { name }), findings }
}

/** An empty text is one document without a root. */
function readDocuments(text: string, contentType: 'json' | 'yaml' | undefined): readonly ParsedDocument[] {
  const documents = parseDocuments(text, contentType)
  return documents.length > 0 ? documents : [{ root: undefined, problems: [] }]
}

function reportProblem({ rule, message, offset, path, allowed }: DocumentProblem, findings: FindingCollector): void {
  findings.error(emptyPlace(offset), rule, message, { path, allowed })
}

/** A place in the text that is no value. */
function emptyPlace(offset: number): SourceNode {
  return { kind: 'scalar', parent: undefined, key: undefined, keyOffset: offset, offset, scalar: null }
}

/** A canonical spec is JSON by construction; its interface has no index signature to say so. */
function asJson(spec: CanonicalSpec): JsonValue {
  return spec as unknown as JsonObject
}
