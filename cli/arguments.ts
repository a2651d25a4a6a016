/** What a command is given, and what it answers with. */
export interface Arguments {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
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
} as const

/** The command line is wrong: the message says how, the tool adds where help is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command did not come to its end: the message is for the person, the code for scripts. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}
