/**
 * The table of commands. Help, checks of the command line, completion, docs/cli.md and dispatch come from it; the code of a
 * command is loaded when it runs.
 */
import { JOB_COMMANDS } from './job-command-table.ts'
import { ANSWER_OPTIONS, BROWSER_OPTIONS, GATEWAY_OPTIONS } from './option-rows.ts'
import type { Commands } from './parse-command-line.ts'
import { SPEC_COMMANDS } from './spec-command-table.ts'

/** Every command, in the order of help. */
export const COMMANDS: Commands = {
  ...JOB_COMMANDS,
  ...SPEC_COMMANDS,
  clusters: {
    operands: '[drain|resume CLUSTER]',
    choices: ['drain', 'resume'],
    summary: 'Shows clusters with their health. Admins: drain (no new attempts there) and resume.',
    options: {
      reason: { type: 'string', placeholder: 'TEXT', help: 'Of a drain: one sentence for those who find it.' },
      ...ANSWER_OPTIONS,
    },
    examples: ['sparkgate clusters', "sparkgate clusters drain analytics-1 --reason 'EKS upgrade'"],
    load: async () => (await import('./platform-commands.ts')).clusters,
  },
  pause: {
    operands: 'TEAM',
    summary: 'Stops new attempts of a team, for admins: what runs goes on, what waits stays in the queue.',
    options: {
      reason: { type: 'string', placeholder: 'TEXT', help: 'One sentence for those who find it.' },
      ...ANSWER_OPTIONS,
    },
    examples: ["sparkgate pause payments --reason 'budget of November is used up'"],
    load: async () => (await import('./platform-commands.ts')).pause,
  },
  resume: {
    operands: 'TEAM',
    summary: 'Ends the pause of a team, for admins.',
    options: ANSWER_OPTIONS,
    examples: ['sparkgate resume payments'],
    load: async () => (await import('./platform-commands.ts')).resume,
  },
  usage: {
    operands: '',
    summary: 'Shows what your team uses, and what it may.',
    options: {
      team: { type: 'string', placeholder: 'TEAM', help: 'Another team; for those who may ask.' },
      ...ANSWER_OPTIONS,
    },
    examples: ['sparkgate usage'],
    load: async () => (await import('./platform-commands.ts')).usage,
  },
  whoami: {
    operands: '',
    summary: 'Shows who the gateway takes you for, and where that comes from.',
    options: ANSWER_OPTIONS,
    examples: ['sparkgate whoami', 'sparkgate whoami --aws-profile ci'],
    load: async () => (await import('./platform-commands.ts')).whoami,
  },
  login: {
    operands: '',
    summary:
      'Keeps a gateway with a sign-in in the browser, a token (read from standard input) or an AWS profile, after asking it who that is.',
    options: {
      ...BROWSER_OPTIONS,
      forget: { type: 'boolean', help: 'Forgets the profile instead, and revokes its refresh token.' },
      ...GATEWAY_OPTIONS,
    },
    examples: [
      'sparkgate login --url https://spark.example.com --issuer https://login.example.com/realms/spark --client-id sparkgate',
      'sparkgate login --issuer https://example.eu.auth0.com/ --client-id x7Yt --audience https://spark.example.com',
      'sparkgate login --url https://spark.example.com < token.txt',
      'sparkgate login --url https://spark.example.com --aws-profile ci --profile ci',
      'sparkgate login --forget',
    ],
    load: async () => (await import('./login-command.ts')).login,
  },
  completion: {
    operands: 'bash|zsh|fish',
    choices: ['bash', 'zsh', 'fish'],
    summary: 'Writes the completion script of a shell.',
    options: {},
    examples: ['source <(sparkgate completion bash)', 'sparkgate completion fish | source'],
    load: async () => {
      const { completion } = await import('./completion-command.ts')
      return given => completion(given, COMMANDS)
    },
  },
}
