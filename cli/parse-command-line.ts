/** The words after `sparkgate` → a command with its options. What is wrong is said with the nearest word that is right. */
import { parseArgs } from 'node:util'
import { UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'

/** One option of a command, as help shows it. */
export interface OptionRow {
  /** `optional` is a flag that may have a value behind `=`: `--dry-run`, `--dry-run=server`. */
  readonly type: 'string' | 'boolean' | 'optional'
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
  /** The words that its first operand can be; for completion. */
  readonly choices?: readonly string[]
  /** What stands behind `--` is a pasted command line, not operands. */
  readonly takesPasted?: true
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
  | { readonly asked: 'version' }
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
  const [name] = positionals
  const given = tokens.filter(token => token.kind === 'option')
  const wantsHelp = given.some(token => token.name === 'help')
  if (name === undefined && given.some(token => token.name === 'version')) return { asked: 'version' }
  if (name === undefined || name === 'help' || wantsHelp) {
    const of = name === 'help' ? positionals[1] : name
    return of === undefined ? { asked: 'help' } : { asked: 'help', of: (await findCommand(of, commands)).name }
  }
  const { command } = await findCommand(name, commands)
  const options: Record<string, string | boolean> = {}
  for (const { name: option, rawName, value, inlineValue } of given) {
    const row = Object.hasOwn(command.options, option) ? command.options[option] : undefined
    if (row === undefined) throw await unknownOption(name, rawName, command)
    options[option] = readValue(rawName, row, value, inlineValue)
  }
  return { asked: 'run', command, given: { ...operandsOf(tokens, command), options } }
}

const help: OptionRow = { type: 'boolean', short: 'h', help: '' }

const parserRow = ({ type, short }: OptionRow) => ({
  type: type === 'string' ? type : ('boolean' as const),
  ...(short !== undefined && { short }),
})

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

/** What stands behind the name of the command; behind `--` apart, for those that take a command line there. */
function operandsOf(tokens: readonly Token[], { takesPasted }: Command): Omit<Arguments, 'options'> {
  const terminator = tokens.find(token => token.kind === 'option-terminator')?.index
  const [, ...operands] = tokens.filter(token => token.kind === 'positional')
  if (takesPasted !== true || terminator === undefined) return { positionals: operands.map(({ value }) => value) }
  const values = (side: (index: number) => boolean) =>
    operands.filter(({ index }) => side(index)).map(({ value }) => value)
  return { positionals: values(index => index < terminator), pasted: values(index => index > terminator) }
}

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
  if (row.type === 'optional' && inline !== true) return row.values?.[0] ?? ''
  const isMissing = value === undefined || (inline !== true && value.length > 1 && value.startsWith('-'))
  if (isMissing) throw new UsageError(`${rawName} needs a value: ${wanted}`)
  if (row.values !== undefined && !row.values.includes(value)) throw new UsageError(`${rawName} is ${wanted}`)
  return value
}
