/**
 * All checks of one job, whatever format it came in, and the canonical spec of what passed.
 */
import { advise } from './advice/advise.ts'
import type { CanonicalSpec, GatewayOptions, JsonObject, JsonValue, SpecContext, SpecRetry } from './canonical-spec.ts'
import { checkFileUris } from './checks/check-file-uris.ts'
import { checkFormats } from './checks/check-formats.ts'
import { checkMetadata, readName } from './checks/check-metadata.ts'
import { checkRanges } from './checks/check-ranges.ts'
import { checkRelations } from './checks/check-relations.ts'
import { checkSchema } from './checks/check-schema.ts'
import { checkSparkConf, moveSettingsToFields } from './checks/check-spark-conf.ts'
import { SPARK_APPLICATION_SPEC } from './checks/spark-application-schema.generated.ts'
import { fieldAt, textOf, toJsonObject } from './document/source-node.ts'
import type { SourceMap, SourceNode } from './document/source-node.ts'
import type { FindingCollector } from './findings/finding-collector.ts'
import type { JobDocument } from './job-document.ts'
import { readOptions } from './options/read-options.ts'
import { checkPolicy } from './policy/check-policy.ts'
import { gatewaySettings, readRetry, rewriteGatewayFields } from './rendering/rewrite-gateway-fields.ts'

/** Runs every check; the canonical spec is there only where a name and a spec could be read. */
export function checkJobDocument(
  document: JobDocument,
  context: SpecContext,
  findings: FindingCollector,
): CanonicalSpec | undefined {
  const { root } = document
  checkMetadata(root, context, findings)
  const options = readOptions(document.options, context, findings)
  const spec = root.fields.get('spec')
  if (spec?.kind !== 'map') {
    const rule = spec === undefined ? 'required-field' : 'wrong-type'
    findings.error(spec ?? root, rule, 'The document needs an object "spec".', { path: 'spec' })
    return undefined
  }
  moveSettingsToFields(spec, findings)
  const changes = checkSpec(root, spec, context, findings)
  const retry = readRetry(spec, findings)
  advise(spec, findings)
  const name = readName(root)
  if (name === undefined) return undefined
  return makeCanonicalSpec(name, toJsonObject(spec, changes), readLabels(root), retry, options)
}

/** The checks of `spec`; the answer says what the canonical spec leaves out or replaces. */
function checkSpec(
  root: SourceMap,
  spec: SourceMap,
  context: SpecContext,
  findings: FindingCollector,
): ReadonlyMap<SourceNode, JsonValue | undefined> {
  const changes = new Map<SourceNode, JsonValue | undefined>()
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
  return changes
}

function makeCanonicalSpec(
  name: string,
  application: JsonObject,
  labels: Readonly<Record<string, string>>,
  retry: SpecRetry | undefined,
  options: GatewayOptions,
): CanonicalSpec {
  return {
    version: 1,
    name,
    application,
    labels,
    ...(retry !== undefined && { retry }),
    ...(Object.keys(options).length > 0 && { options }),
  }
}

function readLabels(root: SourceMap): Readonly<Record<string, string>> {
  const labels = fieldAt(root, 'metadata', 'labels')
  if (labels?.kind !== 'map') return {}
  return Object.fromEntries([...labels.fields].map(([key, value]) => [key, textOf(value) ?? '']))
}
