/** The command line is wrong: the message says how, the tool adds where help is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
