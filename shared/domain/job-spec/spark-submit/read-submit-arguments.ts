/**
 * The words after `spark-submit` → options, settings, application and arguments, by the rules of SparkSubmitOptionParser:
 * `--option value` and `--option=value`; the first word that is no option is the application, all after it is the
 * program's own.
 */
import { closestWord } from '../checks/closest-word.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { originOf, placeOf, type Given, type GivenPlace } from './given.ts'
import type { SubmitLine, SubmitWord } from './submit-line.ts'
import { submitOptionByName, submitOptions, type SubmitOption } from './submit-options.ts'

interface Draft {
  readonly options: Map<string, Given>
  readonly settings: Map<string, Given>
  unknownOptions: number
}

/** Sorts the words of one command line. Never throws; each word is looked at once. */
export function readSubmitArguments(
  command: GivenPlace,
  words: readonly SubmitWord[],
  findings: FindingCollector,
): SubmitLine {
  const draft: Draft = { options: new Map(), settings: new Map(), unknownOptions: 0 }
  let at = 0
  while (at < words.length && isOption(words[at]) && draft.unknownOptions < MAX_UNKNOWN_OPTIONS) {
    at += readOption(words, at, draft, findings)
  }
  const word = words[at]
  const rest = words.slice(at + 1)
  const application = word && !isOption(word) ? givenWord(word, 'application') : undefined
  const programArguments = rest.map((word, index) => givenWord(word, `arguments[${index}]`))
  if (application !== undefined) warnOfLateOptions(programArguments, findings)
  const { options, settings } = draft
  return { command, options, settings, application, arguments: application === undefined ? [] : programArguments }
}

/** After so many the text is no command line of spark-submit. */
const MAX_UNKNOWN_OPTIONS = 20

const isOption = (word: SubmitWord | undefined): boolean => /^[-\u2012-\u2015]/.test(word?.text ?? '')

function givenWord({ text, offset, textOffset, isKnown }: SubmitWord, origin: string): Given {
  return { text, isKnown, origin, keyOffset: offset, offset: textOffset ?? offset }
}

/** Reads one option and says how many words it took. */
function readOption(words: readonly SubmitWord[], at: number, draft: Draft, findings: FindingCollector): number {
  const word = words[at]
  if (word === undefined) return 1
  const [, name = word.text, joined] = /^(--[^=]+)=(.+)$/s.exec(word.text) ?? []
  const known = submitOptionByName.get(name)
  const place = { origin: originOf(known?.name ?? name), keyOffset: word.offset, offset: word.offset }
  if (known === undefined) {
    draft.unknownOptions += 1
    return reportUnknown(place, name, joined === undefined ? words[at + 1] : undefined, findings)
  }
  if (known.isSwitch) {
    keep(draft.options, known.name, { ...place, text: '', isKnown: true }, findings)
    return 1
  }
  const next = words[at + 1]
  if (joined === undefined && (next === undefined || submitOptionByName.has(next.text))) {
    const message = `The option ${known.name} has no value.`
    findings.error(placeOf(place), 'option-without-value', message, { allowed: `${known.name} VALUE` })
    return 1
  }
  const value = joined === undefined ? next : joinedValue(word, name.length + 1)
  if (value === undefined) return 1
  keepValue(
    known,
    { ...place, text: value.text, isKnown: value.isKnown, offset: startOf(value) },
    value,
    draft,
    findings,
  )
  return joined === undefined ? 2 : 1
}

const startOf = (word: SubmitWord): number => word.textOffset ?? word.offset

/** The part of a word after its `=`. */
function joinedValue(word: SubmitWord, length: number): SubmitWord {
  const textOffset = word.textOffset === undefined ? undefined : word.textOffset + length
  return { ...word, text: word.text.slice(length), textOffset }
}

function keepValue(
  known: SubmitOption,
  given: Given,
  word: SubmitWord,
  draft: Draft,
  findings: FindingCollector,
): void {
  if (known.name !== '--conf') return keep(draft.options, known.name, given, findings)
  const split = given.text.indexOf('=')
  if (split === -1) {
    if (!given.isKnown) return
    const message = 'A setting is a name and a value with "=" between them.'
    const hints = { allowed: '--conf spark.NAME=VALUE', at: 'value' } as const
    return findings.error(placeOf(given), 'conf-without-value', message, hints)
  }
  const name = given.text.slice(0, split)
  const value = joinedValue(word, split + 1)
  keep(
    draft.settings,
    name,
    {
      text: value.text,
      isKnown: given.isKnown,
      origin: originOf('--conf', name),
      keyOffset: startOf(word),
      offset: startOf(value),
    },
    findings,
  )
}

/** The last of several counts; a map entry moves to the place of the last. */
function keep(into: Map<string, Given>, name: string, given: Given, findings: FindingCollector): void {
  const before = into.get(name)
  if (before !== undefined && before.text !== given.text) {
    const message = 'This is given more than once, with several values; spark-submit takes the last.'
    findings.warning(placeOf(before), 'given-twice', message, { allowed: 'Only one of them' })
  }
  into.set(name, given)
}

/** Says that there is no such option; the answer is how many words it seems to take. */
function reportUnknown(
  place: GivenPlace,
  name: string,
  next: SubmitWord | undefined,
  findings: FindingCollector,
): number {
  const plain = name.replace(/^[-\u2012-\u2015]+/, '--')
  const near =
    submitOptionByName.get(plain)?.name ??
    closestWord(
      plain,
      submitOptions.map(({ name }) => name),
    )
  const message = /^[\u2012-\u2015]/.test(name)
    ? 'This begins with a dash of a text program, which is no "-" to spark-submit.'
    : 'spark-submit has no option of this name.'
  const allowed = 'The options of spark-submit --help; options of the program stand after the application'
  findings.error(placeOf(place), 'unknown-option', message, { suggestion: near, allowed })
  if (next === undefined || isOption(next)) return 1
  const takesValue = near === undefined ? !looksLikeApplication(next.text) : !submitOptionByName.get(near)?.isSwitch
  return takesValue ? 2 : 1
}

function looksLikeApplication(text: string): boolean {
  return /\.(?:py|jar|r)$/i.test(text) || /^(?:local|s3|s3a):\/\//.test(text)
}

/** Options that no program has for itself. */
const unmistakable = new Set(
  submitOptions
    .map(({ name }) => name)
    .filter(name => /^--(?:executor|driver|num-executors|total-|deploy|py-files|conf|properties-file)/.test(name)),
)

function warnOfLateOptions(programArguments: readonly Given[], findings: FindingCollector): void {
  const late = programArguments.find(({ text }) => unmistakable.has(text.replace(/=.*$/s, '')))
  if (late === undefined) return
  const message =
    'Options of spark-submit after the application are handed to the program, and Spark does not see them.'
  findings.warning(placeOf(late), 'option-after-application', message, { allowed: 'Options before the application' })
}
