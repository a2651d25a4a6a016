/** Waits, looking ten times a second. */
import { setTimeout as wait } from 'node:timers/promises'

const POLL_MILLISECONDS = 100

/** Throws what `whatIs` says when it takes longer. */
export async function until(isTrue: () => boolean, milliseconds: number, whatIs: () => string): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`${whatIs()} after ${milliseconds} ms`)
    await wait(POLL_MILLISECONDS)
  }
}
