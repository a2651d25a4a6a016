/**
 * The tree of a SparkApplication while a command line is laid into it. Nodes are made here by hand: no parser's slots lead
 * from words to fields. The limits on values and the rules of keys are those of every document.
 */
import { hasForbiddenCharacter } from '../document/decode-document.ts'
import { MAX_KEY_LENGTH, MAX_VALUES } from '../document/source-node.ts'
import type { SourceList, SourceMap, SourceNode, SourceScalar } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { originOf, placeOf, type Given, type GivenPlace } from './given.ts'
import type { ValueForm } from './submit-use.ts'

export interface SubmitTree {
  readonly root: SourceMap
  readonly findings: FindingCollector
  /** Values so far; above `MAX_VALUES` none is added. */
  values: number
}

/** An empty tree at the place of the command. */
export function makeSubmitTree(command: GivenPlace, findings: FindingCollector): SubmitTree {
  const { keyOffset, offset } = command
  const root: SourceMap = { kind: 'map', parent: undefined, key: undefined, keyOffset, offset, fields: new Map() }
  return { root, findings, values: 0 }
}

/** Maps that no single option gives: they stand where the command does. */
const places = new Set(['metadata', 'spec', 'driver', 'executor', 'deps', 'sparkConf'])

/** The map at a path; maps that are not there yet are made, where the first of their values is given. */
export function mapAt(tree: SubmitTree, path: readonly string[], given?: GivenPlace): SourceMap {
  let at = tree.root
  for (const key of path) {
    const known = at.fields.get(key)
    const next = known?.kind === 'map' ? known : emptyMap(at, key, places.has(key) ? undefined : given)
    at.fields.set(key, next)
    at = next
  }
  return at
}

function emptyMap(parent: SourceMap, key: string, given: GivenPlace | undefined): SourceMap {
  const { keyOffset, offset } = given ?? parent
  const origin = key === 'sparkConf' ? originOf('--conf') : given?.origin
  return { kind: 'map', parent, key, keyOffset, offset, fields: new Map(), ...(origin !== undefined && { origin }) }
}

/** Puts a value at a path; texts that have not the form are an error, and are put nowhere. */
export function putField(tree: SubmitTree, path: readonly string[], form: ValueForm, given: Given): void {
  if (form === 'list') return putTexts(tree, path, splitAtCommas(given), given)
  const scalar = readForm(given.text, form)
  if (scalar === undefined) {
    const { message, allowed } = forms[form]
    return tree.findings.error(placeOf(given), 'wrong-type', message, { allowed, at: 'value' })
  }
  putScalar(tree, path, scalar, given)
}

/** Puts a value at a path as it is. */
export function putScalar(
  tree: SubmitTree,
  path: readonly string[],
  scalar: SourceScalar['scalar'],
  given: GivenPlace,
): void {
  const map = mapAt(tree, path.slice(0, -1), given)
  const key = path.at(-1) ?? ''
  if (isRefusedKey(tree, key, given) || !mayAdd(tree, scalar, given)) return
  map.fields.set(key, scalarNode(map, key, scalar, given))
}

/** Puts a list of texts at a path, each with its own place. */
export function putTexts(tree: SubmitTree, path: readonly string[], texts: readonly Given[], given: GivenPlace): void {
  const map = mapAt(tree, path.slice(0, -1), given)
  const list = listNode(map, path.at(-1) ?? '', given)
  for (const text of texts) {
    if (!text.isKnown || !mayAdd(tree, text.text, text)) continue
    list.items.push(scalarNode(list, list.items.length, text.text, text))
  }
  map.fields.set(String(list.key), list)
}

