/** Times, tables and the progress line: what people see of long waits and many jobs. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { paint } from '../../cli/colour.ts'
import { startProgress } from '../../cli/progress-line.ts'
import { agoText, durationText, parseDuration, parseMoment } from '../../cli/relative-time.ts'
import { columnsOf } from '../../cli/terminal-text.ts'
import { renderTable } from '../../cli/text-table.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

describe('a duration', () => {
  it.each([
    [-5, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [192_000, '3m 12s'],
    [3_600_000, '1h'],
    [3_601_000, '1h'],
    [86_400_000 * 4 + 3 * 3_600_000 + 59_000, '4d 3h'],
  ])('of %d ms is %s', (milliseconds, text) => expect(durationText(milliseconds)).toBe(text))

  it.each([
    ['90s', 90_000],
    ['2h30m', 9_000_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('%s is read', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  it.each(['', '10', 'm', '1.5h', '-2h', '2h ago', '9999999d', '1w'])('%j is none', text =>
    expect(parseDuration(text)).toBeUndefined(),
  )
})

describe('a moment', () => {
  it.each([
    ['2026-11-21T11:59:59.500Z', 'now'],
    ['2026-11-21T11:56:48Z', '3m ago'],
    ['2026-11-17T11:00:00Z', '4d ago'],
    ['2026-11-21T14:00:00Z', 'in 2h'],
    ['soon', 'soon'],
    [undefined, ''],
  ])('%s is told as %j', (iso, text) => expect(agoText(iso, NOW)).toBe(text))

  it('is read as so long ago, or as a date', () => {
    expect(parseMoment('--since', '2h', NOW)).toBe('2026-11-21T10:00:00.000Z')
    expect(parseMoment('--since', '2026-11-01', NOW)).toBe('2026-11-01T00:00:00.000Z')
    expect(parseMoment('--since', '2026-11-01T08:00:00+01:00', NOW)).toBe('2026-11-01T07:00:00.000Z')
  })
  it.each(['yesterday', '1', '', '2026-13-01', 'May'])('%j is refused with what would do', text =>
    expect(() => parseMoment('--since', text, NOW)).toThrow('--since is a time ago (30m, 2h, 7d) or a date'),
  )
})

describe('a table', () => {
  const rows = [
    ['j1', 'a-name-of-some-length', 'x'],
    ['j2', '日本', { text: 'RUNNING', colour: 'blue' as const }],
  ]

  it('aligns its columns, wide characters too', () => {
    expect(renderTable(['JOB', 'NAME', 'STATE'], rows, 200)).toEqual([
      'JOB  NAME                   STATE',
      'j1   a-name-of-some-length  x',
      'j2   日本                   RUNNING',
    ])
  })
  it('is never wider than the terminal; the widest column gives way', () => {
    const lines = renderTable(['JOB', 'NAME', 'STATE'], rows, 25)
    expect(lines[1]).toBe('j1   a-name-of-…  x')
    expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(25)
  })
  it('stays readable on a terminal that is too narrow for it', () => {
    expect(renderTable(['A', 'B'], [['1234567890', '1234567890']], 3)[1]).toBe('1234567…  1234567…')
  })
  it('shows no control characters of strangers', () => {
    expect(renderTable(['A'], [['\u001b[31mred\u0007']], 80)[1]).toBe(String.raw`\u{1b}[31mred\u{7}`)
  })
  it('pads by what is seen when it has colours', () => {
    vi.stubEnv('FORCE_COLOR', '1')
    const [, line] = renderTable(['A', 'B'], [[{ text: 'ok', colour: 'green' }, 'end']], 80)
    expect(line).toBe('\u001b[32mok\u001b[39m  end')
  })
})

describe('colours', () => {
  const terminal = { isTTY: true } as typeof process.stdout
  it.each<[environment: Record<string, string>, stream: typeof process.stdout, coloured: boolean]>([
    [{ FORCE_COLOR: '', NO_COLOR: '', TERM: 'xterm' }, terminal, true],
    [{ FORCE_COLOR: '', NO_COLOR: '1', TERM: 'xterm' }, terminal, false],
    [{ FORCE_COLOR: '', NO_COLOR: '', TERM: 'dumb' }, terminal, false],
    [{ FORCE_COLOR: '', NO_COLOR: '', TERM: 'xterm' }, {} as typeof process.stdout, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '', TERM: 'xterm' }, {} as typeof process.stdout, true],
    [{ FORCE_COLOR: '0', NO_COLOR: '', TERM: 'xterm' }, terminal, false],
  ])('%j on %j: %j', (environment, stream, coloured) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    expect(paint('red', 'x', stream) !== 'x').toBe(coloured)
  })
})

describe('the progress line', () => {
  const started = (isTTY: boolean) => {
    vi.useFakeTimers({ now: NOW })
    let written = ''
    const write = (text: string | Uint8Array) => {
      written += String(text)
      return true
    }
    const progress = startProgress({ isTTY, columns: 30, write })
    return { progress, written: () => written, forget: () => void (written = '') }
  }

  it('is one line on a terminal, with the time that passes, cut to its width', () => {
    const { progress, written, forget } = started(true)
    progress.update('RUNNING')
    expect(written()).toBe('\r\u001b[2KRUNNING  0s')
    forget()
    vi.advanceTimersByTime(2_000)
    expect(written()).toBe('\r\u001b[2KRUNNING  1s\r\u001b[2KRUNNING  2s')
    forget()
    progress.update('RUNNING  with far too much to say for one line')
    expect(written()).toBe(`\r\u001b[2KRUNNING  with far too mu…  0s`)
    forget()
    progress.done()
    expect(written()).toBe('\r\u001b[2K')
    vi.advanceTimersByTime(5_000)
    expect(written()).toBe('\r\u001b[2K')
  })
  it('goes on counting while only its details change', () => {
    const { progress, written, forget } = started(true)
    progress.update('RUNNING  1/9', 'RUNNING')
    vi.advanceTimersByTime(3_000)
    forget()
    progress.update('RUNNING  2/9', 'RUNNING')
    expect(written()).toBe('\r\u001b[2KRUNNING  2/9  3s')
    forget()
    progress.update('SUCCEEDED', 'SUCCEEDED')
    expect(written()).toBe('\r\u001b[2KSUCCEEDED  0s')
    progress.done()
  })
  it('is a line for each change elsewhere, and one after a long silence', () => {
    const { progress, written, forget } = started(false)
    progress.update('QUEUED')
    progress.update('QUEUED')
    progress.update('RUNNING')
    expect(written()).toBe('2026-11-21T12:00:00.000Z  QUEUED\n2026-11-21T12:00:00.000Z  RUNNING\n')
    forget()
    vi.advanceTimersByTime(5 * 60_000)
    expect(written()).toBe('RUNNING  5m\n')
    progress.done()
  })
  it('makes room for lines that stay', () => {
    const { progress, written, forget } = started(true)
    progress.update('RUNNING')
    forget()
    progress.note('attempt 2')
    expect(written()).toBe('\r\u001b[2Kattempt 2\n\r\u001b[2KRUNNING  0s')
    progress.done()
  })
})
