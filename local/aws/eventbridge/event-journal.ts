/** The events an embedded bus has accepted: the newest in memory and, with a folder, in a file of JSON lines. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AcceptedEvent } from './put-events.ts'

/** Older ones are forgotten, at once in memory and at the next start in the file. */
const MAX_EVENTS = 10_000

export interface EventJournal {
  /** Oldest first. */
  list(): readonly AcceptedEvent[]
  /** On disk when it returns, as far as a kill -9 is concerned. */
  append(events: readonly AcceptedEvent[]): void
}

/** Opens the journal in `dataDir`, or one in memory. A last line that a kill cut short was never acknowledged and is dropped. */
export function openEventJournal(dataDir: string | undefined): EventJournal {
  if (dataDir === undefined) return keepNewest([], () => undefined)
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, 'events.jsonl')
  const events = existsSync(path) ? readEvents(path) : []
  writeFileSync(`${path}.new`, renderLines(events))
  renameSync(`${path}.new`, path)
  return keepNewest(events, added => appendFileSync(path, renderLines(added)))
}

function keepNewest(events: AcceptedEvent[], persist: (added: readonly AcceptedEvent[]) => void): EventJournal {
  return {
    list: () => events,
    append(added) {
      if (added.length === 0) return
      persist(added)
      events.push(...added)
      if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS)
    },
  }
}

function readEvents(path: string): AcceptedEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  // A whole file ends with a newline; anything behind the last one is a torn line.
  lines.pop()
  return lines.slice(-MAX_EVENTS).map(line => JSON.parse(line) as AcceptedEvent)
}

function renderLines(events: readonly AcceptedEvent[]): string {
  return events.map(event => `${JSON.stringify(event)}\n`).join('')
}
