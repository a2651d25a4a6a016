/** The words after `sparkgate` → a command with its options. What is wrong is said with the nearest word that is right. */
import { parseArgs } from 'node:util'
import { UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'

/** One option of a command, as help shows it. */
export interface OptionRow {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** The words that it takes; the first is the default. Absent: any text. */
  readonly values?: readonly string[]
  /** What stands for the value in help: `FILE`. */
  readonly placeholder?: string
  readonly help: string
}

/** One command: help, checks and dispatch come from this row. */
export interface Command {
  /** `FILE…`; empty where there is none. */
  readonly operands: string
  readonly summary: string
  readonly options: Readonly<Record<string, OptionRow>>
  readonly examples: readonly string[]
  /** Loads the code of this command alone: the tool starts quickly. Answers with the exit code. */
  readonly load: () => Promise<(given: Arguments) => Promise<number>>
}

export type Commands = Readonly<Record<string, Command>>

/** What was asked for. */
export type CommandLine =
  | { readonly asked: 'help'; readonly of?: string }
  | { readonly asked: 'run'; readonly command: Command; readonly given: Arguments }

/** Reads a command line. Throws UsageError for words that mean nothing. */
export async function parseCommandLine(argv: readonly string[], commands: Commands): Promise<CommandLine> {
  const known = { help, ...Object.assign({}, ...Object.values(commands).map(({ options }) => options)) }
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(known as Command['options']).map(([name, row]) => [name, parserRow(row)]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const [name, ...operands] = positionals
  const wantsHelp = tokens.some(token => token.kind === 'option' && token.name === 'help')
  if (name === undefined || name === 'help' || wantsHelp) {
    const of = name === 'help' ? operands[0] : name
    return of === undefined ? { asked: 'help' } : { asked: 'help', of: (await findCommand(of, commands)).name }
  }
  const { command } = await findCommand(name, commands)
  const given = tokens.filter(token => token.kind === 'option')
  const options: Record<string, string | boolean> = {}
  for (const { name: option, rawName, value, inlineValue } of given) {
    const row = Object.hasOwn(command.options, option) ? command.options[option] : undefined
    if (row === undefined) throw await unknownOption(name, rawName, command)
    options[option] = readValue(rawName, row, value, inlineValue)
  }
  return { asked: 'run', command, given: { positionals: operands, options } }
}

const help: OptionRow = { type: 'boolean', short: 'h', help: '' }

const parserRow = ({ type, short }: OptionRow) => ({ type, ...(short !== undefined && { short }) })

async function findCommand(name: string, commands: Commands): Promise<{ name: string; command: Command }> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined) return { name, command }
  const names = Object.keys(commands)
  throw new UsageError(`there is no command ${name}; there are ${names.join(', ')}${await meant(name, names)}`)
}

async function unknownOption(name: string, rawName: string, { options }: Command): Promise<UsageError> {
  const names = Object.keys(options).map(option => `--${option}`)
  return new UsageError(`${name} has no option ${rawName}; it has ${names.join(', ')}${await meant(rawName, names)}`)
}

async function meant(word: string, words: readonly string[]): Promise<string> {
  const { closestWord } = await import('../shared/domain/job-spec/checks/closest-word.ts')
  const closest = closestWord(word, words)
  return closest === undefined ? '' : `. Did you mean ${closest}?`
}

function readValue(rawName: string, row: OptionRow, value: string | undefined, inline: boolean | undefined) {
  if (row.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value`)
    return true
  }
  const wanted = row.values?.join(' or ') ?? row.placeholder ?? 'a value'
  const isMissing = value === undefined || (inline !== true && value.length > 1 && value.startsWith('-'))
  if (isMissing) throw new UsageError(`${rawName} needs a value: ${wanted}`)
  if (row.values !== undefined && !row.values.includes(value)) throw new UsageError(`${rawName} is ${wanted}`)
  return value
}
