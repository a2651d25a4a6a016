/** `sparkgate`: the command-line tool. Each command is a row of the table; help and dispatch come from it. */
import { parseArgs } from 'node:util'
import { ApiFailure } from './api-client.ts'
import { EXIT, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { cancel, get, list, submit } from './job-commands.ts'
import { validate } from './validate-command.ts'

interface Command {
  readonly usage: string
  readonly summary: string
  readonly example: string
  readonly run: (given: Arguments) => Promise<number>
}

const COMMANDS: Readonly<Record<string, Command>> = {
  validate: {
    usage: 'validate FILE… [--policy strict|open] [--team T] [--output text|json]',
    summary: 'Checks specs without a gateway; `-` is standard input.',
    example: 'sparkgate validate events/specs/*.yaml',
    run: validate,
  },
  submit: {
    usage: 'submit FILE [--idempotency-key KEY] [--wait] [--output text|json]',
    summary: 'Submits a spec; with --wait follows the job to its end.',
    example: 'sparkgate submit spark-pi.yaml --wait',
    run: submit,
  },
  get: {
    usage: 'get JOB [--output text|json]',
    summary: 'Shows a job with its attempts.',
    example: 'sparkgate get j4tq…',
    run: get,
  },
  list: {
    usage: 'list [--state STATE] [--name NAME] [--limit N] [--output text|json]',
    summary: "Lists your team's jobs, newest first.",
    example: 'sparkgate list --state FAILED',
    run: list,
  },
  cancel: {
    usage: 'cancel JOB [--wait] [--output text|json]',
    summary: 'Cancels a job.',
    example: 'sparkgate cancel j4tq… --wait',
    run: cancel,
  },
}

const OPTIONS = {
  policy: { type: 'string' },
  team: { type: 'string' },
  output: { type: 'string', short: 'o' },
  'idempotency-key': { type: 'string' },
  wait: { type: 'boolean' },
  state: { type: 'string' },
  name: { type: 'string' },
  limit: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const HELP = `sparkgate: Spark jobs on Amazon EKS

${Object.values(COMMANDS)
  .map(({ usage, summary, example }) => `  sparkgate ${usage}\n      ${summary}\n      $ ${example}`)
  .join('\n')}

The gateway is $SPARKGATE_URL (or --url), your token $SPARKGATE_TOKEN (or --token); \`npm run local\` prints both.
Exit codes: ${Object.entries(EXIT)
  .map(([name, code]) => `${code} ${name}`)
  .join(', ')}.
`

async function main(argv: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: argv, options: OPTIONS, allowPositionals: true, strict: true })
    const [name, ...rest] = positionals
    if (values.help === true || name === undefined || name === 'help') {
      console.log(HELP)
      return values.help === true || name === 'help' ? EXIT.ok : EXIT.toolFailed
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (command === undefined)
      throw new UsageError(`there is no command ${name}; there are ${Object.keys(COMMANDS).join(', ')}`)
    return await command.run({ positionals: rest, options: values })
  } catch (error) {
    return explain(error)
  }
}

function explain(error: unknown): number {
  if (error instanceof ApiFailure) {
    console.error(error.message)
    return error.exitCode
  }
  const usage = error instanceof UsageError || (error instanceof TypeError && 'code' in error)
  console.error(`sparkgate: ${error instanceof Error ? error.message : String(error)}`)
  if (usage) console.error('Try `sparkgate --help`.')
  return EXIT.toolFailed
}

process.exitCode = await main(process.argv.slice(2))
