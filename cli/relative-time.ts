/** Times for people: `3m 12s`, `2h ago`; and what people write for a moment: `2h`, `2026-11-01`. */
import { UsageError } from './arguments.ts'

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const

/** Milliseconds in the two largest units: `0s`, `3m 12s`, `4d 3h`. Less than nothing is nothing: clocks differ. */
export function durationText(milliseconds: number): string {
  let seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size)
    seconds -= count * size
    if (count > 0) parts.push(`${count}${unit}`)
    // Two units that stand beside each other; `1d 0h` is `1d`.
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.length === 0 ? '0s' : parts.join(' ')
}

/** How long ago an ISO time was, by its largest unit (`3m ago`, `in 2h`); what is no time stays as it is. */
export function agoText(iso: string | undefined, now: number): string {
  if (iso === undefined) return ''
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return iso
  const [largest = '0s'] = durationText(Math.abs(now - at)).split(' ')
  if (largest === '0s') return 'now'
  return at > now ? `in ${largest}` : `${largest} ago`
}

/** `90m`, `2h30m`, `3d` → milliseconds. Undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d{1,6}[dhms]){1,4}$/.test(text)) return undefined
  const sizes: Readonly<Record<string, number>> = Object.fromEntries(UNITS)
  const parts = [...text.matchAll(/(\d+)([dhms])/g)]
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (sizes[unit] ?? 0) * 1000, 0)
}

/** A moment as people give it, so long ago (`2h`) or a date, as ISO 8601 in UTC. Throws UsageError for anything else. */
export function parseMoment(option: string, text: string, now: number): string {
  const ago = parseDuration(text)
  const at = ago === undefined ? (/^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN) : now - ago
  if (Number.isNaN(at) || Math.abs(at) > 8.64e15)
    throw new UsageError(
      `${option} is a time ago (30m, 2h, 7d) or a date (2026-11-01, 2026-11-01T08:00:00Z), not ${text}`,
    )
  return new Date(at).toISOString()
}
