/** From the words of a command line to an exit code: help, the command, or what was wrong. */
import { CommandFailure, EXIT, UsageError } from './arguments.ts'
import { parseCommandLine } from './parse-command-line.ts'
import type { Commands } from './parse-command-line.ts'
import { showText } from './terminal-text.ts'

/** Runs what was asked for. Never throws: what goes wrong is a message on standard error and an exit code. */
export async function runCommandLine(argv: readonly string[], commands: Commands): Promise<number> {
  process.stdout.on('error', stopQuietly)
  process.stderr.on('error', stopQuietly)
  try {
    const line = await parseCommandLine(argv, commands)
    if (line.asked === 'run') return await (await line.command.load())(line.given)
    if (line.asked === 'version') {
      const { VERSION } = await import('./version.ts')
      console.log(VERSION)
      return EXIT.ok
    }
    const { renderCommandHelp, renderHelp } = await import('./help.ts')
    const command = line.of === undefined ? undefined : commands[line.of]
    console.log(command === undefined ? renderHelp(commands) : renderCommandHelp(line.of ?? '', command))
    return argv.length === 0 ? EXIT.toolFailed : EXIT.ok
  } catch (error) {
    return tellFailure(error)
  }
}

function tellFailure(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof CommandFailure) {
    console.error(message)
    return error.exitCode
  }
  // Texts of files may be in it.
  console.error(`sparkgate: ${message.trimEnd().split('\n').map(showText).join('\n')}`)
  if (error instanceof UsageError) console.error('Try `sparkgate --help`.')
  return EXIT.toolFailed
}

/** The reader went away (`| head`): nobody is left to tell. */
function stopQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.toolFailed)
}
