/**
 * Label and field selectors of list and watch requests.
 */
import type { StoredObject } from './object-store.ts'
import { badRequest } from './status-answer.ts'

export type Matches = (object: StoredObject) => boolean

const LABEL_TERM = /^\s*(!?)\s*([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)|\s(in|notin)\s*\(([^)]*)\))?\s*$/

/** Parses `a=b,c!=d,e in (x,y),f notin (z),g,!h`. Throws 400 where it is no selector. */
export function parseLabelSelector(selector: string | null): Matches {
  if (selector === null || selector.trim() === '') return () => true
  const terms = splitOutsideParentheses(selector).map(parseLabelTerm)
  return object => terms.every(term => term(object.metadata.labels ?? {}))
}

/** Field selectors of a plural: only the fields that the API server supports, 400 for others. */
export function parseFieldSelector(plural: string, selector: string | null): Matches {
  if (selector === null || selector === '') return () => true
  const terms = selector.split(',').map(term => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term)
    const path = match?.[1]?.trim() ?? term
    const read = (FIELDS[plural] ?? FIELDS.any)?.[path] ?? FIELDS.any?.[path]
    if (match === null || read === undefined) throw badRequest(`field label not supported: ${path}`)
    return { read, value: match[3] ?? '', negated: match[2] === '!=' }
  })
  return object => terms.every(({ read, value, negated }) => (read(object) === value) !== negated)
}

type Read = (object: StoredObject) => string | undefined
const involved =
  (field: 'kind' | 'namespace' | 'name' | 'uid' | 'apiVersion' | 'fieldPath'): Read =>
  object =>
    'involvedObject' in object ? object.involvedObject[field] : undefined

const FIELDS: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  any: {
    'metadata.name': object => object.metadata.name,
    'metadata.namespace': object => object.metadata.namespace,
  },
  pods: {
    'status.phase': object =>
      'status' in object && object.status && 'phase' in object.status ? object.status.phase : undefined,
    'spec.nodeName': object =>
      'spec' in object && 'containers' in object.spec ? (object.spec.nodeName ?? '') : undefined,
  },
  events: {
    'involvedObject.kind': involved('kind'),
    'involvedObject.namespace': involved('namespace'),
    'involvedObject.name': involved('name'),
    'involvedObject.uid': involved('uid'),
    'involvedObject.apiVersion': involved('apiVersion'),
    'involvedObject.fieldPath': involved('fieldPath'),
    reason: object => ('reason' in object ? object.reason : undefined),
    type: object => ('involvedObject' in object ? object.type : undefined),
  },
}

function splitOutsideParentheses(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/)
}

function parseLabelTerm(term: string): (labels: Readonly<Record<string, string>>) => boolean {
  const match = LABEL_TERM.exec(term)
  const key = match?.[2]
  if (match === null || key === undefined) {
    throw badRequest(`unable to parse requirement: found ${JSON.stringify(term)}, expected: identifier`)
  }
  const [, not, , operator, value = '', set, list = ''] = match
  const values = list.split(',').map(one => one.trim())
  if (operator === '!=') return labels => labels[key] !== value
  if (operator !== undefined) return labels => labels[key] === value
  if (set === 'in') return labels => key in labels && values.includes(labels[key] ?? '')
  if (set === 'notin') return labels => !(key in labels && values.includes(labels[key] ?? ''))
  return labels => key in labels === (not === '')
}
