/**
 * Scalar tokens → values by the core schema of YAML 1.2 (chapter 10.3.2): null, true, numbers, and text for the rest.
 */
import type { CST } from 'yaml'
import { readYamlBlockText } from './read-yaml-block-text.ts'
import { readYamlEnd } from './read-yaml-marks.ts'
import { readYamlFlowText } from './read-yaml-flow-text.ts'
import type { YamlNode, YamlScalar } from './yaml-node.ts'

/** A token with text of its own: plain, quoted or a block. */
type ScalarToken = CST.FlowScalar | CST.BlockScalar

/** Reads a scalar; `isRoot` where it is the whole document. Throws MalformedDocument where quotes or escapes are wrong. */
export function readYamlScalar(token: ScalarToken, isRoot: boolean): YamlScalar {
  const { offset } = token
  if (token.type === 'block-scalar') {
    const { text, end } = readYamlBlockText(token, isRoot)
    return { kind: 'scalar', value: text, text, plain: false, offset, end }
  }
  const text = readYamlFlowText(token)
  const end = readYamlEnd(token.end, offset + token.source.length, 'after space')
  const plain = token.type === 'scalar'
  return { kind: 'scalar', value: plain ? coreValue(text) : text, text, plain, offset, end }
}

/** A value that was left out: null, of no length. `end` is after the comments that stand in its place. */
export function emptyYamlScalar(offset: number, end: number): YamlScalar {
  return { kind: 'scalar', value: null, text: '', plain: true, offset, end }
}

/** True for a value that is not written at all; `~` and `null` are. */
export function isEmptyYamlScalar(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null && node.text === ''
}

function coreValue(text: string): string | number | boolean | null {
  if (/^(?:~|null|Null|NULL)?$/.test(text)) return null
  if (/^(?:true|True|TRUE)$/.test(text)) return true
  if (/^(?:false|False|FALSE)$/.test(text)) return false
  return coreNumber(text) ?? text
}

function coreNumber(text: string): number | undefined {
  if (/^[-+]?[0-9]+$/.test(text)) return Number.parseInt(text, 10)
  if (/^0o[0-7]+$/.test(text)) return Number.parseInt(text.slice(2), 8)
  if (/^0x[0-9a-fA-F]+$/.test(text)) return Number.parseInt(text.slice(2), 16)
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number.parseFloat(text)
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : undefined
}
