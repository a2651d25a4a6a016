/** Help, from the rows of the commands. */
import { EXIT } from './arguments.ts'
import type { Command, Commands, OptionRow } from './parse-command-line.ts'

/** Help of the tool: every command with its first example. */
export function renderHelp(commands: Commands): string {
  const names = Object.entries(commands).map(([name, { operands }]) => `${name} ${operands}`.trimEnd())
  const width = Math.max(0, ...names.map(name => name.length))
  const rows = Object.values(commands).map(
    ({ summary, examples }, index) =>
      `  ${(names[index] ?? '').padEnd(width)}  ${summary}\n  ${''.padEnd(width)}  $ ${examples[0] ?? ''}`,
  )
  return `sparkgate: Spark jobs on Amazon EKS

${rows.join('\n')}

\`sparkgate COMMAND --help\` explains a command's options.
The gateway is --url, $SPARKGATE_URL, or the one that \`sparkgate login\` stored; \`npm run local\` starts one and prints its URL.
You are whom --token, --aws-profile, $SPARKGATE_TOKEN, the stored login, or the AWS keys of this machine say, in this order.
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

/** Every exit code with its meaning, on one line. */
export const exitCodes = `Exit codes: ${Object.entries(EXIT)
  .map(([name, code]) => `${code} ${name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)}`)
  .join(', ')}.`

/** The same for every command that asks a gateway: left out of its first line. */
const GATEWAY_OPTIONS = new Set(['url', 'token', 'profile', 'aws-profile', 'region'])

function usageOf(name: string, { operands, options }: Command): string {
  const shown = Object.entries(options)
    .filter(([option]) => !GATEWAY_OPTIONS.has(option))
    .map(([option, row]) => `[${longUsage(option, row)}]`)
  return ['sparkgate', name, operands, ...shown].filter(word => word !== '').join(' ')
}

function optionUsage(option: string, row: OptionRow): string {
  return `${row.short === undefined ? '    ' : `-${row.short}, `}${longUsage(option, row)}`
}

function longUsage(option: string, { type, values, placeholder }: OptionRow): string {
  if (type === 'boolean') return `--${option}`
  const value = values?.join('|') ?? placeholder ?? 'TEXT'
  return type === 'optional' ? `--${option}[=${value}]` : `--${option} ${value}`
}
