/** Bad input that takes some making: an object that may not be read, a YAML bomb, tokens that say something else. */
import { readFileSync } from 'node:fs'
import { importPKCS8, SignJWT } from 'jose'
import { KEYS, REGION } from '../../local/local-platform.ts'
import type { Stack } from '../../local/stack.ts'
import { S3Inbox } from '../../shared/adapters/s3-inbox.ts'
import type { SpecInbox } from '../../shared/operations/ports.ts'

/** The embedded S3 has no policies; this inbox is refused one key as S3 refuses it, and reads the others. */
export function forbiddingInbox(endpoint: Promise<string>, unreadableKey: string): SpecInbox {
  const inbox = endpoint.then(
    url =>
      new S3Inbox({
        endpoint: url,
        region: async () => REGION,
        credentials: async () => KEYS.people,
        random: { next: () => Math.random() },
      }),
  )
  return {
    async read(at, maxBytes) {
      if (at.key === unreadableKey) return { outcome: 'unreadable', message: 'AccessDenied: Access Denied' }
      return (await inbox).read(at, maxBytes)
    },
    async writeReport(at, report) {
      await (await inbox).writeReport(at, report)
    },
  }
}

/** Nine levels of nine references each: 400 million values if anybody follows them. */
export function yamlBomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const inner = level === 0 ? '"x"' : `*l${level - 1}`
    return `l${level}: &l${level} [${Array.from({ length: 9 }, () => inner).join(', ')}]`
  })
  return levels.join('\n')
}

/** A token signed with the right key that says something else. */
export async function mintToken(stack: Pick<Stack, 'endpoints'>, claims: Record<string, unknown>): Promise<string> {
  const { signingKeyFile, signingKeyId, issuer } = stack.endpoints
  const now = Math.floor(Date.now() / 1000)
  const good = { iss: issuer, aud: 'sparkgate', sub: 'eve', iat: now, exp: now + 600, 'sparkgate:team': 'payments' }
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: signingKeyId })
    .sign(await importPKCS8(readFileSync(signingKeyFile, 'utf8'), 'RS256'))
}
