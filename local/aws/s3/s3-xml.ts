/**
 * The little XML that S3 speaks: rendering answers, and reading the two request bodies there are (DeleteObjects and
 * CompleteMultipartUpload). Both bodies are flat lists of elements without attributes, so no XML parser is needed.
 */

/** A child element: text, or children of its own; arrays repeat the element; undefined leaves it out. */
export type XmlValue = string | number | boolean | undefined | XmlChildren | readonly XmlChildren[]
export interface XmlChildren {
  readonly [name: string]: XmlValue
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A whole document in S3's namespace. */
export function renderXml(root: string, children: XmlChildren): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${renderChildren(children)}</${root}>`
}

/** An error document, which has no namespace. */
export function renderErrorXml(children: XmlChildren): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${renderChildren(children)}</Error>`
}

/** The texts of `<parent>` elements' children, one record a parent. Unknown children are kept, nesting is not. */
export function readXmlRecords(xml: string, parent: string): Array<Record<string, string>> {
  const records: Array<Record<string, string>> = []
  for (const [, inner = ''] of xml.matchAll(new RegExp(`<${parent}>([\\s\\S]*?)</${parent}>`, 'g'))) {
    const record: Record<string, string> = {}
    for (const [, name = '', text = ''] of inner.matchAll(/<(\w+)>([^<]*)<\/\1>/g)) record[name] = unescapeXml(text)
    records.push(record)
  }
  return records
}

function renderChildren(children: XmlChildren): string {
  return Object.entries(children)
    .map(([name, value]) => renderElement(name, value))
    .join('')
}

function renderElement(name: string, value: XmlValue): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return (value as readonly XmlChildren[]).map(child => renderElement(name, child)).join('')
  if (typeof value === 'object') return `<${name}>${renderChildren(value as XmlChildren)}</${name}>`
  return `<${name}>${escapeXml(String(value))}</${name}>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeXml(text: string): string {
  // Control characters would be normalised away by the reader, were they not written as numbers.
  return text
    .replace(/[&<>"]/g, character => ENTITIES[character] ?? character)
    .replace(/[\r\n\t]/g, character => `&#x${character.charCodeAt(0).toString(16)};`)
}

function unescapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
    if (typeof hex === 'string') return String.fromCodePoint(Number.parseInt(hex, 16))
    if (typeof decimal === 'string') return String.fromCodePoint(Number(decimal))
    return names[String(name)] ?? whole
  })
}
