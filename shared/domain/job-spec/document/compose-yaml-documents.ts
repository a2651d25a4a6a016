/**
 * Tokens of the `yaml` package's parser → documents. The package could compose them itself, with 60 KB of schemas,
 * tags, aliases and comments that specs have no use for (docs/adr/0004); the grammar is the same, and so are messages.
 */
import type { CST } from 'yaml'
import { composeEmpty, composeYamlBlockList, composeYamlBlockMap } from './compose-yaml-block.ts'
import { composeYamlFlow } from './compose-yaml-flow.ts'
import { isBlock, readYamlEnd, readYamlMarks } from './read-yaml-marks.ts'
import { readYamlScalar } from './read-yaml-scalar.ts'
import { yamlSyntaxError, type YamlNode } from './yaml-node.ts'

/**
 * Yields the content of each document once the document after it has been read. Throws MalformedDocument at the first
 * mistake; recursion ends where the tokens do, whose depth the caller has limited.
 */
export function* composeYamlDocuments(tokens: readonly CST.Token[]): Generator<YamlNode> {
  let before: YamlNode | undefined
  let afterDirective = false
  for (const token of tokens) {
    if (token.type === 'directive') {
      checkDirective(token)
      afterDirective = true
    } else if (token.type === 'document') {
      const content = composeDocument(token, afterDirective)
      if (before !== undefined) yield before
      before = content
      afterDirective = false
    } else if (token.type === 'doc-end' && before !== undefined) {
      readYamlEnd(token.end, token.offset + token.source.length, 'after space')
    }
  }
  if (before !== undefined) yield before
}

/** The lexer has refused every directive but %YAML 1.2; what is left is text after the version. */
function checkDirective({ source, offset }: CST.Directive): void {
  const [, version, ...more] = source.trim().split(/[ \t]+/)
  if (more.length > 0) throw yamlSyntaxError('%YAML directive should contain exactly one part', offset)
  if (version !== '1.2') throw yamlSyntaxError(`Unsupported YAML version ${version}`, offset + '%YAML '.length)
}

function composeDocument({ offset, start, value, end }: CST.Document, afterDirective: boolean): YamlNode {
  const marks = readYamlMarks(start, {
    indicator: 'doc-start',
    next: value ?? end?.[0],
    offset,
    parentIndent: 0,
    startOnNewline: true,
  })
  if (marks.found && isBlock(value) && !marks.hasNewline) {
    throw yamlSyntaxError('Block collection cannot start on same line with directives-end marker', marks.end)
  }
  const content = value ? composeNode(value, true) : composeEmpty(marks, start)
  readYamlEnd(end, content.end, 'anywhere')
  if (afterDirective && !marks.found) {
    throw yamlSyntaxError('Missing directives-end/doc-start indicator line', offset)
  }
  return content
}

function composeNode(token: CST.Token, isRoot: boolean): YamlNode {
  switch (token.type) {
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
    case 'block-scalar':
      return readYamlScalar(token, isRoot)
    case 'block-map':
      return composeYamlBlockMap(token, composeInner)
    case 'block-seq':
      return composeYamlBlockList(token, composeInner)
    case 'flow-collection':
      return composeYamlFlow(token, isRoot, composeInner)
    default: {
      const message = token.type === 'error' ? token.message : `Unsupported token (type: ${token.type})`
      throw yamlSyntaxError(message, token.offset)
    }
  }
}

function composeInner(token: CST.Token): YamlNode {
  return composeNode(token, false)
}
