import type { Log } from '../shared/runtime/logging.ts'

/** A log that falls silent when the stack is being closed: what breaks then breaks because its other half is gone. */
export function untilClosed(log: Log): Log & { silence(): void } {
  let open = true
  return {
    info: (message, fields) => {
      if (open) log.info(message, fields)
    },
    warn: (message, fields) => {
      if (open) log.warn(message, fields)
    },
    error: (message, fields) => {
      if (open) log.error(message, fields)
    },
    silence: () => {
      open = false
    },
  }
}
