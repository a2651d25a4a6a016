/**
 * Page tokens as callers get them: the store's own token, sealed (AES-256-GCM) together with the caller, the team and the filters
 * that it belongs to. A token of somebody else, of another team, of another list, or one that was changed does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { JobQuery } from '../../shared/operations/ports.ts'
import type { PageTokenKeys } from '../../shared/operations/api-ports.ts'
import { HttpProblem } from '../../shared/runtime/http.ts'

/** 96 bits, as NIST SP 800-38D wants random ones: good for four thousand million tokens under one key. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** The store's tokens are a fifth of this. */
const MAX_TOKEN_LENGTH = 2_048

/** `principal`: who asks (`principalOf`). */
type List = Omit<JobQuery, 'next'> & { readonly principal: string }

export async function sealPageToken(keys: PageTokenKeys, list: List, token: string): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', await keys.get(), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(identityOf(list))
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')
}

/** The store's token; a 400 for everything that `sealPageToken` did not make for this list. */
export async function openPageToken(keys: PageTokenKeys, list: List, sealed: string): Promise<string> {
  const bytes = Buffer.from(sealed, 'base64url')
  const isOurForm =
    sealed.length <= MAX_TOKEN_LENGTH &&
    bytes.length > NONCE_BYTES + TAG_BYTES &&
    // Node forgives characters that are none of the alphabet, and bits behind the end: one token, one text.
    bytes.toString('base64url') === sealed
  if (!isOurForm) throw badToken()
  const cipher = createDecipheriv('aes-256-gcm', await keys.get(), bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  cipher.setAAD(identityOf(list))
  cipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), cipher.final()]).toString('utf8')
  } catch (error) {
    throw badToken(error)
  }
}

export const badToken = (cause?: unknown): HttpProblem =>
  new HttpProblem(
    'bad-request',
    'nextToken: this is not a page token of this list. Take it from the answer before, with the same filters, or leave it out.',
    { cause },
  )

/** Which list: the caller, the team and every filter, in one order; the size of a page may change on the way. */
function identityOf({ principal, team, state, name, label, cluster, trigger, since, until }: List): Buffer {
  const filters = [state, name, label?.name, label?.value, cluster, trigger, since, until]
  return Buffer.from(JSON.stringify([2, principal, team, ...filters]))
}

/** The key of a process that has no table: its tokens end with it. */
export function processKeys(): PageTokenKeys {
  const key = randomBytes(32)
  return { get: async () => key }
}
