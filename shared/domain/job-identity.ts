/**
 * Deterministic names (rule 2): a repeated request gives the same job id, a repeated create the same object name, so that
 * no repetition can make a second one.
 */
import { createHash } from 'node:crypto'
import type { Trigger } from './job.ts'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
/** 24 characters of base32 are 120 bits: no collision in any number of jobs that we will see. */
const ID_CHARACTERS = 24

/**
 * `j` and 24 characters of base32(sha256(team, source, key)). The parts are length-prefixed, so that no two different
 * triples have the same text.
 */
export function jobIdFor(team: string, source: Trigger['kind'], idempotencyKey: string): string {
  const text = [team, source, idempotencyKey].map(part => `${Buffer.byteLength(part)}:${part}`).join(',')
  const digest = createHash('sha256').update(text).digest()
  let bits = 0n
  for (const byte of digest.subarray(0, 15)) bits = (bits << 8n) | BigInt(byte)
  let id = ''
  for (let index = 0; index < ID_CHARACTERS; index++) {
    id = (BASE32[Number(bits & 31n)] ?? '') + id
    bits >>= 5n
  }
  return `j${id}`
}

export const JOB_ID_PATTERN = /^j[a-z2-7]{24}$/

/** What makes a dropped object one request: its version, else its sequencer (unversioned buckets). */
export const inboxKey = (bucket: string, key: string, version: string): string => `${bucket}/${key}@${version}`

/** What makes a schedule's firing one request: never the scheduler's execution id, which is new for each try. */
export const scheduleKey = (schedule: string, scheduledTime: string): string => `${schedule}@${scheduledTime}`
