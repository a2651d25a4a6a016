/** Bounded polling for a condition of the real world. */
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MILLISECONDS = 250

/** The first answer of `look` that is not undefined; throws after so many seconds, with what `orSay` knows. */
export async function waitFor<Value>(
  what: string,
  seconds: number,
  look: () => Promise<Value | undefined>,
  orSay: () => string = () => '',
): Promise<Value> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await pause(POLL_MILLISECONDS)
  }
  throw new Error(`waited ${seconds} s for ${what}${orSay()}`)
}
