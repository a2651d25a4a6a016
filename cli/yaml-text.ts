/** Values → YAML that every reader understands alike, whichever version of YAML it speaks, and that is safe to show. */
import { Document, Scalar, visit } from 'yaml'
import type { JsonValue } from '../shared/domain/job-spec/canonical-spec.ts'
import { escapeUtf16, hasUnsafeCharacter } from './terminal-text.ts'

/** One document, without `---`; the fields keep their order and lines are not folded. Equal values give equal text. */
export function yamlText(value: JsonValue): string {
  // Words that YAML 1.1 reads otherwise (`on`, `1:20`, `010`) get quotes.
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  visit(document, { Scalar: (_, scalar) => quoteStrangeText(scalar) })
  const text = document.toString({ lineWidth: 0 })
  return text.replace(/(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escapeUtf16)
}

/** Characters that would have to be escaped stand in double quotes; so does `=`, which is no text for some readers. */
function quoteStrangeText(scalar: Scalar): void {
  const { value } = scalar
  if (typeof value !== 'string') return
  if (value === '=' || hasUnsafeCharacter(value.replaceAll('\n', ''))) scalar.type = Scalar.QUOTE_DOUBLE
}
