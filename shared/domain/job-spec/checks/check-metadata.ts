/**
 * The document around `spec`: kind, version, name, labels, and what the gateway decides itself.
 */
import type { SpecContext } from '../canonical-spec.ts'
import { closestWord } from './closest-word.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { isDns1035, suggestDns1035 } from './kubernetes-formats.ts'
import { fieldAt, isNull, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'

/** The only version of the operator's API. */
export const API_VERSION = 'sparkoperator.k8s.io/v1beta2'
/** The kind that is created. */
export const KIND = 'SparkApplication'
/** The kind that is a schedule of such. */
export const SCHEDULED_KIND = 'ScheduledSparkApplication'

/** Fields of metadata that a copy from a cluster has, and that say nothing about the job. */
const clusterFields = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
])
/** Fields that would let a spec act on other objects of the namespace. */
const refusedFields = new Set([
  'ownerReferences',
  'finalizers',
  'generateName',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
])
const knownFields = ['name', 'namespace', 'labels', 'annotations']

/** Checks everything beside `spec` and `kind`. */
export function checkMetadata(root: SourceMap, context: SpecContext, findings: FindingCollector): void {
  for (const [key, field] of root.fields) {
    if (['apiVersion', 'kind', 'metadata', 'spec'].includes(key)) continue
    if (key === 'status') {
      findings.rewritten(field, 'status-left-out', 'The status of an earlier run is left out.')
      continue
    }
    const suggestion = closestWord(key, ['apiVersion', 'kind', 'metadata', 'spec'])
    const hints = { suggestion, allowed: 'apiVersion, kind, metadata, spec' }
    findings.error(field, 'unknown-field', 'There is no field of this name in a SparkApplication.', hints)
  }
  const metadata = root.fields.get('metadata')
  if (metadata?.kind !== 'map') {
    const rule = metadata === undefined || isNull(metadata) ? 'required-field' : 'wrong-type'
    const hints = { path: 'metadata', suggestion: 'metadata: {name: my-job}' }
    return findings.error(metadata ?? root, rule, 'The document needs an object "metadata" with a name.', hints)
  }
  checkName(metadata, findings)
  checkNamespace(metadata.fields.get('namespace'), context, findings)
  checkTexts(metadata.fields.get('labels'), findings)
  checkAnnotations(metadata.fields.get('annotations'), findings)
  for (const [key, field] of metadata.fields) checkOtherField(key, field, findings)
}

function checkName(metadata: SourceMap, findings: FindingCollector): void {
  const name = metadata.fields.get('name')
  if (name === undefined || isNull(name)) {
    const hints = { path: 'metadata.name', suggestion: 'name: my-job' }
    return findings.error(name ?? metadata, 'required-field', 'The job needs a name.', hints)
  }
  const text = textOf(name)
  if (text === undefined) {
    return findings.error(name, 'wrong-type', 'The name must be text. Put quotes around it.', { at: 'value' })
  }
  if (isDns1035(text)) return
  const message =
    'The name must be at most 63 lower-case letters, digits and "-", start with a letter and end without "-".'
  const hints = { allowed: 'my-job-1', suggestion: suggestDns1035(text), at: 'value' } as const
  findings.error(name, 'name-format', message, hints)
}

function checkNamespace(node: SourceNode | undefined, context: SpecContext, findings: FindingCollector): void {
  if (node === undefined || isNull(node)) return
  const text = textOf(node)
  if (text === undefined) return findings.error(node, 'wrong-type', 'The namespace must be text.', { at: 'value' })
  if (text === context.namespace) return
  const message = `The job runs in the namespace of its team, "${context.namespace}".`
  findings.rewritten(node, 'namespace-of-team', message, { suggestion: context.namespace })
}

function checkTexts(map: SourceNode | undefined, findings: FindingCollector): void {
  if (map === undefined || isNull(map)) return
  if (map.kind !== 'map') return findings.error(map, 'wrong-type', 'This must be an object of texts.', { at: 'value' })
  for (const value of map.fields.values()) {
    if (textOf(value) !== undefined) continue
    const suggestion = value.kind === 'scalar' ? `"${value.scalar ?? ''}"` : undefined
    findings.error(value, 'wrong-type', 'This must be text. Put quotes around it.', { suggestion, at: 'value' })
  }
}

function checkAnnotations(annotations: SourceNode | undefined, findings: FindingCollector): void {
  checkTexts(annotations, findings)
  if (annotations?.kind !== 'map' || annotations.fields.size === 0) return
  const message = 'Annotations of the application are left out; no pod gets them. Pods have annotations of their own.'
  const allowed = 'spec.driver.annotations, spec.executor.annotations'
  findings.rewritten(annotations, 'annotations-left-out', message, { allowed })
}

function checkOtherField(key: string, field: SourceNode, findings: FindingCollector): void {
  if (knownFields.includes(key)) return
  if (clusterFields.has(key)) {
    return findings.rewritten(field, 'metadata-left-out', 'This belongs to an object of a cluster and is left out.')
  }
  if (refusedFields.has(key)) {
    const message = 'The gateway names and owns the object; this field would act on it from outside.'
    return findings.error(field, 'policy-metadata-field', message, { allowed: knownFields.join(', ') })
  }
  const hints = { suggestion: closestWord(key, knownFields), allowed: knownFields.join(', ') }
  findings.error(field, 'unknown-field', 'There is no field of this name in metadata.', hints)
}

/** The author's name for the job, where it can be read and is one. */
export function readName(root: SourceNode | undefined): string | undefined {
  const name = textOf(fieldAt(root, 'metadata', 'name'))
  return name !== undefined && isDns1035(name) ? name : undefined
}
