/**
 * submitDroppedSpec: an object appeared in the inbox. Its identity is its version, its team is its prefix's; whatever is
 * wrong with it ends as a report beside it, never as a retry.
 */
import { createHash } from 'node:crypto'
import { teamOfInboxKey } from '../domain/identity.ts'
import type { Finding } from '../domain/job-spec/findings/finding.ts'
import { inboxKey } from '../domain/job-identity.ts'
import { isReportKey, refusalReport } from '../domain/report.ts'
import type { SpecInbox } from './ports.ts'
import { submitJob } from './submit-job.ts'
import type { SpecContent, SubmitDeps, Submitted } from './submit-job.ts'

export interface DroppedObject {
  readonly bucket: string
  /** Decoded. */
  readonly key: string
  /** versionId; where the bucket has no versions, the event's sequencer. */
  readonly version: string
  /** Whether `version` can be read as a version. */
  readonly versioned: boolean
  /** As the event says; absent when it does not. */
  readonly size?: number
  /** Who put it there, for the record only: its team is its prefix's. Absent when the event does not say. */
  readonly principal?: string
  readonly sourceIp?: string
}

export type Dropped =
  | Submitted
  /** Not a spec for us: another's bucket, a folder, one of our own reports, or deleted meanwhile. */
  | { readonly outcome: 'ignored'; readonly why: string }

export async function submitDroppedSpec(
  deps: SubmitDeps & { readonly inbox: SpecInbox },
  dropped: DroppedObject,
): Promise<Dropped> {
  const { bucket, key, version } = dropped
  if (!deps.platform.inboxBuckets.includes(bucket))
    return { outcome: 'ignored', why: `bucket ${bucket} is not an inbox` }
  if (key.endsWith('/')) return { outcome: 'ignored', why: 'a folder' }
  if (isReportKey(key)) return { outcome: 'ignored', why: 'a report of ours' }
  const team = teamOfInboxKey(deps.platform, key)
  if (team === undefined) {
    const findings = [
      problem(
        'unknown-prefix',
        `No team owns the prefix of ${key}, so nobody's job it is.`,
        'a key under a prefix of the platform file (teams.*.inboxPrefixes)',
      ),
    ]
    await deps.inbox.writeReport(
      { bucket, key: `${key}.rejected.json` },
      refusalReport({ bucket, key, version }, findings),
    )
    return { outcome: 'refused', findings }
  }
  const content = await readContent(deps.inbox, dropped, deps.platform.maxSpecBytes)
  if (content === undefined) return { outcome: 'ignored', why: 'deleted before it was read' }
  return submitJob(deps, {
    team,
    trigger: { kind: 's3', bucket, key, version },
    idempotencyKey: inboxKey(bucket, key, version),
    content,
  })
}

async function readContent(
  inbox: SpecInbox,
  dropped: DroppedObject,
  maxSpecBytes: number,
): Promise<SpecContent | undefined> {
  const { bucket, key } = dropped
  const read = await inbox.read({ bucket, key, version: dropped.versioned ? dropped.version : '' }, maxSpecBytes)
  switch (read.outcome) {
    case 'read':
      return { kind: 'text', bytes: read.bytes }
    case 'missing':
      return undefined
    case 'too-large':
      return unreadable(
        dropped,
        problem(
          'too-large',
          `The object has ${read.size} bytes; a spec has at most ${maxSpecBytes}.`,
          `at most ${maxSpecBytes} bytes`,
        ),
      )
    case 'unreadable':
      return unreadable(
        dropped,
        problem(
          'unreadable-object',
          `The gateway may not read this object: ${read.message}`,
          'an object in the standard storage class that the bucket owner owns',
        ),
      )
  }
}

const unreadable = (dropped: DroppedObject, finding: Finding): SpecContent => ({
  kind: 'unreadable',
  identity: createHash('sha256')
    .update(inboxKey(dropped.bucket, dropped.key, dropped.version))
    .digest('hex'),
  findings: [finding],
})

const problem = (rule: string, message: string, allowed: string): Finding => ({
  severity: 'error',
  rule,
  path: '$',
  message,
  allowed,
})
