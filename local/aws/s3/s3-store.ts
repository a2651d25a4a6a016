/**
 * Objects and their versions. Versioning is always on: a put adds a version, a delete adds a delete marker, and nothing
 * is lost until a version is deleted by its id. Everything here is synchronous, so a condition and the write it guards
 * cannot be torn apart by another request.
 */
import { randomBytes } from 'node:crypto'
import type { Checksum } from './s3-checksums.ts'
import type { S3Database } from './s3-database.ts'

export interface ObjectVersion {
  /** Rises with every write of any key. */
  readonly sequence: number
  readonly bucket: string
  readonly key: string
  readonly versionId: string
  readonly isLatest: boolean
  readonly isDeleteMarker: boolean
  /** Bytes. */
  readonly size: number
  /** Without quotes; empty for a delete marker. */
  readonly eTag: string
  readonly lastModifiedMs: number
  /** Content-Type, x-amz-meta-* and the other headers that are kept with an object, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly checksum: Checksum | undefined
}

export interface NewObject {
  readonly bucket: string
  readonly key: string
  readonly body: Buffer
  readonly eTag: string
  readonly headers: Readonly<Record<string, string>>
  readonly checksum: Checksum | undefined
}

/** A place in a listing: after `key`, or after one version of it when `sequence` is given. */
export interface ListCursor {
  readonly key: string
  readonly sequence?: number
}

export interface S3Store {
  /** Adds a version. Call inside a transaction, with the notification about it. */
  put(object: NewObject): ObjectVersion
  /** Adds a delete marker. Call inside a transaction. */
  putDeleteMarker(bucket: string, key: string): ObjectVersion
  /** Removes one version or marker for good; the newest of the others becomes the latest. Call inside a transaction. */
  deleteVersion(version: ObjectVersion): void
  /** The latest version, which may be a delete marker. */
  findLatest(bucket: string, key: string): ObjectVersion | undefined
  findVersion(bucket: string, key: string, versionId: string): ObjectVersion | undefined
  readBody(version: ObjectVersion): Buffer
  /** The first latest object (no marker) with `prefix` after the cursor, in the order of UTF-8 bytes. */
  nextObject(bucket: string, prefix: string, after: ListCursor): ObjectVersion | undefined
  /** As above over all versions and markers, newest first within a key. */
  nextVersion(bucket: string, prefix: string, after: ListCursor): ObjectVersion | undefined
}

/** Sorts after every key that starts with what stands before it. */
export const HIGHEST_CHARACTER = '\u{10FFFF}'

/** `now` answers milliseconds since 1970. */
export function createS3Store(database: S3Database, now: () => number): S3Store {
  const statements = prepareStatements(database)

  function insert(row: Omit<NewObject, 'body'> & { isDeleteMarker: boolean; size: number }): ObjectVersion {
    const version: ObjectVersion = {
      ...row,
      sequence: database.nextSequence(),
      versionId: randomBytes(24).toString('base64url'),
      isLatest: true,
      lastModifiedMs: now(),
    }
    statements.demote.run(row.bucket, row.key)
    statements.insertVersion.run(...toRow(version))
    return version
  }

  return {
    put({ body, ...object }) {
      const version = insert({ ...object, isDeleteMarker: false, size: body.length })
      statements.insertBody.run(version.sequence, body)
      return version
    },
    putDeleteMarker: (bucket, key) =>
      insert({ bucket, key, eTag: '', headers: {}, checksum: undefined, isDeleteMarker: true, size: 0 }),
    deleteVersion({ sequence, bucket, key }) {
      statements.deleteVersion.run(sequence)
      statements.deleteBody.run(sequence)
      statements.promote.run(bucket, key)
    },
    findLatest: (bucket, key) => fromRow(statements.findLatest.get(bucket, key)),
    findVersion: (bucket, key, versionId) => fromRow(statements.findVersion.get(bucket, key, versionId)),
    readBody({ sequence }) {
      const row = statements.readBody.get(sequence)
      if (row === undefined) throw new Error(`The body of version ${sequence} is missing`)
      return Buffer.from(row['body'] as Uint8Array)
    },
    nextObject: (bucket, prefix, { key }) =>
      fromRow(statements.nextObject.get(bucket, key, prefix, prefix + HIGHEST_CHARACTER)),
    nextVersion: (bucket, prefix, { key, sequence = 0 }) =>
      (key.startsWith(prefix) ? fromRow(statements.nextVersionOfKey.get(bucket, key, sequence)) : undefined) ??
      fromRow(statements.nextVersion.get(bucket, key, prefix, prefix + HIGHEST_CHARACTER)),
  }
}

type Statement = ReturnType<S3Database['sql']['prepare']>

function prepareStatements({ sql }: S3Database): Record<keyof typeof STATEMENTS, Statement> {
  const prepared = Object.entries(STATEMENTS).map(([name, text]) => [name, sql.prepare(text)])
  return Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, Statement>
}

const STATEMENTS = {
  insertVersion: 'INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  insertBody: 'INSERT INTO bodies VALUES (?, ?)',
  demote: 'UPDATE versions SET isLatest = 0 WHERE bucket = ? AND key = ? AND isLatest = 1',
  promote: `UPDATE versions SET isLatest = 1 WHERE sequence =
    (SELECT sequence FROM versions WHERE bucket = ? AND key = ? ORDER BY sequence DESC LIMIT 1)`,
  deleteVersion: 'DELETE FROM versions WHERE sequence = ?',
  deleteBody: 'DELETE FROM bodies WHERE sequence = ?',
  findLatest: 'SELECT * FROM versions WHERE bucket = ? AND key = ? ORDER BY sequence DESC LIMIT 1',
  findVersion: 'SELECT * FROM versions WHERE bucket = ? AND key = ? AND versionId = ?',
  readBody: 'SELECT body FROM bodies WHERE sequence = ?',
  nextObject: `SELECT * FROM versions WHERE isLatest = 1 AND isDeleteMarker = 0 AND bucket = ? AND key > ?
    AND key >= ? AND key < ? ORDER BY key LIMIT 1`,
  nextVersion: `SELECT * FROM versions WHERE bucket = ? AND key > ? AND key >= ? AND key < ?
    ORDER BY key, sequence DESC LIMIT 1`,
  nextVersionOfKey:
    'SELECT * FROM versions WHERE bucket = ? AND key = ? AND sequence < ? ORDER BY sequence DESC LIMIT 1',
} as const

function toRow(version: ObjectVersion): Array<string | number | null> {
  return [
    version.sequence,
    version.bucket,
    version.key,
    version.versionId,
    Number(version.isLatest),
    Number(version.isDeleteMarker),
    version.size,
    version.eTag,
    version.lastModifiedMs,
    JSON.stringify(version.headers),
    version.checksum === undefined ? null : JSON.stringify(version.checksum),
  ]
}

function fromRow(row: Record<string, unknown> | undefined): ObjectVersion | undefined {
  if (row === undefined) return undefined
  const { headers, checksum, isLatest, isDeleteMarker, ...rest } = row
  return {
    ...(rest as unknown as ObjectVersion),
    isLatest: isLatest === 1,
    isDeleteMarker: isDeleteMarker === 1,
    headers: JSON.parse(String(headers)) as Record<string, string>,
    checksum: typeof checksum === 'string' ? (JSON.parse(checksum) as Checksum) : undefined,
  }
}
