/**
 * All checks of one job, whatever format it came in, and the canonical spec of what passed.
 */
import { advise } from './advice/advise.ts'
import type {
  CanonicalSpec,
  GatewayOptions,
  JsonObject,
  JsonValue,
  SpecContext,
  SpecLayer,
  SpecRetry,
} from './canonical-spec.ts'
import { checkCapacity } from './checks/check-capacity.ts'
import { checkFileUris } from './checks/check-file-uris.ts'
import { checkFormats } from './checks/check-formats.ts'
import { checkMetadata, readName } from './checks/check-metadata.ts'
import { checkRanges } from './checks/check-ranges.ts'
import { checkRelations } from './checks/check-relations.ts'
import { checkSchedule } from './checks/check-schedule.ts'
import { checkSchema } from './checks/check-schema.ts'
import { checkSparkConf, moveSettingsToFields } from './checks/check-spark-conf.ts'
import { SPARK_APPLICATION_SPEC } from './checks/spark-application-schema.generated.ts'
import { fieldAt, textOf, toJsonObject } from './document/source-node.ts'
import type { SourceMap, SourceNode } from './document/source-node.ts'
import type { FindingCollector } from './findings/finding-collector.ts'
import type { JobDocument } from './job-document.ts'
import { enforceLayer } from './layers/enforce-layer.ts'
import { enforcedSecurity } from './layers/enforced-security.ts'
import { GATEWAY, gatewayDefaults } from './layers/gateway-defaults.ts'
import { mergeLayers } from './layers/merge-layers.ts'
import { profileNamed } from './layers/profile-named.ts'
import { readSchedule } from './native/read-schedule.ts'
import { readOptions } from './options/read-options.ts'
import { checkPolicy } from './policy/check-policy.ts'
import { gatewaySettings, readRetry, rewriteGatewayFields } from './rendering/rewrite-gateway-fields.ts'

/** What became of one document. */
export interface CheckedDocument {
  /** The spec with its defaults under it and what is enforced over it; absent where the document had no spec. */
  readonly merged?: SourceMap
  /** Only where a name and a spec could be read; it counts only where no finding is an error. */
  readonly spec?: CanonicalSpec
}

/** Lays the defaults under the request and runs every check. */
export function checkJobDocument(
  document: JobDocument,
  context: SpecContext,
  findings: FindingCollector,
): CheckedDocument {
  const { root, schedule } = document
  checkMetadata(root, context, findings)
  const options = withProfiles(readOptions(document.options, context, findings), context)
  const request = root.fields.get('spec')
  if (request?.kind !== 'map') {
    const rule = request === undefined ? 'required-field' : 'wrong-type'
    findings.error(request ?? root, rule, 'The document needs an object "spec".', { path: 'spec' })
    return {}
  }
  const merged = mergeLayers(request, layersOf(context, options))
  root.fields.set('spec', merged)
  refuseInvented(request, merged, findings)
  moveSettingsToFields(merged, findings)
  const changes = checkSpec(root, merged, context, findings)
  const retry = readRetry(merged, findings)
  advise(merged, findings)
  const enforced = enforceLayer(merged, enforcedSecurity(merged, securityOf(context)), findings)
  if (schedule !== undefined) checkSchedule(schedule, findings)
  const when = schedule && readSchedule(schedule, findings)
  const name = readName(root)
  if (name === undefined) return { merged: enforced }
  const spec = makeCanonicalSpec(name, toJsonObject(enforced, changes), readLabels(root), retry, options)
  return { merged: enforced, spec: { ...spec, ...(when !== undefined && { schedule: when }) } }
}

/** The operator's webhook quietly invents pods that nobody described; so would our lowest layer (../shared/traces). */
function refuseInvented(request: SourceMap, merged: SourceMap, findings: FindingCollector): void {
  for (const role of ['driver', 'executor']) {
    if (merged.fields.get(role)?.layer !== GATEWAY) continue
    const message = `The ${role} is not described: the operator would invent one of its own.`
    const hints = { path: `spec.${role}`, suggestion: `${role}: {cores: 1, memory: 2g}` }
    findings.error(request, 'required-field', message, hints)
  }
}

/** What the request asks for, over what its profiles do. */
function withProfiles(options: GatewayOptions, context: SpecContext): GatewayOptions {
  const profiles = (options.profiles ?? []).map(name => profileNamed(context, name)?.options ?? {})
  return Object.assign({}, ...profiles, options) as GatewayOptions
}

const securityOf = ({ policy }: SpecContext) => ({ restricted: policy.security.contexts === 'restricted' })

/** Lowest first. */
function layersOf(context: SpecContext, options: GatewayOptions): readonly SpecLayer[] {
  const profiles = (options.profiles ?? []).flatMap(name => {
    const profile = profileNamed(context, name)
    return profile === undefined ? [] : [{ name: `profile ${name}`, spec: profile.spec }]
  })
  return [gatewayDefaults(securityOf(context)), ...(context.layers ?? []), ...profiles]
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
  if (context.nodes !== undefined) checkCapacity(spec, context.nodes, findings)
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
