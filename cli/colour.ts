/**
 * Colours only where somebody sees them: on a terminal, never with NO_COLOR, always with FORCE_COLOR. Node's own `styleText`
 * asks no stream before version 22, and the packed tool runs on 20.
 */

/** Where a text is written. */
export type TextStream = typeof process.stdout | typeof process.stderr

const CODES = { red: 31, green: 32, yellow: 33, blue: 34, cyan: 36, grey: 90, bold: 1 } as const

/** What `paint` knows. */
export type Colour = keyof typeof CODES

/** The text in a colour, if `stream` shows colours. */
export function paint(colour: Colour, text: string, stream: TextStream = process.stdout): string {
  const end = colour === 'bold' ? 22 : 39
  return showsColours(stream) ? `\u001b[${CODES[colour]}m${text}\u001b[${end}m` : text
}

function showsColours(stream: TextStream): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0'
  return stream.isTTY && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}
