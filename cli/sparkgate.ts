/** `sparkgate`: the command-line tool. Each command is a row of the table; help, checks and dispatch come from it. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import type { Commands, OptionRow } from './parse-command-line.ts'

// Before anything else is loaded: stripping types from 150 files takes 0.2 s, reading them from the cache a third of it.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/sparkgate'))

const output = (...values: string[]): OptionRow => ({
  type: 'string',
  short: 'o',
  values,
  help: 'How the answer looks.',
})
const gateway: Readonly<Record<string, OptionRow>> = {
  output: output('text', 'json'),
  url: { type: 'string', placeholder: 'URL', help: 'The gateway; default $SPARKGATE_URL.' },
  token: {
    type: 'string',
    placeholder: 'TOKEN',
    help: 'Your token; default $SPARKGATE_TOKEN, which no list of processes shows.',
  },
}
const wait: OptionRow = { type: 'boolean', help: 'Follows the job to its end; the exit code tells how it ended.' }
const place: Readonly<Record<string, OptionRow>> = {
  team: { type: 'string', placeholder: 'TEAM', help: 'The team whose job it is; with --config one of that file.' },
  config: {
    type: 'string',
    placeholder: 'FILE',
    help: 'The platform file: its clusters, defaults, profiles and policies count.',
  },
}
const policy: OptionRow = { type: 'string', values: ['strict', 'open'], help: "Instead of the team's; default strict." }

const COMMANDS: Commands = {
  validate: {
    operands: 'FILE…',
    summary:
      'Checks specs without a gateway. A FILE is a file, a directory, a quoted pattern, or - for standard input.',
    options: {
      ...place,
      policy,
      output: output('text', 'json'),
      quiet: { type: 'boolean', short: 'q', help: 'Shows only what is refused.' },
    },
    examples: [
      'sparkgate validate job.yaml',
      "sparkgate validate jobs/ 'more/**/*.yaml' --config platform.yaml --team payments",
      'kubectl get sparkapplication etl -o yaml | sparkgate validate - --output json',
    ],
    load: async () => (await import('./validate-command.ts')).validate,
  },
  render: {
    operands: 'FILE…',
    summary: 'Shows the SparkApplication that a spec becomes, with an example of a job id.',
    options: { ...place, policy, output: output('yaml', 'json') },
    examples: ['sparkgate render job.yaml', 'sparkgate render job.yaml --config platform.yaml --team payments -o json'],
    load: async () => (await import('./render-command.ts')).render,
  },
  convert: {
    operands: 'FILE',
    summary: 'Writes a spec of any format as a SparkApplication or in the short form.',
    options: {
      to: { type: 'string', values: ['spark-application', 'short'], help: 'The format to write.' },
      ...place,
      output: output('yaml', 'json'),
    },
    examples: ['sparkgate convert nightly.spark-submit', 'sparkgate convert spark-pi.yaml --to short'],
    load: async () => (await import('./convert-command.ts')).convert,
  },
  explain: {
    operands: 'FILE',
    summary: 'Shows where each value of a spec comes from: the request, a profile, the team, the cluster, the gateway.',
    options: { ...place, policy, output: output('text', 'json') },
    examples: ['sparkgate explain job.yaml', 'sparkgate explain job.yaml --config platform.yaml --team payments'],
    load: async () => (await import('./explain-command.ts')).explain,
  },
  submit: {
    operands: 'FILE',
    summary: 'Submits a spec; with --wait follows the job to its end.',
    options: {
      'idempotency-key': {
        type: 'string',
        placeholder: 'KEY',
        help: 'The same key never starts a second job; default: a new one.',
      },
      wait,
      ...gateway,
    },
    examples: ['sparkgate submit spark-pi.yaml --wait'],
    load: async () => (await import('./job-commands.ts')).submit,
  },
  get: {
    operands: 'JOB',
    summary: 'Shows a job with its attempts.',
    options: gateway,
    examples: ['sparkgate get j4tq…'],
    load: async () => (await import('./job-commands.ts')).get,
  },
  list: {
    operands: '',
    summary: "Lists your team's jobs, newest first.",
    options: {
      state: { type: 'string', placeholder: 'STATE', help: 'Only jobs in this state: QUEUED, RUNNING, FAILED …' },
      name: { type: 'string', placeholder: 'NAME', help: 'Only jobs of this name.' },
      limit: { type: 'string', placeholder: 'N', help: 'At most this many; up to 100.' },
      ...gateway,
    },
    examples: ['sparkgate list --state FAILED'],
    load: async () => (await import('./job-commands.ts')).list,
  },
  cancel: {
    operands: 'JOB',
    summary: 'Cancels a job.',
    options: { wait, ...gateway },
    examples: ['sparkgate cancel j4tq… --wait'],
    load: async () => (await import('./job-commands.ts')).cancel,
  },
}

const { runCommandLine } = await import('./run-command-line.ts')
process.exitCode = await runCommandLine(process.argv.slice(2), COMMANDS)
