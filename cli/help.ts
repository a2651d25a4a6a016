/** Help, from the rows of the commands. */
import { EXIT } from './arguments.ts'
import type { Command, Commands, OptionRow } from './parse-command-line.ts'

/** Help of the tool: every command with its first example. */
export function renderHelp(commands: Commands): string {
  const rows = Object.entries(commands).map(
    ([name, command]) => `  ${usageOf(name, command)}\n      ${command.summary}\n      $ ${command.examples[0] ?? ''}`,
  )
  return `sparkgate: Spark jobs on Amazon EKS

${rows.join('\n')}

\`sparkgate COMMAND --help\` explains a command's options.
The gateway is $SPARKGATE_URL (or --url), your token $SPARKGATE_TOKEN (or --token); \`npm run local\` prints both.
${exitCodes}`
}

/** Help of one command. */
export function renderCommandHelp(name: string, command: Command): string {
  const rows = Object.entries(command.options).map(([option, row]) => [optionUsage(option, row), row.help] as const)
  const width = Math.max(0, ...rows.map(([usage]) => usage.length))
  const options = rows.map(([usage, text]) => `  ${usage.padEnd(width)}  ${text}`)
  const examples = command.examples.map(example => `  $ ${example}`)
  return `${usageOf(name, command)}

${command.summary}

Options:
${options.join('\n')}

Examples:
${examples.join('\n')}

${exitCodes}`
}

const exitCodes = `Exit codes: ${Object.entries(EXIT)
  .map(([name, code]) => `${code} ${name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)}`)
  .join(', ')}.`

function usageOf(name: string, { operands, options }: Command): string {
  const shown = Object.entries(options)
    .filter(([option]) => option !== 'url' && option !== 'token')
    .map(([option, row]) => `[${longUsage(option, row)}]`)
  return ['sparkgate', name, operands, ...shown].filter(word => word !== '').join(' ')
}

function optionUsage(option: string, row: OptionRow): string {
  return `${row.short === undefined ? '    ' : `-${row.short}, `}${longUsage(option, row)}`
}

function longUsage(option: string, { type, values, placeholder }: OptionRow): string {
  return type === 'boolean' ? `--${option}` : `--${option} ${values?.join('|') ?? placeholder ?? 'TEXT'}`
}
