/** What a command is given, and what it answers with. */
export interface Arguments {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** The words behind `--`, for commands that take a pasted command line; absent without `--`. */
  readonly pasted?: readonly string[]
}

/** Exit codes: they tell outcomes apart in scripts. */
export const EXIT = {
  ok: 0,
  toolFailed: 1,
  refused: 2,
  jobFailed: 3,
  cancelled: 4,
  timedOut: 5,
  notFound: 6,
  noPermission: 7,
  /** 128 + SIGINT, as shells have it: Ctrl-C while waiting. */
  interrupted: 130,
} as const

/** The command line is wrong: the message says how, the tool adds where help is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command did not come to its end: the message is for the person, the code for scripts. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure'
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** An option's text; undefined where it was not given. */
export function textOption(options: Arguments['options'], name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The one operand of a command. Throws UsageError for none, or more. */
export function oneOperand({ positionals }: Arguments, takes: string): string {
  const [operand, ...more] = positionals
  if (operand === undefined || more.length > 0) throw new UsageError(takes)
  return operand
}
