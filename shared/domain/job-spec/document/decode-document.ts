/**
 * Bytes → text that a parser may see: size, UTF-8 and characters are checked before anything is parsed.
 */
import { locate, lineStarts } from '../findings/finding-collector.ts'
import type { Finding } from '../findings/finding.ts'
import { makeFinding } from '../findings/make-finding.ts'

/** The size that a spec may have unless the caller says otherwise: real ones stay below 10 KiB. */
export const DEFAULT_MAX_SPEC_BYTES = 256 * 1024

/** The text of a document, without byte order mark, or why it is none. */
export type DecodedDocument = { readonly text: string } | { readonly finding: Finding }

/** Decodes strict UTF-8; refuses empty, oversized and binary content with one clear finding. */
export function decodeDocument(bytes: Uint8Array, maxBytes: number): DecodedDocument {
  if (bytes.byteLength > maxBytes) {
    const message = `The document has ${bytes.byteLength} bytes; at most ${maxBytes} are accepted.`
    return refuse('document-too-large', message, 'Put data and code into files in S3 and name them in the spec.')
  }
  if (isUtf16(bytes)) {
    return refuse('document-binary', 'The document is UTF-16 text.', 'The same text saved as UTF-8')
  }
  if (bytes.includes(0)) {
    return refuse(
      'document-binary',
      'The document has NUL bytes: it is binary or UTF-16.',
      'YAML or JSON text in UTF-8',
    )
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    return refuse('document-not-utf8', 'The document is not valid UTF-8 (compressed or another encoding?).', 'UTF-8')
  }
  if (text.trim() === '') return refuse('document-empty', 'The document is empty.', 'One SparkApplication')
  return refuseControlCharacters(text) ?? { text }
}

/** By its byte order mark; without one its NUL bytes tell. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined // The only thing that a fatal decoder throws is "this is not UTF-8".
  }
}

/** Control characters other than tab and line ends, and a second byte order mark; the parsers use some as marks. */
// oxlint-disable-next-line no-control-regex
const controlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff\ufffe\uffff]/

/** Bidirectional overrides: text that shows otherwise than it runs. */
const bidirectional = /[\u202a-\u202e\u2066-\u2069\u2028\u2029]/

/** True where a decoded string holds a character that no argument, name or setting may have. */
export function hasForbiddenCharacter(value: string): boolean {
  return controlCharacter.test(value) || bidirectional.test(value) || !value.isWellFormed()
}

function refuseControlCharacters(text: string): DecodedDocument | undefined {
  const control = text.search(controlCharacter)
  const at = control === -1 ? text.search(bidirectional) : control
  if (at === -1) return undefined
  const code = (text.charCodeAt(at) + 0x10000).toString(16).slice(1).toUpperCase()
  const message = `The document has the control character U+${code}.`
  const place = locate(lineStarts(text), at)
  return {
    finding: makeFinding({
      severity: 'error',
      rule: 'document-control-character',
      path: '$',
      message,
      allowed: 'Printable text',
      ...place,
    }),
  }
}

function refuse(rule: string, message: string, allowed: string): DecodedDocument {
  return { finding: makeFinding({ severity: 'error', rule, path: '$', message, allowed }) }
}
