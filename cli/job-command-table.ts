/** The commands about jobs; each asks a gateway. */
import { FILTER_OPTIONS } from './job-query.ts'
import { ANSWER_OPTIONS, GATEWAY_OPTIONS, outputOption, WAIT_OPTION } from './option-rows.ts'
import type { Commands } from './parse-command-line.ts'

/** Rows of the table in commands.ts. */
export const JOB_COMMANDS: Commands = {
  submit: {
    operands: 'FILE|-',
    takesPasted: true,
    summary: 'Submits a spec of any format, or a spark-submit line behind --; a key makes repeats safe.',
    options: {
      'idempotency-key': {
        type: 'string',
        placeholder: 'KEY',
        help: 'The same key never starts a second job; default: a new one.',
      },
      wait: WAIT_OPTION,
      follow: { type: 'boolean', short: 'f', help: 'Like --wait, and writes what the driver says.' },
      'dry-run': {
        type: 'optional',
        values: ['render', 'server'],
        help: 'Makes no job: shows what it would be; `server` also asks its cluster.',
      },
      ...ANSWER_OPTIONS,
    },
    examples: [
      'sparkgate submit spark-pi.yaml --wait',
      'sparkgate submit spark-pi.yaml --dry-run=server',
      'sparkgate submit --follow -- spark-submit --class org.example.Etl --num-executors 4 s3a://bucket/etl.jar 2026-11-01',
      'sparkgate submit - --idempotency-key "nightly-$(date +%F)" --output name < job.yaml',
    ],
    load: async () => (await import('./submit-command.ts')).submit,
  },
  list: {
    operands: '',
    summary: "Lists your team's jobs, newest first.",
    options: {
      ...FILTER_OPTIONS,
      limit: { type: 'string', placeholder: 'N', help: 'At most this many; default 50.' },
      all: { type: 'boolean', short: 'a', help: 'Every job that fits, page by page.' },
      ...ANSWER_OPTIONS,
    },
    examples: [
      'sparkgate list --state FAILED --since 1d',
      'sparkgate list --name nightly-etl --all --output json',
      'sparkgate list --state QUEUED --output name | xargs -n1 sparkgate cancel',
    ],
    load: async () => (await import('./list-command.ts')).list,
  },
  get: {
    operands: 'JOB',
    summary: 'Shows a job with its attempts.',
    options: ANSWER_OPTIONS,
    examples: ['sparkgate get j4tq…', 'sparkgate get j4tq… --output yaml'],
    load: async () => (await import('./job-commands.ts')).get,
  },
  watch: {
    operands: '[JOB…]',
    summary: 'Keeps a table of jobs up to date; without a terminal, a line for each change. Ends with the named jobs.',
    options: {
      ...FILTER_OPTIONS,
      for: { type: 'string', placeholder: 'TIME', help: 'Ends after this long (10m, 2h), with exit code 0.' },
      output: outputOption('text', 'json'),
      ...GATEWAY_OPTIONS,
    },
    examples: [
      'sparkgate watch --state RUNNING',
      'sparkgate watch j4tq… j5ab…',
      'sparkgate watch --for 10m --output json',
    ],
    load: async () => (await import('./watch-command.ts')).watch,
  },
  logs: {
    operands: 'JOB',
    summary: 'Writes what the driver or an executor said; with -f what it says, until the job is over.',
    options: {
      follow: { type: 'boolean', short: 'f', help: 'Goes on until the job is over.' },
      role: { type: 'string', placeholder: 'ROLE', help: 'driver (default), or executor-1, executor-2 …' },
      attempt: { type: 'string', placeholder: 'N', help: 'Default: the last.' },
      tail: { type: 'string', placeholder: 'N', help: 'Only the last N lines.' },
      since: { type: 'string', placeholder: 'TIME', help: 'Only what was said since: 10m, 2h, 2026-11-01T08:00:00Z.' },
      output: outputOption('text', 'json'),
      ...GATEWAY_OPTIONS,
    },
    examples: [
      'sparkgate logs j4tq… --tail 100',
      'sparkgate logs j4tq… -f',
      'sparkgate logs j4tq… --role executor-1 --attempt 1',
    ],
    load: async () => (await import('./logs-command.ts')).logs,
  },
  cancel: {
    operands: 'JOB',
    summary: 'Cancels a job; with --wait until nothing of it runs.',
    options: { wait: WAIT_OPTION, ...ANSWER_OPTIONS },
    examples: ['sparkgate cancel j4tq… --wait'],
    load: async () => (await import('./job-commands.ts')).cancel,
  },
  retry: {
    operands: 'JOB',
    summary: 'Asks for one more attempt of a job that is over.',
    options: { wait: WAIT_OPTION, ...ANSWER_OPTIONS },
    examples: ['sparkgate retry j4tq… --wait'],
    load: async () => (await import('./job-commands.ts')).retry,
  },
  open: {
    operands: 'JOB',
    summary: 'Writes the links of a job (Spark UI, console); on a terminal also opens the first.',
    options: { print: { type: 'boolean', help: 'Only writes them.' }, ...ANSWER_OPTIONS },
    examples: ['sparkgate open j4tq…', 'sparkgate open j4tq… --print'],
    load: async () => (await import('./open-command.ts')).open,
  },
}
