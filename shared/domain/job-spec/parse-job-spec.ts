/**
 * The way from bytes to a verdict: decode, parse, then every check on the whole document, so that its author reads
 * all problems in one answer. What is accepted is rebuilt from the checked tree; no text of the document goes on.
 */
import { advise } from './advice/advise.ts'
import { canonicalJson, sha256Hex } from './canonical-json.ts'
import type { CanonicalSpec, JsonObject, JsonValue, SpecContext, SpecRetry, SpecVerdict } from './canonical-spec.ts'
import { checkFileUris } from './checks/check-file-uris.ts'
import { checkFormats } from './checks/check-formats.ts'
import { checkKind, checkMetadata, readName } from './checks/check-metadata.ts'
import { checkPolicy } from './policy/check-policy.ts'
import { checkRanges } from './checks/check-ranges.ts'
import { checkRelations } from './checks/check-relations.ts'
import { checkSchema } from './checks/check-schema.ts'
import { checkSparkConf, moveSettingsToFields } from './checks/check-spark-conf.ts'
import { decodeDocument, DEFAULT_MAX_SPEC_BYTES } from './document/decode-document.ts'
import { MalformedDocument, type ParsedDocument } from './document/document-builder.ts'
import { makeFindingCollector, type FindingCollector } from './findings/finding-collector.ts'
import type { Finding } from './findings/finding.ts'
import { parseDocument } from './document/parse-document.ts'
import { gatewaySettings, readRetry, rewriteGatewayFields } from './rendering/rewrite-gateway-fields.ts'
import { fieldAt, textOf, toJson, toJsonObject } from './document/source-node.ts'
import type { SourceMap, SourceNode } from './document/source-node.ts'
import { SPARK_APPLICATION_SPEC } from './checks/spark-application-schema.generated.ts'

/** A document as it arrived. */
export interface JobSpecInput {
  readonly bytes: Uint8Array
  /** Absent: JSON where the text is JSON, else YAML. `json` is never read as YAML. */
  readonly contentType?: 'json' | 'yaml'
  /** Default 256 KiB. */
  readonly maxBytes?: number
}

/** Parses and checks one SparkApplication. Never throws for any bytes; the work is linear in their number. */
export function parseJobSpec(input: JobSpecInput, context: SpecContext): SpecVerdict {
  const decoded = decodeDocument(input.bytes, input.maxBytes ?? DEFAULT_MAX_SPEC_BYTES)
  const bytesHash = sha256Hex(input.bytes)
  if ('finding' in decoded) return refuse(bytesHash, undefined, [decoded.finding])
  const findings = makeFindingCollector(decoded.text)
  const parsed = tryParse(decoded.text, input.contentType, findings)
  const root = parsed?.root
  if (parsed === undefined || root === undefined || parsed.problems.length > 0) {
    if (root?.kind === 'map' && checkKind(root, findings)) checkDocument(root, context, findings)
    if (parsed !== undefined && root === undefined)
      findings.error(emptyPlace(0), 'document-empty', 'The document is empty.')
    return refuse(bytesHash, readName(root), findings.findings())
  }
  const documentHash = sha256Hex(canonicalJson(toJson(root)))
  if (root.kind !== 'map') {
    findings.error(root, 'wrong-type', 'The document must be an object: a SparkApplication.', { at: 'value' })
    return refuse(documentHash, undefined, findings.findings())
  }
  const spec = checkKind(root, findings) ? checkDocument(root, context, findings) : undefined
  if (spec === undefined || findings.hasErrors()) return refuse(documentHash, readName(root), findings.findings())
  const specHash = sha256Hex(canonicalJson(asJson(spec)))
  return { verdict: 'accepted', spec, specHash, documentHash, findings: findings.findings() }
}

function refuse(documentHash: string, name: string | undefined, findings: readonly Finding[]): SpecVerdict {
  return { verdict: 'refused', documentHash, ...(name !== undefined && { name }), findings }
}

function tryParse(
  text: string,
  contentType: 'json' | 'yaml' | undefined,
  findings: FindingCollector,
): ParsedDocument | undefined {
  try {
    const parsed = parseDocument(text, contentType)
    for (const { rule, message, offset, path, allowed } of parsed.problems) {
      findings.error(emptyPlace(offset), rule, message, { path, allowed })
    }
    return parsed
  } catch (error) {
    if (!(error instanceof MalformedDocument)) throw error
    const { rule, message, offset, path, allowed } = error.problem
    findings.error(emptyPlace(offset), rule, message, { path, allowed })
    return undefined
  }
}

/** A place in the text that is no value. */
function emptyPlace(offset: number): SourceNode {
  return { kind: 'scalar', parent: undefined, key: undefined, keyOffset: offset, offset, scalar: null }
}

/** Runs every check; the canonical spec is there only where a name and a spec could be read. */
function checkDocument(root: SourceMap, context: SpecContext, findings: FindingCollector): CanonicalSpec | undefined {
  checkMetadata(root, context, findings)
  const spec = root.fields.get('spec')
  const name = readName(root)
  if (spec?.kind !== 'map') {
    const rule = spec === undefined ? 'required-field' : 'wrong-type'
    findings.error(spec ?? root, rule, 'The document needs an object "spec".', { path: 'spec' })
    return undefined
  }
  const changes = new Map<SourceNode, JsonValue | undefined>()
  moveSettingsToFields(spec, findings)
  const empty = new Set<SourceNode>()
  checkSchema(spec, SPARK_APPLICATION_SPEC, findings, empty)
  for (const node of empty) changes.set(node, undefined)
  checkFormats(root, findings)
  checkRanges(root, findings)
  checkFileUris(root, findings)
  checkSparkConf(spec, context, findings, gatewaySettings(spec))
  checkPolicy(root, context, findings)
  checkRelations(spec, findings)
  rewriteGatewayFields(spec, context, findings, changes)
  const retry = readRetry(spec, findings)
  advise(spec, findings)
  if (name === undefined) return undefined
  return makeCanonicalSpec(name, toJsonObject(spec, changes), readLabels(root), retry)
}

function makeCanonicalSpec(
  name: string,
  application: JsonObject,
  labels: Readonly<Record<string, string>>,
  retry: SpecRetry | undefined,
): CanonicalSpec {
  return { version: 1, name, application, labels, ...(retry !== undefined && { retry }) }
}

function readLabels(root: SourceMap): Readonly<Record<string, string>> {
  const labels = fieldAt(root, 'metadata', 'labels')
  if (labels?.kind !== 'map') return {}
  return Object.fromEntries([...labels.fields].map(([key, value]) => [key, textOf(value) ?? '']))
}

/** A canonical spec is JSON by construction; its interface has no index signature to say so. */
function asJson(spec: CanonicalSpec): JsonValue {
  return spec as unknown as JsonObject
}
