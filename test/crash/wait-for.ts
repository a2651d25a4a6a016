/** Bounded polling for a condition. */
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MILLISECONDS = 200
/** The slowest recovery (a dead observation chain, a second sweep) takes about 10 s on an idle machine. */
const MAX_WAIT_MILLISECONDS = 90_000

/** The first answer of `look` that is not undefined; throws after MAX_WAIT_MILLISECONDS, with what `orSay` knows. */
export async function waitFor<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
  orSay: () => string = () => '',
): Promise<Value> {
  const end = Date.now() + MAX_WAIT_MILLISECONDS
  while (Date.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await pause(POLL_MILLISECONDS)
  }
  throw new Error(`waited ${MAX_WAIT_MILLISECONDS / 1000} s for ${what}${orSay()}`)
}
