/**
 * Text of strangers on a terminal: nothing of it may move the cursor, change colours, or show otherwise than it runs.
 */

/** Controls but tab, marks that turn the direction of text, invisible and lone characters; the same as in findings. */
const unsafe = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The text with what a terminal would obey written as `\u{1b}`; tabs stay. One line stays one line. */
export function showText(text: string): string {
  return text.replace(unsafe, character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** JSON on one line that is safe to show: JSON's own escapes leave DEL, C1 and bidirectional marks as they are. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, escapeUtf16)
}

/** `jsonLine` on many lines, for people. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escapeUtf16)}\n`
}

/** `\u202e`, in two halves above U+FFFF: an escape that JSON and the double quotes of YAML both know. */
export function escapeUtf16(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** True where `showText` would change the text, or it has tabs or more than one line. */
export function hasUnsafeCharacter(text: string): boolean {
  return text.search(unsafe) !== -1
}

/** East Asian wide forms and emoji: two columns. Combining marks: none. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const combining = /\p{M}/u

/** Columns that a shown text takes; tabs count as one. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += combining.test(character) ? 0 : wide.test(character) ? 2 : 1
  return columns
}

/** A text of at most this many columns, with `…` where it was cut. */
export function cutToColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let cut = ''
  let used = 0
  for (const character of text) {
    used += columnsOf(character)
    if (used > columns - 1) break
    cut += character
  }
  return `${cut}…`
}
