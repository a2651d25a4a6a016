/** The commands that need no gateway: specs and the platform file. */
import type { Commands } from './parse-command-line.ts'
import { ANSWER_OPTIONS, outputOption, PLACE_OPTIONS, POLICY_OPTION } from './option-rows.ts'

/** Rows of the table in commands.ts. */
export const SPEC_COMMANDS: Commands = {
  validate: {
    operands: 'FILE…',
    summary:
      'Checks specs without a gateway. A FILE is a file, a directory, a quoted pattern, or - for standard input.',
    options: {
      ...PLACE_OPTIONS,
      policy: POLICY_OPTION,
      output: outputOption('text', 'json'),
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
    options: { ...PLACE_OPTIONS, policy: POLICY_OPTION, output: outputOption('yaml', 'json') },
    examples: ['sparkgate render job.yaml', 'sparkgate render job.yaml --config platform.yaml --team payments -o json'],
    load: async () => (await import('./render-command.ts')).render,
  },
  convert: {
    operands: 'FILE',
    summary: 'Writes a spec of any format as a SparkApplication or in the short form.',
    options: {
      to: { type: 'string', values: ['spark-application', 'short'], help: 'The format to write.' },
      ...PLACE_OPTIONS,
      output: outputOption('yaml', 'json'),
    },
    examples: ['sparkgate convert nightly.spark-submit', 'sparkgate convert spark-pi.yaml --to short'],
    load: async () => (await import('./convert-command.ts')).convert,
  },
  explain: {
    operands: 'JOB|FILE',
    summary: 'Of a job: why it waits or failed, and what helps. Of a FILE: where each value comes from, offline.',
    options: { ...PLACE_OPTIONS, policy: POLICY_OPTION, ...ANSWER_OPTIONS },
    examples: [
      'sparkgate explain j4tq…',
      'sparkgate explain job.yaml',
      'sparkgate explain job.yaml --config platform.yaml --team payments',
    ],
    load: async () => (await import('./explain-command.ts')).explain,
  },
  config: {
    operands: 'check FILE | diff OLD NEW',
    choices: ['check', 'diff'],
    summary: 'Checks a platform file, or shows what a change of it would do to teams. Offline.',
    options: { output: outputOption('text', 'json') },
    examples: [
      'sparkgate config check platform.yaml',
      'sparkgate config diff <(git show main:platform.yaml) platform.yaml',
    ],
    load: async () => (await import('./config-command.ts')).config,
  },
}
