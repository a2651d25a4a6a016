/** Page tokens of job lists: where the table goes on, tied to the team that asked. */
import { BadPageTokenError } from '../operations/ports.ts'
import type { Item } from './dynamodb-job-item.ts'

/** Opaque to callers. */
export const pageToken = (key: Item): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** Our keys are a fraction of this; DynamoDB refuses empty ones and sort keys over 1,024 bytes. */
const MAX_KEY_LENGTH = 256

/** The start key in a token; it must be one of this team's, whatever the token says. */
export function readPageToken(token: string, team: string): Item {
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    throw new BadPageTokenError('this is not a page token')
  }
  const parts = ['pk', 'sk', 'teamKey', 'createdKey'].map(name => [name, textAt(key, name)] as const)
  const values = Object.fromEntries(parts)
  if (
    parts.some(([, text]) => text === undefined || text === '' || text.length > MAX_KEY_LENGTH) ||
    values['teamKey'] !== `TEAM#${team}` ||
    !values['pk']?.startsWith(`JOB#${team}#`)
  ) {
    throw new BadPageTokenError('this is not a page token of this list')
  }
  return Object.fromEntries(parts.map(([name, text]) => [name, { S: text ?? '' }]))
}

function textAt(key: unknown, name: string): string | undefined {
  const value = (key as Record<string, { S?: unknown } | undefined> | null)?.[name]?.S
  return typeof value === 'string' ? value : undefined
}
