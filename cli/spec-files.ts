/** The FILEs of a command line → files to read: directories are walked, quoted patterns expanded, all in a stable order. */
import * as fs from 'node:fs'
import { readdirSync, realpathSync, statSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { closestWord } from '../shared/domain/job-spec/checks/closest-word.ts'

/** A file that could not be found or read, in words for people. */
export interface UnreadFile {
  readonly file: string
  readonly problem: string
}

/** More files than this are no set of specs, but the wrong directory. */
const MAX_FILES = 100_000
/** Directories inside each other; paths end at 4,096 characters anyway. */
const MAX_DEPTH = 64
const SKIPPED_DIRECTORIES: readonly string[] = ['node_modules', '.git']
const specName = /\.(?:ya?ml|json|spark-submit)$/i

/** Names of files (`-` is standard input) in the order of the operands; what leads to none is there with its problem. */
export function* findSpecFiles(operands: readonly string[]): Generator<string | UnreadFile> {
  let count = 0
  for (const operand of operands) {
    let found = 0
    for (const each of expand(operand)) {
      found += 1
      count += 1
      if (count > MAX_FILES) return yield { file: operand, problem: `more than ${MAX_FILES} files; name fewer` }
      yield each
    }
    if (found === 0)
      yield { file: operand, problem: 'no *.yaml, *.yml, *.json or *.spark-submit file in this directory' }
  }
}

function expand(operand: string): Iterable<string | UnreadFile> {
  if (operand === '-') return [operand]
  const stats = statSync(operand, { throwIfNoEntry: false })
  if (stats !== undefined) return stats.isDirectory() ? walk(operand, new Set(), 0) : [operand]
  return /[*?[{]/.test(operand) ? expandPattern(operand) : [{ file: operand, problem: missingProblem(operand) }]
}

/** Each directory once, whatever links lead to it. */
function* walk(directory: string, seen: Set<string>, depth: number): Generator<string | UnreadFile> {
  let entries: Dirent[]
  try {
    const place = realpathSync(directory)
    if (seen.has(place) || depth > MAX_DEPTH) return
    seen.add(place)
    entries = readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    return yield { file: directory, problem: problemOf(error) }
  }
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(directory, entry.name)
    const kind = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry
    // Kubernetes keeps the files of a mounted config map in `..data`, and links to each.
    const isSkipped = SKIPPED_DIRECTORIES.includes(entry.name) || entry.name.startsWith('..')
    if (kind?.isDirectory() === true) {
      if (!isSkipped) yield* walk(path, seen, depth + 1)
    } else if (specName.test(entry.name)) yield path
  }
}

function* expandPattern(pattern: string): Generator<string | UnreadFile> {
  const exclude = (path: string): boolean => SKIPPED_DIRECTORIES.includes(basename(path))
  // Node 22 has it; the packed tool also runs on 20.
  const { globSync } = fs as Partial<Pick<typeof fs, 'globSync'>>
  if (globSync === undefined) {
    yield { file: pattern, problem: `patterns need Node 22 (this is ${process.version}): leave out the quotes` }
    return
  }
  const files = globSync(pattern, { exclude }).filter(
    path => statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true,
  )
  if (files.length === 0) yield { file: pattern, problem: 'no file matches this pattern' }
  yield* files.toSorted()
}

function missingProblem(file: string): string {
  let names: readonly string[] = []
  try {
    names = readdirSync(dirname(file))
  } catch {
    // No such directory either: nothing to suggest.
  }
  const closest = closestWord(basename(file), names)
  return `no such file${closest === undefined ? '' : `; did you mean ${join(dirname(file), closest)}?`}`
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'it may not be read: permission denied',
  EPERM: 'it may not be read: permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
}

/** What the operating system said about a file, in words. */
export function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return PROBLEMS[code] ?? (error instanceof Error ? error.message : String(error))
}
