/**
 * Where pods may run and what reaches them: node selectors, tolerations, templates, variables, ingress. Rules of the
 * operator's and Kubernetes' own admission, answered before anything is submitted.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, isNull, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'

/** Checks the relations of these fields inside `spec`. */
export function checkPlacement(spec: SourceMap, findings: FindingCollector): void {
  checkNodeSelectors(spec, findings)
  checkTolerations(spec, findings)
  checkTemplateVersion(spec, findings)
  checkVariables(spec, findings)
  checkIngress(spec, findings)
}

function checkNodeSelectors(spec: SourceMap, findings: FindingCollector): void {
  const everywhere = spec.fields.get('nodeSelector')
  if (everywhere === undefined || isNull(everywhere)) return
  for (const node of selectNodes(spec, '{driver,executor}.nodeSelector')) {
    const message = 'The operator refuses a node selector here beside spec.nodeSelector.'
    findings.error(node, 'node-selector-in-two-places', message, { allowed: 'One of the two places' })
  }
}

function checkTolerations(spec: SourceMap, findings: FindingCollector): void {
  for (const toleration of selectNodes(spec, '{driver,executor}.tolerations[]')) {
    const operator = textOf(fieldAt(toleration, 'operator')) ?? 'Equal'
    const value = fieldAt(toleration, 'value')
    if (operator === 'Exists' && (textOf(value) ?? '') !== '') {
      const hints = { allowed: 'operator: Equal, or no value', at: 'value' } as const
      findings.error(value ?? toleration, 'toleration-value', 'With the operator Exists there is no value.', hints)
    }
    if (operator !== 'Exists' && (textOf(fieldAt(toleration, 'key')) ?? '') === '') {
      const message = 'Without a key a toleration needs the operator Exists, and then tolerates every taint.'
      findings.error(toleration, 'toleration-key', message, { allowed: 'key: NAME-OF-THE-TAINT' })
    }
    const seconds = fieldAt(toleration, 'tolerationSeconds')
    if (seconds !== undefined && !isNull(seconds) && textOf(fieldAt(toleration, 'effect')) !== 'NoExecute') {
      const message = 'Only taints of the effect NoExecute are tolerated for a time.'
      findings.error(seconds, 'toleration-seconds', message, { suggestion: 'effect: NoExecute' })
    }
  }
}

function checkTemplateVersion(spec: SourceMap, findings: FindingCollector): void {
  if (!/^[0-2]\./.test(textOf(spec.fields.get('sparkVersion')) ?? '')) return
  for (const node of selectNodes(spec, '{driver,executor}.template')) {
    findings.error(node, 'template-needs-spark-3', 'Pod templates need Spark 3.0 or later.')
  }
}

function checkVariables(spec: SourceMap, findings: FindingCollector): void {
  const lists = ['{driver,executor}.env[]', '{driver,executor}.{initContainers,sidecars}[].env[]']
  for (const variable of lists.flatMap(pattern => selectNodes(spec, pattern))) {
    const source = fieldAt(variable, 'valueFrom')
    if (source === undefined || isNull(source) || (textOf(fieldAt(variable, 'value')) ?? '') === '') continue
    const message = 'A variable has a value or takes it from somewhere, not both.'
    findings.error(source, 'variable-value-twice', message, { allowed: 'value, or valueFrom' })
  }
}

/** Fields without which the operator's webhook refuses an ingress of the driver; the CRD lets some through. */
const ingressFields = ['servicePort', 'ingressURLFormat']

function checkIngress(spec: SourceMap, findings: FindingCollector): void {
  for (const options of selectNodes(spec, 'driverIngressOptions[]')) {
    if (options.kind !== 'map') continue
    for (const name of ingressFields) {
      const field = options.fields.get(name)
      if (field !== undefined && !isNull(field)) continue
      const message = `The operator refuses an ingress without ${name}.`
      findings.error(field ?? options, 'ingress-incomplete', message, { allowed: ingressFields.join(', ') })
    }
  }
}
