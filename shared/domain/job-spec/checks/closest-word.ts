/**
 * "Did you mean": the known word nearest to what was written, by edit distance. Bounded: long words have no near ones.
 */

/** Field names end near 45 characters, Spark's keys near 120; longer words are not typing mistakes of these. */
const MAX_WORD_LENGTH = 128

/** The word of `words` nearest to `word`, if near enough to be a slip: a third of its letters, at least two; case is free. */
export function closestWord(word: string, words: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD_LENGTH) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of words) {
    if (candidate.length > MAX_WORD_LENGTH || Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
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
