/**
 * What several fields say together: limits below requests, bounds in the wrong order, a jar without its class.
 * Each of these is refused by Kubernetes, Spark or the operator only when the job has already been submitted.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { parseQuantity } from './kubernetes-formats.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { parseMemoryMiB } from './spark-memory.ts'

/** Checks the relations inside `spec`. Call after the checks of single fields; wrong fields are passed over here. */
export function checkRelations(spec: SourceMap, findings: FindingCollector): void {
  for (const role of ['driver', 'executor']) {
    const pod = spec.fields.get(role)
    if (pod?.kind !== 'map') continue
    checkCores(pod, findings)
    checkMemoryLimit(pod, findings)
    checkMounts(spec, pod, role, findings)
  }
  checkMainClass(spec, findings)
  checkDynamicAllocation(spec, findings)
  checkNodeSelectors(spec, findings)
  checkTemplateVersion(spec, findings)
}

function checkCores(pod: SourceMap, findings: FindingCollector): void {
  const limitNode = pod.fields.get('coreLimit')
  const limit = parseQuantity(textOf(limitNode) ?? '')
  const request = parseQuantity(textOf(pod.fields.get('coreRequest')) ?? '') ?? numberOf(pod.fields.get('cores')) ?? 1
  if (limitNode === undefined || limit === undefined || limit >= request) return
  const message = `The limit of CPU is below what the pod asks for (${request}); Kubernetes refuses such a pod.`
  findings.error(limitNode, 'core-limit-below-cores', message, {
    allowed: `${request} or more`,
    suggestion: String(request),
    at: 'value',
  })
}

function checkMemoryLimit(pod: SourceMap, findings: FindingCollector): void {
  const limitNode = pod.fields.get('memoryLimit')
  const limit = parseMemoryMiB(textOf(limitNode) ?? '')
  const memory = parseMemoryMiB(textOf(pod.fields.get('memory')) ?? '')
  if (limitNode === undefined || limit === undefined || memory === undefined) return
  const overhead = parseMemoryMiB(textOf(pod.fields.get('memoryOverhead')) ?? '') ?? 384
  if (limit >= memory + overhead) return
  const message = 'The limit of memory is below memory + memoryOverhead (at least 384m); Kubernetes refuses such a pod.'
  findings.error(limitNode, 'memory-limit-below-memory', message, {
    allowed: `${memory + overhead}m or more, or no limit`,
    at: 'value',
  })
}

function checkMounts(spec: SourceMap, pod: SourceMap, role: string, findings: FindingCollector): void {
  const volumes = selectNodes(spec, 'volumes[].name').concat(selectNodes(pod, 'template.spec.volumes[].name'))
  const known = new Set(volumes.map(textOf))
  for (const node of selectNodes(spec, 'sparkConf.*')) {
    const [, settingRole, name] = volumeSetting.exec(String(node.key)) ?? []
    if (settingRole === role) known.add(name)
  }
  for (const mount of selectNodes(pod, 'volumeMounts[].name')) {
    const name = textOf(mount)
    if (name === undefined || known.has(name)) continue
    const allowed = known.size === 0 ? 'A volume under spec.volumes' : [...known].slice(0, 20).join(', ')
    findings.error(mount, 'unknown-volume', 'There is no volume of this name in spec.volumes.', {
      allowed,
      at: 'value',
    })
  }
}

/** Settings that give a pod a volume, with its role and name. */
const volumeSetting = /^spark\.kubernetes\.(driver|executor)\.volumes\.[A-Za-z]+\.([^.]+)\./

function checkMainClass(spec: SourceMap, findings: FindingCollector): void {
  const type = textOf(spec.fields.get('type'))
  const file = textOf(spec.fields.get('mainApplicationFile'))
  const mainClass = spec.fields.get('mainClass')
  if ((type === 'Scala' || type === 'Java') && mainClass === undefined) {
    const message = `A ${type} job needs the class to start; the operator does not look into the jar.`
    findings.error(spec, 'main-class-missing', message, {
      path: 'spec.mainClass',
      suggestion: 'mainClass: com.example.Main',
    })
  }
  const fileNode = spec.fields.get('mainApplicationFile')
  if (fileNode === undefined || file === undefined || type === undefined) return
  const expected = { Python: /\.(py|zip|egg|pyc)$/i, R: /\.r$/i, Scala: /\.jar$/i, Java: /\.jar$/i }[type]
  const other = { Python: /\.jar$|\.r$/i, R: /\.jar$|\.py$/i, Scala: /\.(py|r)$/i, Java: /\.(py|r)$/i }[type]
  if (expected === undefined || other === undefined || expected.test(file) || !other.test(file)) return
  const message = `The file does not fit the type "${type}"; Spark would start it as something else.`
  findings.error(fileNode, 'file-type-mismatch', message, { at: 'value' })
}

function checkDynamicAllocation(spec: SourceMap, findings: FindingCollector): void {
  const allocation = fieldAt(spec, 'dynamicAllocation')
  const least = fieldAt(allocation, 'minExecutors')
  const first = fieldAt(allocation, 'initialExecutors')
  const most = fieldAt(allocation, 'maxExecutors')
  const refuse = (node: SourceNode | undefined, other: string): void => {
    if (node === undefined) return
    findings.error(node, 'executor-bounds', `This is more than ${other}; Spark refuses to start.`, { at: 'value' })
  }
  if (isMore(least, most)) refuse(least, 'maxExecutors')
  if (isMore(first, most)) refuse(first, 'maxExecutors')
  if (numberOf(most) === 0) refuse(most, 'none: maxExecutors is at least 1, so')
}

function isMore(left: SourceNode | undefined, right: SourceNode | undefined): boolean {
  const [low, high] = [numberOf(left), numberOf(right)]
  return low !== undefined && high !== undefined && low > high
}

function checkNodeSelectors(spec: SourceMap, findings: FindingCollector): void {
  if (spec.fields.get('nodeSelector') === undefined) return
  for (const node of selectNodes(spec, '{driver,executor}.nodeSelector')) {
    const message = 'The operator refuses a node selector here beside spec.nodeSelector.'
    findings.error(node, 'node-selector-in-two-places', message, { allowed: 'One of the two places' })
  }
}

function checkTemplateVersion(spec: SourceMap, findings: FindingCollector): void {
  if (!/^[0-2]\./.test(textOf(spec.fields.get('sparkVersion')) ?? '')) return
  for (const node of selectNodes(spec, '{driver,executor}.template')) {
    findings.error(node, 'template-needs-spark-3', 'Pod templates need Spark 3.0 or later.')
  }
}
