/**
 * The write lock of one embedded database: one writer at a time, in the order they came. Readers take it only where they
 * need several items from one moment (TransactGetItems).
 */

/** Runs `work` alone; its outcome is the caller's, and a failure does not stop those behind it. */
export type WriteLock = <T>(work: () => Promise<T>) => Promise<T>

/** A fresh lock that nobody holds. */
export function createWriteLock(): WriteLock {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
