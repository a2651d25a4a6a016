import type { Log } from '../../shared/runtime/logging.ts'

/** Says nothing: tests read results, not logs. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
