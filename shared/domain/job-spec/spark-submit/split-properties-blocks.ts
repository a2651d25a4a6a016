/**
 * A pasted command line may bring its properties files along: below the command, a line `# properties-file: NAME` begins
 * the content of that file, up to the next such line or the end. To a shell the line is a comment.
 */

/** The content of one properties file. */
export interface PropertiesBlock {
  readonly name: string
  /** Offset of the line that begins the block. */
  readonly keyOffset: number
  /** Offsets of its content. */
  readonly start: number
  readonly end: number
}

/** More files than this go with no command. */
const MAX_BLOCKS = 20

/** Where the command ends, and the blocks after it. */
export function splitPropertiesBlocks(text: string): {
  readonly commandEnd: number
  readonly blocks: readonly PropertiesBlock[]
} {
  const heads: { readonly name: string; readonly keyOffset: number; readonly start: number }[] = []
  for (const found of text.matchAll(/^#[ \t]*properties-file:([^\n]*)$/gm)) {
    if (heads.length === MAX_BLOCKS) break
    heads.push({ name: found[1]?.trim() ?? '', keyOffset: found.index, start: found.index + found[0].length })
  }
  const blocks = heads.map((head, index) => ({ ...head, end: heads[index + 1]?.keyOffset ?? text.length }))
  return { commandEnd: blocks[0]?.keyOffset ?? text.length, blocks }
}

/** The block of a `--properties-file`: of the same name, or of the same last part of the path. */
export function findPropertiesBlock(blocks: readonly PropertiesBlock[], file: string): PropertiesBlock | undefined {
  return blocks.find(({ name }) => name === file) ?? blocks.find(({ name }) => lastPart(name) === lastPart(file))
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