/** Adds a variable to the environment of a pod. */
export function putVariable(tree: SubmitTree, role: 'driver' | 'executor', name: string, given: Given): void {
  const pod = mapAt(tree, ['spec', role])
  const known = pod.fields.get('env')
  const list = known?.kind === 'list' ? known : listNode(pod, 'env', given)
  pod.fields.set('env', list)
  if (!mayAdd(tree, name, given) || !mayAdd(tree, given.text, given)) return
  const { origin, keyOffset, offset } = given
  const key = list.items.length
  const variable: SourceMap = { kind: 'map', parent: list, key, keyOffset, offset, origin, fields: new Map() }
  variable.fields.set('name', scalarNode(variable, 'name', name, given))
  variable.fields.set('value', scalarNode(variable, 'value', given.text, given))
  list.items.push(variable)
}

function listNode(parent: SourceMap, key: string, { origin, keyOffset, offset }: GivenPlace): SourceList {
  return { kind: 'list', parent, key, keyOffset, offset, origin, items: [] }
}

function scalarNode(
  parent: SourceNode,
  key: string | number,
  scalar: SourceScalar['scalar'],
  { origin, keyOffset, offset }: GivenPlace,
): SourceScalar {
  return { kind: 'scalar', parent, key, keyOffset, offset, origin, scalar }
}

/** Keys that plain objects read as something else than a field. */
const dangerousKeys = new Set(['__proto__', 'constructor', 'prototype'])

function isRefusedKey(tree: SubmitTree, key: string, given: GivenPlace): boolean {
  const problem = problemOfKey(key)
  if (problem !== undefined) tree.findings.error(placeOf(given), ...problem)
  return problem !== undefined
}

function problemOfKey(key: string): readonly [rule: string, message: string] | undefined {
  if (dangerousKeys.has(key)) return ['dangerous-key', 'This name is not accepted anywhere.']
  if (key.length > MAX_KEY_LENGTH) return ['key-too-long', `A name has at most ${MAX_KEY_LENGTH} characters.`]
  if (!hasForbiddenCharacter(key)) return undefined
  return ['control-character', 'This name has a control or invisible character.']
}

/** Escapes make characters that the text itself may not have; and there is an end to what one document holds. */
function mayAdd(tree: SubmitTree, scalar: SourceScalar['scalar'], given: GivenPlace): boolean {
  tree.values += 1
  if (tree.values > MAX_VALUES) {
    if (tree.values === MAX_VALUES + 1) {
      const message = `The command has more than ${MAX_VALUES} values.`
      tree.findings.error(placeOf(given), 'document-too-large', message)
    }
    return false
  }
  if (typeof scalar !== 'string' || !hasForbiddenCharacter(scalar)) return true
  const message = 'This text has a control or invisible character.'
  tree.findings.error(placeOf(given), 'control-character', message, { at: 'value' })
  return false
}

/** The parts of a list with commas; empty ones are none. */
function splitAtCommas(given: Given): readonly Given[] {
  const parts: Given[] = []
  let at = 0
  for (const part of given.text.split(',')) {
    const text = part.trim()
    const offset = given.offset + at + part.length - part.trimStart().length
    if (text !== '') parts.push({ ...given, text, offset, origin: `${given.origin}[${parts.length}]` })
    at += part.length + 1
  }
  return parts
}

const forms = {
  text: { message: 'This must be text.', allowed: 'text' },
  count: { message: 'This must be a whole number.', allowed: '4' },
  flag: { message: 'This must be true or false.', allowed: 'true, false' },
  milliseconds: { message: 'This is not a time as Spark writes it.', allowed: '500ms, 30s, 10min, 1h' },
} as const

const unitMilliseconds: Readonly<Record<string, number>> = {
  us: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

function readForm(text: string, form: Exclude<ValueForm, 'list'>): string | number | boolean | undefined {
  switch (form) {
    case 'text':
      return text
    case 'count':
      return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined
    case 'flag':
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined
    case 'milliseconds': {
      const [, amount, unit = 'ms'] = /^([0-9]{1,12})(us|ms|s|m|min|h|d)?$/i.exec(text) ?? []
      return amount === undefined ? undefined : Math.floor(Number(amount) * (unitMilliseconds[unit.toLowerCase()] ?? 1))
    }
  }
}
