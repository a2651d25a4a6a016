/**
 * archiveEnded: keeps the records of jobs that ended, as JSON lines, long before they leave the table. Runs on the change
 * stream: a batch that was archived and comes again writes the same object.
 */
import type { Job } from '../domain/job.ts'
import { isTerminal } from '../domain/job-state.ts'
import { jobView } from '../domain/report.ts'
import type { JobArchive } from './ports.ts'

export interface Change {
  readonly before: Job | undefined
  readonly after: Job
}

/** `batch` names the changes: the stream's first sequence number. Answers how many were archived. */
export async function archiveEnded(archive: JobArchive, changes: readonly Change[], batch: string): Promise<number> {
  const ended = changes.filter(({ before, after }) => isTerminal(after.state) && before?.state !== after.state)
  const [first] = ended
  if (first === undefined) return 0
  const day = new Date(first.after.updatedAt).toISOString().slice(0, 10)
  await archive.write(
    `jobs/dt=${day}/${batch}.jsonl`,
    ended.map(({ after }) => jobView(after, after.updatedAt)),
  )
  return ended.length
}
