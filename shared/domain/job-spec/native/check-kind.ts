/** What an operator's document says it is. */
import { API_VERSION, KIND, SCHEDULED_KIND } from '../checks/check-metadata.ts'
import { closestWord } from '../checks/closest-word.ts'
import { textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'

const kinds = [KIND, SCHEDULED_KIND]

/** True if the document is one of the operator's kinds; else one finding says what to do. Checks the version too. */
export function checkKind(root: SourceMap, findings: FindingCollector): boolean {
  checkApiVersion(root, findings)
  const kind = root.fields.get('kind')
  const text = textOf(kind)
  if (kind === undefined) {
    const hints = { path: 'kind', suggestion: `kind: ${KIND}` }
    findings.error(root, 'required-field', 'The document does not say what it is.', hints)
  } else if (text === undefined || !kinds.includes(text)) {
    const allowed = `${kinds.join(', ')}, the short form (main: …) or a spark-submit line`
    const suggestion = closestWord(text ?? '', kinds)
    const message = 'This kind of document is not a Spark job.'
    findings.error(kind, 'unsupported-kind', message, { allowed, suggestion, at: 'value' })
  }
  return text !== undefined && kinds.includes(text)
}

function checkApiVersion(root: SourceMap, findings: FindingCollector): void {
  const apiVersion = root.fields.get('apiVersion')
  if (textOf(apiVersion) === API_VERSION) return
  const rule = apiVersion === undefined ? 'required-field' : 'unsupported-api-version'
  findings.error(apiVersion ?? root, rule, `The API version must be ${API_VERSION}.`, {
    path: 'apiVersion',
    allowed: API_VERSION,
    suggestion: `apiVersion: ${API_VERSION}`,
    at: 'value',
  })
}
