/**
 * Which parser reads a text. JSON that was declared as JSON is read as nothing else.
 */
import { MalformedDocument, type ParsedDocument } from './document-builder.ts'
import { isJson, parseJsonDocument } from './parse-json-document.ts'
import { parseYamlDocument } from './parse-yaml-document.ts'

/** Parses one document; without a type, JSON where it is JSON and else YAML. Throws MalformedDocument. */
export function parseDocument(text: string, contentType: 'json' | 'yaml' | undefined): ParsedDocument {
  try {
    if (contentType === 'json' || (contentType === undefined && isJson(text))) return parseJsonDocument(text)
    return parseYamlDocument(text)
  } catch (error) {
    // Depth is limited before anything recurses; should a way around it exist, it ends here and not in a crash.
    if (!(error instanceof RangeError)) throw error
    throw new MalformedDocument('document-too-deep', 'The document is nested too deeply to be read.', 0)
  }
}
