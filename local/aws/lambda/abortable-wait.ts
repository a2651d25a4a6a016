/** The one way in which a poller waits: a signal ends the wait early, without an error. */
import { setTimeout as delay } from 'node:timers/promises'

/** Resolves after `milliseconds` or as soon as the signal aborts, whichever is first. */
export async function waitUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
