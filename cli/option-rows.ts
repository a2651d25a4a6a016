/** Options that several commands have, said once. */
import type { OptionRow } from './parse-command-line.ts'

/** `--output`; the first word is the default. */
export const outputOption = (...values: string[]): OptionRow => ({
  type: 'string',
  short: 'o',
  values,
  help: 'How the answer looks.',
})

/** Which gateway, and as whom. */
export const GATEWAY_OPTIONS: Readonly<Record<string, OptionRow>> = {
  url: { type: 'string', placeholder: 'URL', help: 'The gateway; default $SPARKGATE_URL, else the stored one.' },
  token: {
    type: 'string',
    placeholder: 'TOKEN',
    help: 'Your token; better $SPARKGATE_TOKEN, which no list of processes shows.',
  },
  profile: { type: 'string', placeholder: 'NAME', help: 'A login by its name; default $SPARKGATE_PROFILE.' },
  'aws-profile': {
    type: 'string',
    placeholder: 'NAME',
    help: 'Signs with the keys of this profile of the AWS CLI instead of sending a token.',
  },
  region: { type: 'string', placeholder: 'REGION', help: 'AWS region of a gateway whose URL does not name it.' },
}

/** A sign-in with a browser; a profile that was made so remembers them. */
export const BROWSER_OPTIONS: Readonly<Record<string, OptionRow>> = {
  issuer: { type: 'string', placeholder: 'URL', help: 'Signs you in with a browser: the identity provider.' },
  'client-id': {
    type: 'string',
    placeholder: 'ID',
    help: 'The client there that may use the device authorization grant.',
  },
  audience: { type: 'string', placeholder: 'AUDIENCE', help: 'Whom the token is for, where the provider asks.' },
  scope: { type: 'string', placeholder: 'SCOPES', help: 'What to ask the provider for; default openid.' },
  use: {
    type: 'string',
    values: ['access-token', 'id-token'],
    help: 'The token for the gateway; id-token where its platform file accepts them.',
  },
  print: { type: 'boolean', help: 'Only writes where to sign in, opens no browser.' },
}

/** Of a command that shows what a gateway answered. */
export const ANSWER_OPTIONS: Readonly<Record<string, OptionRow>> = {
  output: outputOption('text', 'json', 'yaml', 'name'),
  ...GATEWAY_OPTIONS,
}

/** Follows a job. */
export const WAIT_OPTION: OptionRow = {
  type: 'boolean',
  short: 'w',
  help: 'Follows the job to its end; the exit code tells how it ended.',
}

/** Whose spec it is, offline. */
export const PLACE_OPTIONS: Readonly<Record<string, OptionRow>> = {
  team: { type: 'string', placeholder: 'TEAM', help: 'The team whose job it is; with --config one of that file.' },
  config: {
    type: 'string',
    placeholder: 'FILE',
    help: 'The platform file: its clusters, defaults, profiles and policies count.',
  },
}

/** Which policy, offline. */
export const POLICY_OPTION: OptionRow = {
  type: 'string',
  values: ['strict', 'open'],
  help: "Instead of the team's; default strict.",
}
