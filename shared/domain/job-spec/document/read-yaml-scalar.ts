/**
 * Plain and quoted values → nodes of the tree.
 */
import type { DocumentBuilder, Slot } from './document-builder.ts'
import { readYamlPlain, yamlCoreValue, type PlainPlace } from './read-yaml-plain.ts'
import { readYamlQuoted, type QuotedText } from './read-yaml-quoted.ts'
import type { SourceNode } from './source-node.ts'
import type { YamlReader } from './yaml-reader.ts'

/** Reads a plain value at the reader. Throws MalformedDocument where its first character is a mark. */
export function readPlainValue(reader: YamlReader, parentIndent: number, slot: Slot, place: PlainPlace): SourceNode {
  const offset = reader.at
  const text = readYamlPlain(reader, parentIndent, place)
  const value = yamlCoreValue(text)
  if (typeof value === 'number') reportAmbiguous(text, value, slot, offset, reader.builder)
  return reader.builder.scalar(slot, value, offset)
}

/** Reads a quoted value at the reader. Throws MalformedDocument where it does not end. */
export function readQuotedValue(reader: YamlReader, parentIndent: number, slot: Slot): SourceNode {
  const offset = reader.at
  return quotedValue(reader, readYamlQuoted(reader, parentIndent), slot, offset)
}

/** The node of a quoted text that has been read. */
export function quotedValue(reader: YamlReader, quoted: QuotedText, slot: Slot, offset: number): SourceNode {
  if (quoted.hasEscapes) reader.builder.checkEscaped(quoted.text, slot, offset)
  return reader.builder.scalar(slot, quoted.text, offset)
}

/** `0123` is 123 here and 83 to kubectl (YAML 1.1): nobody can know what was meant. */
function reportAmbiguous(text: string, value: number, slot: Slot, offset: number, builder: DocumentBuilder): void {
  if (!/^[-+]?0[0-9xo]/.test(text) || !Number.isInteger(value)) return
  const message = 'A number that starts with a zero is octal, decimal or text, depending on who reads it.'
  const allowed = 'The decimal number, or quotes around it'
  builder.report({ rule: 'ambiguous-number', message, offset, slot, allowed })
}
