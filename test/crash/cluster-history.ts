/**
 * What the embedded cluster itself wrote down: the audit log (who asked for what) and the journal of its objects (what
 * was there, in order). The crash test judges by these and not by our table.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEntry } from '../../local/kubernetes/audit-log.ts'
import type { StoredObject } from '../../local/kubernetes/object-store.ts'

/** A line of the journal: an object as it became, or the key (`namespace/name`) of one that is gone. */
export interface JournalEntry {
  readonly plural?: string
  readonly put?: StoredObject
  readonly del?: string
}

export interface ClusterHistory {
  /** Forgets everything up to now. */
  mark(): void
  /** All entries since the last mark, oldest first. */
  read(): { readonly audit: readonly AuditEntry[]; readonly journal: readonly JournalEntry[] }
}

/** Of the embedded cluster that keeps its state in `dataDir`. */
export function openHistory(dataDir: string): ClusterHistory {
  const auditFile = tailOf<AuditEntry>(join(dataDir, 'audit.jsonl'))
  const journalFile = tailOf<JournalEntry>(join(dataDir, 'objects.jsonl'))
  let audit: AuditEntry[] = []
  let journal: JournalEntry[] = []
  return {
    mark() {
      auditFile()
      journalFile()
      audit = []
      journal = []
    },
    read() {
      audit = [...audit, ...auditFile()]
      journal = [...journal, ...journalFile()]
      return { audit, journal }
    },
  }
}

/** A function that answers the whole lines that were added to the file since its last call. */
export function tailOf<Line>(path: string): () => Line[] {
  let offset = 0
  let rest = ''
  return () => {
    if (!existsSync(path)) return []
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      // Rewritten from the start: a journal that was compacted.
      if (size < offset) offset = 0
      const bytes = Buffer.alloc(size - offset)
      readSync(file, bytes, 0, bytes.length, offset)
      offset = size
      const lines = (rest + bytes.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      return lines.filter(line => line !== '').map(line => JSON.parse(line) as Line)
    } finally {
      closeSync(file)
    }
  }
}
