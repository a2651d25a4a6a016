/**
 * "Did you mean": the known word nearest to what was written. First the same word in another notation
 * (`memory_overhead`, `Memory-Overhead`), then the nearest by edit distance, then the one that ends with it
 * (`overhead`). Bounded: long words have no near ones.
 */

/** Field names end near 45 characters, Spark's keys near 120; longer words are not typing mistakes of these. */
const MAX_WORD_LENGTH = 128
/** Shorter ends of words are chance. */
const MIN_END_LENGTH = 5

/** The word of `words` nearest to `word`, if near enough to be a slip: a third of its letters, at least two; notation is free. */
export function closestWord(word: string, words: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined
  const wanted = plainWord(word)
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1
  let end: string | undefined
  for (const candidate of words) {
    if (candidate.length > MAX_WORD_LENGTH) continue
    const plain = plainWord(candidate)
    if (plain === wanted) return candidate
    if (wanted.length >= MIN_END_LENGTH && plain.endsWith(wanted)) end ??= candidate
    if (Math.abs(plain.length - wanted.length) >= bestDistance) continue
    const distance = editDistance(wanted, plain)
    if (distance < bestDistance && distance < plain.length) {
      best = candidate
      bestDistance = distance
    }
  }
  return best ?? end
}

/** A word without its notation: `memory_overhead`, `memory-overhead` and `memoryOverhead` are one. */
export function plainWord(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '')
}

/** Levenshtein's distance, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const swap = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
