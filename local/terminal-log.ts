/** Logs of local runs: warnings and errors on standard error, one line each; everything when SPARKGATE_LOG=info. */
import { redact } from '../shared/runtime/logging.ts'
import type { Log } from '../shared/runtime/logging.ts'

export function terminalLog(): Log {
  const all = process.env['SPARKGATE_LOG'] === 'info'
  const say = (level: string, message: string, fields: object): void => {
    console.error(`${level} ${message} ${JSON.stringify(fields)}`)
  }
  return {
    info: (message, fields) => {
      if (all) say('info ', message, fields)
    },
    warn: (message, fields) => say('warn ', message, fields),
    error: (message, { error, ...fields }) =>
      say('error', message, {
        ...fields,
        error: redact(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      }),
  }
}
