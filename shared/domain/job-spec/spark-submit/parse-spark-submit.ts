/**
 * spark-submit command lines as they are pasted from scripts, wikis and other clusters: text or a list of words → one
 * JobDocument, checked like every other format.
 */
import { pathOf, type SourceList, type SourceNode } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import type { JobDocument } from '../job-document.ts'
import { buildSubmitDocument } from './build-submit-document.ts'
import { hasSubmitCommand, isSubmitCommand, readCommandWords, type CommandWords } from './read-command-line.ts'
import { readPropertiesFile, type PropertiesText } from './read-properties-file.ts'
import { readSubmitArguments } from './read-submit-arguments.ts'
import { splitPropertiesBlocks } from './split-properties-blocks.ts'
import type { SubmitWord } from './submit-line.ts'

/** True for a text that begins (after comments, a prompt, assignments of variables) with spark-submit. */
export function looksLikeSparkSubmit(text: string): boolean {
  return hasSubmitCommand(text)
}

/**
 * Reads a pasted command line, with the content of its properties file below it where it names one. Never throws; the work
 * is linear. Undefined where there is no command: a finding says so.
 */
export function parseSparkSubmit(text: string, findings: FindingCollector): JobDocument | undefined {
  const { commandEnd, blocks } = splitPropertiesBlocks(text)
  const command = readCommandWords(text.slice(0, commandEnd), findings)
  return command && buildDocument(command, { text, blocks }, findings)
}

/** The same for a list of words, as exec takes them; the first may be spark-submit itself. */
export function sparkSubmitFromList(list: SourceList, findings: FindingCollector): JobDocument {
  const words = list.items.slice(0, MAX_LIST_WORDS).map(item => wordOf(item, findings))
  if (list.items.length > MAX_LIST_WORDS) {
    findings.error(list, 'document-too-large', `A command has at most ${MAX_LIST_WORDS} words.`, { at: 'value' })
  }
  const [first] = words
  const commandText = first !== undefined && isSubmitCommand(first.text) ? first.text : ''
  const place = { origin: pathOf(list), keyOffset: list.offset, offset: list.offset }
  const command = { commandText, place, words: commandText === '' ? words : words.slice(1) }
  return buildDocument(command, { text: '', blocks: [] }, findings)
}

/** As many as a text may have. */
const MAX_LIST_WORDS = 10_001

/** Numbers and flags of YAML lists are words too, where their text is beyond doubt. */
function wordOf(item: SourceNode, findings: FindingCollector): SubmitWord {
  const { offset } = item
  const scalar = item.kind === 'scalar' ? item.scalar : null
  if (typeof scalar === 'string') return { text: scalar, offset, textOffset: undefined, isKnown: true }
  if (typeof scalar === 'boolean' || Number.isSafeInteger(scalar)) {
    return { text: String(scalar), offset, textOffset: undefined, isKnown: true }
  }
  const message = 'The words of a command are texts. Put quotes around this one.'
  findings.error(item, 'wrong-type', message, { allowed: 'text', at: 'value' })
  return { text: '', offset, textOffset: undefined, isKnown: false }
}

function buildDocument(command: CommandWords, properties: PropertiesText, findings: FindingCollector): JobDocument {
  const line = readSubmitArguments(command.place, command.words, findings)
  const settings = readPropertiesFile(properties, line.options.get('--properties-file'), findings)
  return buildSubmitDocument(line, { commandText: command.commandText, properties: settings }, findings)
}
