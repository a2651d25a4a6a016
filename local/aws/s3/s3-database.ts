/**
 * The SQLite database under the embedded S3: objects, uploads in progress and notifications not delivered yet. One
 * database, so that an object and the notification about it are stored by one transaction or not at all.
 *
 * With a folder it is a file in WAL mode: what was acknowledged survives kill -9 (not a power cut, as nothing waits for
 * fsync). Without one it is in memory; the code is the same.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sequence (value INTEGER PRIMARY KEY AUTOINCREMENT);
  CREATE TABLE IF NOT EXISTS versions (
    sequence INTEGER PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, versionId TEXT NOT NULL,
    isLatest INTEGER NOT NULL, isDeleteMarker INTEGER NOT NULL, size INTEGER NOT NULL, eTag TEXT NOT NULL,
    lastModifiedMs INTEGER NOT NULL, headers TEXT NOT NULL, checksum TEXT
  );
  CREATE INDEX IF NOT EXISTS versionsByKey ON versions (bucket, key, sequence DESC);
  CREATE INDEX IF NOT EXISTS latestByKey ON versions (bucket, key) WHERE isLatest = 1 AND isDeleteMarker = 0;
  CREATE TABLE IF NOT EXISTS bodies (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS uploads (
    uploadId TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, headers TEXT NOT NULL, initiatedMs INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS parts (
    uploadId TEXT NOT NULL, number INTEGER NOT NULL, eTag TEXT NOT NULL, size INTEGER NOT NULL,
    lastModifiedMs INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (uploadId, number)
  );
  CREATE TABLE IF NOT EXISTS notifications (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
`

export interface S3Database {
  readonly sql: DatabaseSync
  /** Runs `work` in one transaction; an exception undoes it. Not to be nested. */
  transact<T>(work: () => T): T
  /** The next number of a sequence that only rises, also over restarts. Call inside a transaction. */
  nextSequence(): number
  close(): void
}

/** Opens, and creates if missing, the database in `dataDir`, or one in memory. */
export function openS3Database(dataDir: string | undefined): S3Database {
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true })
  const sql = new DatabaseSync(dataDir === undefined ? ':memory:' : join(dataDir, 's3.sqlite'))
  sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;')
  sql.exec(SCHEMA)
  const takeNumber = sql.prepare('INSERT INTO sequence DEFAULT VALUES')
  const forgetNumbers = sql.prepare('DELETE FROM sequence WHERE value < ?')
  return {
    sql,
    transact(work) {
      sql.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        sql.exec('COMMIT')
        return result
      } catch (error) {
        sql.exec('ROLLBACK')
        throw error
      }
    },
    nextSequence() {
      const value = Number(takeNumber.run().lastInsertRowid)
      forgetNumbers.run(value)
      return value
    },
    close: () => sql.close(),
  }
}
