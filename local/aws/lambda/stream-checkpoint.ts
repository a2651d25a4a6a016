/** Where a stream source continues after a restart: one small file, replaced atomically. */
import { readFile, rename, writeFile } from 'node:fs/promises'

/** The last record that needs nothing any more. */
export interface StreamCheckpoint {
  readonly streamArn: string
  readonly shardId: string
  readonly sequenceNumber: string
}

/** The checkpoint in the file; undefined when there is no file yet. Rejects when the file holds something else. */
export async function readCheckpoint(file: string): Promise<StreamCheckpoint | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { streamArn, shardId, sequenceNumber } = JSON.parse(text) as Partial<StreamCheckpoint>
  if (!streamArn || !shardId || !sequenceNumber)
    throw new Error(`${file} is not a stream checkpoint; delete it to start over.`)
  return { streamArn, shardId, sequenceNumber }
}

/** Replaces the checkpoint: a reader sees the old one or the new one, never a part. */
export async function writeCheckpoint(file: string, checkpoint: StreamCheckpoint): Promise<void> {
  const temporary = `${file}.new`
  await writeFile(temporary, `${JSON.stringify(checkpoint)}\n`, { flush: true })
  await rename(temporary, file)
}
