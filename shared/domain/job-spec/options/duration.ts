/** Durations as people write them. */

const UNIT_SECONDS = [86_400, 3_600, 60, 1] as const

/** `90`, `"90"`, `30s`, `20m`, `6h`, `1d`, `1h30m` → whole seconds; undefined for everything else. */
export function parseDurationSeconds(value: string | number | boolean | null): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  const parts = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(value)
  if (parts === null || value === '') return undefined
  return UNIT_SECONDS.reduce((sum, unit, index) => sum + unit * Number(parts[index + 1] ?? 0), 0)
}

/** The shortest text that means these seconds: 5400 → `1h30m`. */
export function formatDuration(seconds: number): string {
  const units = ['d', 'h', 'm', 's']
  let rest = seconds
  let text = ''
  for (const [index, unit] of UNIT_SECONDS.entries()) {
    const count = Math.floor(rest / unit)
    rest -= count * unit
    if (count > 0) text += `${count}${units[index] ?? ''}`
  }
  return text === '' ? '0s' : text
}
