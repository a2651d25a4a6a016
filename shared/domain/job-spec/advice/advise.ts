/**
 * Known mistakes of Spark on Kubernetes that no check refuses: warnings with a remedy. They never block.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { looksLikeCredential } from '../findings/make-finding.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'

/** Adds the warnings for one checked spec. */
export function advise(spec: SourceMap, findings: FindingCollector): void {
  adviseImages(spec, findings)
  advisePythonOverhead(spec, findings)
  adviseDynamicAllocation(spec, findings)
  adviseCredentials(spec, findings)
}

function adviseImages(spec: SourceMap, findings: FindingCollector): void {
  const images = selectNodes(spec, 'image').concat(selectNodes(spec, '{driver,executor}.image'))
  for (const node of images) {
    const image = textOf(node) ?? ''
    if (image.includes('@sha256:') || (/:[^/]+$/.test(image) && !image.endsWith(':latest'))) continue
    const message = 'The tag can mean another image tomorrow; a retry may then run other code.'
    findings.warning(node, 'advice-latest-tag', message, { allowed: 'A fixed tag or a digest', at: 'value' })
  }
  if (images.length > 0) return
  const message = 'No image is named; the job starts only if the platform has a default.'
  findings.warning(spec, 'advice-no-image', message, { path: 'spec.image' })
}

function advisePythonOverhead(spec: SourceMap, findings: FindingCollector): void {
  if (textOf(spec.fields.get('type')) !== 'Python' || spec.fields.has('memoryOverheadFactor')) return
  const executor = spec.fields.get('executor')
  if (executor?.kind !== 'map' || executor.fields.has('memoryOverhead')) return
  const message =
    'Python workers live outside the JVM: without memoryOverhead Spark adds 40 % of memory, which big UDFs and pandas outgrow.'
  const hints = { path: 'spec.executor.memoryOverhead', allowed: 'A size of your own: 20 % to 40 % of memory, or more' }
  findings.warning(executor, 'advice-python-overhead', message, hints)
}

function adviseDynamicAllocation(spec: SourceMap, findings: FindingCollector): void {
  const allocation = fieldAt(spec, 'dynamicAllocation')
  const enabled = fieldAt(allocation, 'enabled')
  if (enabled?.kind !== 'scalar' || enabled.scalar !== true) return
  if (fieldAt(allocation, 'maxExecutors') !== undefined) return
  const message = 'Without maxExecutors one job may take the whole cluster.'
  findings.warning(enabled, 'advice-max-executors', message, { path: 'spec.dynamicAllocation.maxExecutors' })
}

function adviseCredentials(spec: SourceMap, findings: FindingCollector): void {
  const places = [
    'arguments[]',
    'sparkConf.*',
    'hadoopConf.*',
    '{driver,executor}.env[].value',
    '{driver,executor}.envVars.*',
  ]
  for (const node of places.flatMap(place => selectNodes(spec, place))) {
    if (!looksLikeCredential(textOf(node) ?? '')) continue
    const message = 'This looks like a credential. Specs are stored, and the operator logs all arguments and settings.'
    findings.warning(node, 'advice-credential', message, {
      allowed: "The role of the team's service account",
      at: 'value',
    })
  }
}
