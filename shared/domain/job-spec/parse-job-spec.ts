/**
 * The way from bytes to verdicts: decode, parse, translate the format, then every check on the whole document, so that its
 * author reads all problems in one answer. What is accepted is rebuilt from the checked tree; no text of it goes on.
 */
import { canonicalJson, sha256Hex } from './canonical-json.ts'
import type { CanonicalSpec, JsonObject, JsonValue, SpecContext, SpecVerdict } from './canonical-spec.ts'
import { checkJobDocument } from './check-job-document.ts'
import { readName } from './checks/check-metadata.ts'
import { decodeDocument, DEFAULT_MAX_SPEC_BYTES } from './document/decode-document.ts'
import { MalformedDocument, type DocumentProblem, type ParsedDocument } from './document/document-builder.ts'
import { parseDocument } from './document/parse-document.ts'
import { toJson } from './document/source-node.ts'
import type { SourceNode } from './document/source-node.ts'
import { makeFindingCollector, type FindingCollector } from './findings/finding-collector.ts'
import type { Finding } from './findings/finding.ts'
import type { JobDocument } from './job-document.ts'
import { checkKind } from './native/check-kind.ts'
import { parseNativeDocument } from './native/parse-native-document.ts'

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
  const documents = readDocuments(decoded.text, input.contentType)
  return documents.map(document => judge(document, decoded.text, bytesHash, context))
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

/** One document's verdict, and the tree that was checked: the request with its defaults, for explanations. */
export interface JudgedDocument {
  readonly verdict: SpecVerdict
  /** The whole document; its `spec` holds the layers. Absent where no job could be read. */
  readonly root?: SourceNode
}

function judge(parsed: ParsedDocument, text: string, bytesHash: string, context: SpecContext): JudgedDocument {
  let document: JobDocument | undefined
  const findings = makeFindingCollector(text, path => document?.wordFor?.(path))
  for (const problem of parsed.problems) reportProblem(problem, findings)
  const { root, problems } = parsed
  if (root === undefined) {
    if (problems.length === 0) findings.error(emptyPlace(0), 'document-empty', 'The document is empty.')
    return { verdict: refuse(bytesHash, undefined, findings.findings()) }
  }
  // Before the format is translated: that takes the tree apart.
  const documentHash = problems.length > 0 ? bytesHash : sha256Hex(canonicalJson(toJson(root)))
  document = readFormat(root, findings)
  if (document === undefined) return { verdict: refuse(documentHash, readName(root), findings.findings()) }
  const spec = checkJobDocument(document, context, findings)
  const judged = { root: document.root }
  if (spec === undefined || findings.hasErrors()) {
    return { ...judged, verdict: refuse(documentHash, readName(document.root), findings.findings()) }
  }
  const specHash = sha256Hex(canonicalJson(asJson(spec)))
  return { ...judged, verdict: { verdict: 'accepted', spec, specHash, documentHash, findings: findings.findings() } }
}

/** Which format a tree is, translated; undefined with a finding where it is none. */
function readFormat(root: SourceNode, findings: FindingCollector): JobDocument | undefined {
  if (root.kind !== 'map') {
    const allowed = 'A SparkApplication, the short form (main: …) or a spark-submit line'
    findings.error(root, 'wrong-type', 'The document must be an object: a Spark job.', { allowed, at: 'value' })
    return undefined
  }
  return checkKind(root, findings) ? parseNativeDocument(root, findings) : undefined
}

function refuse(documentHash: string, name: string | undefined, findings: readonly Finding[]): SpecVerdict {
  return { verdict: 'refused', documentHash, ...(name !== undefined && { name }), findings }
}

function readDocuments(text: string, contentType: 'json' | 'yaml' | undefined): readonly ParsedDocument[] {
  try {
    return [parseDocument(text, contentType)]
  } catch (error) {
    if (!(error instanceof MalformedDocument)) throw error
    return [{ root: undefined, problems: [error.problem] }]
  }
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
