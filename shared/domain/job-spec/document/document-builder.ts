/**
 * Builds the tree of a document for both parsers, with the limits and the key rules that they share.
 */
import { hasForbiddenCharacter } from './decode-document.ts'
import { MAX_DEPTH, MAX_KEY_LENGTH, MAX_VALUES, pathOfMissing } from './source-node.ts'
import type { SourceList, SourceMap, SourceNode } from './source-node.ts'

/** What is wrong with the form of a document, and where. */
export interface DocumentProblem {
  readonly rule: string
  readonly message: string
  readonly offset: number
  readonly path: string
  readonly allowed?: string
}

/** What a parser found: a tree, and the problems of form that did not keep it from going on. */
export type ParsedDocument = { readonly root: SourceNode | undefined; readonly problems: readonly DocumentProblem[] }

/** A document that breaks a limit or the grammar: parsing ends here. */
export class MalformedDocument extends Error {
  override readonly name = 'MalformedDocument'
  readonly problem: DocumentProblem

  constructor(rule: string, message: string, offset: number, allowed?: string) {
    super(message)
    this.problem = { rule, message, offset, path: '$', ...(allowed !== undefined && { allowed }) }
  }
}

/** Where a value will stand. */
export interface Slot {
  readonly parent: SourceNode | undefined
  readonly key: string | number | undefined
  readonly keyOffset: number
}

/** Makes nodes, counts values and depth, and gathers problems while a tree grows. */
export interface DocumentBuilder {
  readonly problems: DocumentProblem[]
  scalar(slot: Slot, value: string | number | boolean | null, offset: number): SourceNode
  map(slot: Slot, offset: number): SourceMap
  list(slot: Slot, offset: number): SourceList
  keySlot(map: SourceMap, key: string, keyOffset: number): Slot
  /** Puts a value into its map, unless its key was refused. */
  attach(map: SourceMap, value: SourceNode): void
  report(problem: DocumentProblem): void
}

/** Keys that plain objects read as something else than a field. */
const dangerousKeys = new Set(['__proto__', 'constructor', 'prototype'])
/** More problems of form than findings are shown are not kept. */
const MAX_PROBLEMS = 200

/** A builder for one document. Its methods throw MalformedDocument where a limit is broken. */
export function makeDocumentBuilder(): DocumentBuilder {
  const problems: DocumentProblem[] = []
  const report = (problem: DocumentProblem): void => void (problems.length < MAX_PROBLEMS && problems.push(problem))
  let values = 0

  function count(slot: Slot, offset: number): void {
    values += 1
    if (values > MAX_VALUES) {
      throw new MalformedDocument('document-too-large', `The document has more than ${MAX_VALUES} values.`, offset)
    }
    let depth = 1
    for (let at = slot.parent; at !== undefined; at = at.parent) depth += 1
    if (depth > MAX_DEPTH + 1) throw tooDeep(offset) // A scalar may stand below the deepest container.
  }

  return {
    problems,
    report,
    scalar: (slot, value, offset) => {
      count(slot, offset)
      const problem = problemOfScalar(value)
      if (problem !== undefined) report({ ...problem, offset, path: slotPath(slot) })
      return { kind: 'scalar', ...slot, offset, scalar: value }
    },
    map: (slot, offset) => {
      count(slot, offset)
      return { kind: 'map', ...slot, offset, fields: new Map() }
    },
    list: (slot, offset) => {
      count(slot, offset)
      return { kind: 'list', ...slot, offset, items: [] }
    },
    keySlot: (map, key, keyOffset) => {
      const problem = problemOfKey(map, key)
      if (problem !== undefined) report({ ...problem, offset: keyOffset, path: pathOfMissing(map, key) })
      return { parent: map, key, keyOffset }
    },
    attach: (map, value) => {
      const key = String(value.key)
      if (!map.fields.has(key) && !dangerousKeys.has(key)) map.fields.set(key, value)
    },
  }
}

/** Nesting beyond `MAX_DEPTH`, also found before a tree exists. */
export function tooDeep(offset: number): MalformedDocument {
  return new MalformedDocument('document-too-deep', `Values are nested deeper than ${MAX_DEPTH} levels.`, offset)
}

type ProblemText = Pick<DocumentProblem, 'rule' | 'message' | 'allowed'>

function problemOfKey(map: SourceMap, key: string): ProblemText | undefined {
  if (dangerousKeys.has(key)) {
    return { rule: 'dangerous-key', message: `The field name "${key}" is not accepted anywhere.` }
  }
  if (key === '<<') {
    const message = 'Merge keys (<<) are not accepted: write the fields where they are needed.'
    return { rule: 'yaml-merge-key', message }
  }
  if (key.length > MAX_KEY_LENGTH) {
    const message = `A field name has ${key.length} characters; at most ${MAX_KEY_LENGTH} are accepted.`
    return { rule: 'key-too-long', message }
  }
  if (hasForbiddenCharacter(key)) {
    return { rule: 'control-character', message: 'A field name has a control or invisible character.' }
  }
  if (!map.fields.has(key)) return undefined
  const message = 'This field stands twice in the same object; only one value can be meant.'
  return { rule: 'duplicate-key', message, allowed: 'One of the two' }
}

function problemOfScalar(value: string | number | boolean | null): ProblemText | undefined {
  if (typeof value === 'string' && hasForbiddenCharacter(value)) {
    return { rule: 'control-character', message: 'This text has a control or invisible character.' }
  }
  if (typeof value !== 'number') return undefined
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (exact) return undefined
  const message = 'This number cannot be held exactly.'
  return { rule: 'number-out-of-range', message, allowed: 'Quotes around it, if text is meant' }
}

/** Path of the value that will stand in this slot. */
export function slotPath(slot: Slot): string {
  if (slot.parent === undefined || slot.key === undefined) return '$'
  return pathOfMissing(slot.parent, slot.key)
}
