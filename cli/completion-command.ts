/** `sparkgate completion SHELL`: writes the script of a shell. */
import { EXIT, oneOperand, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { completionScript, SHELLS } from './completion-scripts.ts'
import type { Shell } from './completion-scripts.ts'
import type { Commands } from './parse-command-line.ts'

/** `commands`: the table that is completed. */
export async function completion(given: Arguments, commands: Commands): Promise<number> {
  const takes = `completion takes one of ${SHELLS.join(', ')}`
  const shell = oneOperand(given, takes)
  if (!isShell(shell)) throw new UsageError(takes)
  process.stdout.write(completionScript(shell, commands))
  return EXIT.ok
}

const isShell = (word: string): word is Shell => (SHELLS as readonly string[]).includes(word)
