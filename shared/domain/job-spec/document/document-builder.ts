/**
 * Builds the tree of a document for both parsers, with the limits and the key rules that they share.
 */
import { hasForbiddenCharacter } from './decode-document.ts'
import { MAX_DEPTH, MAX_KEY_LENGTH, MAX_TEXT_VALUES, MAX_VALUES, pathOfMissing } from './source-node.ts'
import type { SourceList, SourceMap, SourceNode, SourceScalar } from './source-node.ts'

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

/** A problem whose path is written when the tree is complete: items of a list may become documents of their own. */
export interface FoundProblem {
  readonly rule: string
  readonly message: string
  readonly allowed?: string
  readonly offset: number
  readonly slot: Slot
}

/** Makes nodes, counts values and depth, and gathers problems while a tree grows. */
export interface DocumentBuilder {
  readonly problems: readonly FoundProblem[]
  scalar(slot: Slot, value: string | number | boolean | null, offset: number): SourceScalar
  /** Opens a map: what is made until `close` lies in it. */
  map(slot: Slot, offset: number): SourceMap
  /** Opens a list: what is made until `close` lies in it. */
  list(slot: Slot, offset: number): SourceList
  /** Ends the innermost map or list. */
  close(): void
  keySlot(map: SourceMap, key: string, keyOffset: number): Slot
  /** Puts a value into its map, unless its key was refused. */
  attach(map: SourceMap, value: SourceNode): void
  /** Reports characters that an escape made: the text of the document itself has been checked. */
  checkEscaped(text: string, slot: Slot, offset: number): void
  report(problem: FoundProblem): void
}

/** Values in one text, over all its documents. */
export interface ValueCount {
  values: number
}

/** Keys that plain objects read as something else than a field. */
const dangerousKeys = new Set(['__proto__', 'constructor', 'prototype'])
/** More problems of form than findings are shown are not kept. */
const MAX_PROBLEMS = 200

/** A builder for one document. Its methods throw MalformedDocument where a limit is broken. */
export function makeDocumentBuilder(count: ValueCount): DocumentBuilder {
  const problems: FoundProblem[] = []
  let depth = 0
  let values = 0

  const report = (problem: FoundProblem): void => void (problems.length < MAX_PROBLEMS && problems.push(problem))

  function countValue(offset: number): void {
    values += 1
    count.values += 1
    if (values > MAX_VALUES) {
      throw new MalformedDocument('document-too-large', `The document has more than ${MAX_VALUES} values.`, offset)
    }
    if (count.values > MAX_TEXT_VALUES) {
      const message = `The documents of this text have more than ${MAX_TEXT_VALUES} values in all.`
      throw new MalformedDocument('text-too-large', message, offset, 'Several texts')
    }
  }

  function open(offset: number): void {
    countValue(offset)
    depth += 1
    if (depth > MAX_DEPTH) throw tooDeep(offset)
  }

  return {
    problems,
    report,
    scalar: (slot, scalar, offset) => {
      countValue(offset)
      if (typeof scalar === 'number' && !isExact(scalar)) report({ ...inexactNumber, offset, slot })
      const { parent, key, keyOffset } = slot
      return { kind: 'scalar', parent, key, keyOffset, offset, scalar }
    },
    map: ({ parent, key, keyOffset }, offset) => {
      open(offset)
      return { kind: 'map', parent, key, keyOffset, offset, fields: new Map() }
    },
    list: ({ parent, key, keyOffset }, offset) => {
      open(offset)
      return { kind: 'list', parent, key, keyOffset, offset, items: [] }
    },
    close: () => void (depth -= 1),
    keySlot: (map, key, keyOffset) => {
      const slot = { parent: map, key, keyOffset }
      const problem = problemOfKey(map, key)
      if (problem !== undefined) report({ ...problem, offset: keyOffset, slot })
      return slot
    },
    attach: (map, value) => {
      const key = String(value.key)
      if (!map.fields.has(key) && !dangerousKeys.has(key)) map.fields.set(key, value)
    },
    checkEscaped: (text, slot, offset) => {
      if (!hasForbiddenCharacter(text)) return
      report({ rule: 'control-character', message: 'This text has a control or invisible character.', offset, slot })
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
  if (!map.fields.has(key)) return undefined
  const message = 'This field stands twice in the same object; only one value can be meant.'
  return { rule: 'duplicate-key', message, allowed: 'One of the two' }
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
}

const inexactNumber: ProblemText = {
  rule: 'number-out-of-range',
  message: 'This number cannot be held exactly.',
  allowed: 'Quotes around it, if text is meant',
}

/** A problem with the path that its slot has now. */
export function describeProblem({ slot, ...problem }: FoundProblem): DocumentProblem {
  return { ...problem, path: slotPath(slot) }
}

function slotPath({ parent, key }: Slot): string {
  return parent === undefined || key === undefined ? '$' : pathOfMissing(parent, key)
}
