/**
 * A YAML document between tokens and tree: what the grammar says, before any rule of specs. The whole document is
 * composed first, so that a mistake of syntax is told rather than a limit that an earlier part breaks.
 */
import type { CST } from 'yaml'
import { MalformedDocument } from './document-builder.ts'

interface YamlPlace {
  /** UTF-16 offset where the value starts. */
  readonly offset: number
  /** UTF-16 offset after the value and the spaces and comments that belong to it. */
  readonly end: number
}
export interface YamlScalar extends YamlPlace {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** The text before it became a value: quotes, escapes and folded lines are resolved. */
  readonly text: string
  /** Not quoted and no block: only such a text can be a number. */
  readonly plain: boolean
}
/** `value` is missing where even the colon is. */
export interface YamlPair {
  readonly key: YamlNode
  readonly value: YamlNode | undefined
}
export interface YamlMap extends YamlPlace {
  readonly kind: 'map'
  readonly pairs: readonly YamlPair[]
}
export interface YamlList extends YamlPlace {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
}
/** What stands at one place of a document; keys may be any node, as YAML has it. */
export type YamlNode = YamlScalar | YamlMap | YamlList

/** Composes the value of a token: given to the composers of collections, which lie in files of their own. */
export type ComposeYamlNode = (token: CST.Token) => YamlNode

/** Says that a text is not YAML. What the package quotes after a colon may be a secret: that part is cut. */
export function yamlSyntaxError(text: string, offset: number): MalformedDocument {
  const message = text.replace(/: .*$/s, '')
  return new MalformedDocument('yaml-syntax', `This is not YAML: ${message}`, offset, 'YAML 1.2')
}
