/**
 * Container logs: one file a pod, each line with the time at which it was written, as a container runtime keeps them.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface LogQuery {
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly sinceSeconds?: number
  readonly sinceTime?: string
  readonly timestamps?: boolean
}

/** A pod's log stops growing here; a real kubelet rotates at 10 MiB. */
const MAX_LOG_BYTES = 10 * 1024 * 1024

export class PodLogs {
  readonly #folder: string
  readonly #bytes = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  /** Appends whole lines (without line ends). */
  append(podUid: string, lines: readonly string[], now: Date): void {
    const bytes = this.#bytes.get(podUid) ?? 0
    if (lines.length === 0 || bytes > MAX_LOG_BYTES) return
    const stamp = `${now.toISOString().slice(0, -1)}000000Z`
    const text = lines.map(line => `${stamp} ${line}\n`).join('')
    appendFileSync(this.#path(podUid), text, { mode: 0o600 })
    this.#bytes.set(podUid, bytes + text.length)
  }

  /** The log as the API serves it; empty where nothing was written. */
  read(podUid: string, query: LogQuery = {}): Buffer {
    const path = this.#path(podUid)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    let lines = text.split('\n').slice(0, -1)
    const since = sinceOf(query)
    if (since !== undefined) lines = lines.filter(line => line.slice(0, line.indexOf(' ')) >= since)
    if (query.tailLines !== undefined) lines = query.tailLines === 0 ? [] : lines.slice(-query.tailLines)
    if (query.timestamps !== true) lines = lines.map(line => line.slice(line.indexOf(' ') + 1))
    const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
    return query.limitBytes === undefined ? bytes : bytes.subarray(0, query.limitBytes)
  }

  remove(podUid: string): void {
    this.#bytes.delete(podUid)
    rmSync(this.#path(podUid), { force: true })
  }

  #path(podUid: string): string {
    return join(this.#folder, `${podUid}.log`)
  }
}

/** ISO times of one zone compare as text. */
function sinceOf(query: LogQuery): string | undefined {
  if (query.sinceTime !== undefined) return new Date(query.sinceTime).toISOString().slice(0, -1)
  if (query.sinceSeconds === undefined) return undefined
  return new Date(Date.now() - query.sinceSeconds * 1000).toISOString().slice(0, -1)
}
