/**
 * The journal of the object store: a JSON line a change, so that everything is there again after a restart or kill -9.
 */
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'

/** More lines than things to keep by this many, and the journal is rewritten. */
const MAX_SLACK_LINES = 20_000

export class ObjectJournal {
  readonly #path: string
  #file: number | undefined
  #lines = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Lines of an earlier run. A last line that a crash cut is left out: its writer had not got an answer. */
  read(): unknown[] {
    if (!existsSync(this.#path)) return []
    return readFileSync(this.#path, 'utf8').split('\n').flatMap(parseLine)
  }

  /** Starts the file anew with these lines. */
  rewrite(lines: readonly object[]): void {
    this.close()
    const text = lines.map(line => `${JSON.stringify(line)}\n`).join('')
    writeFileSync(`${this.#path}.new`, text, { mode: 0o600 })
    renameSync(`${this.#path}.new`, this.#path)
    this.#file = openSync(this.#path, 'a', 0o600)
    this.#lines = lines.length
  }

  /** In the kernel when it returns, which is enough against kill -9 (not against loss of power). */
  append(line: object): void {
    if (this.#file === undefined) return
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#lines += 1
  }

  /** Has it grown much longer than the `kept` things that it describes? */
  isLong(kept: number): boolean {
    return this.#lines > kept + MAX_SLACK_LINES
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

function parseLine(line: string): unknown[] {
  try {
    return [JSON.parse(line) as unknown]
  } catch {
    return []
  }
}
