/** Several documents on standard output, as kubectl writes them: YAML documents, or JSON that is one object or a list. */
import type { JsonObject } from '../shared/domain/job-spec/canonical-spec.ts'
import { jsonText } from './terminal-text.ts'
import { yamlText } from './yaml-text.ts'

/** A document with a remark for its reader, which YAML shows as a comment. */
export interface RemarkedDocument {
  readonly document: JsonObject
  readonly remark?: string
}

/** The text of documents; several of JSON become `kind: List`, or a plain list where they are no objects of Kubernetes. */
export function documentsText(documents: readonly RemarkedDocument[], output: 'yaml' | 'json'): string {
  if (output === 'yaml') {
    return documents
      .map(({ document, remark }) => `${remark === undefined ? '' : `# ${remark}\n`}${yamlText(document)}`)
      .join('---\n')
  }
  const items = documents.map(({ document }) => document)
  const [first, second] = items
  if (first === undefined) return ''
  if (second === undefined) return jsonText(first)
  return jsonText(items.every(item => 'kind' in item) ? { apiVersion: 'v1', kind: 'List', items } : items)
}
