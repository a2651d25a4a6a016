/** Bad input that takes some making: an object that may not be read, a YAML bomb, tokens that say something else. */
import { readFileSync } from 'node:fs'
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { importPKCS8, SignJWT } from 'jose'
import { KEYS, REGION } from '../../local/local-platform.ts'
import type { Stack } from '../../local/stack.ts'
import { S3SpecInbox } from '../../shared/adapters/s3-spec-inbox.ts'

/** The embedded S3 has no policies; the client of this inbox is refused one key as S3 refuses it, and reads the others. */
export function forbiddingInbox(endpoint: Promise<string>, unreadableKey: string): S3SpecInbox {
  const provide = async () => {
    const url = new URL(await endpoint)
    return { protocol: url.protocol, hostname: url.hostname, port: Number(url.port), path: '/' }
  }
  const client = new S3Client({ endpoint: provide, region: REGION, credentials: KEYS.people, forcePathStyle: true })
  client.middlewareStack.add(
    (next, context) => async args => {
      const { Key } = args.input as { Key?: string }
      if (Key === unreadableKey && context.commandName === 'GetObjectCommand')
        throw new S3ServiceException({
          name: 'AccessDenied',
          message: 'Access Denied',
          $fault: 'client',
          $metadata: {},
        })
      return next(args)
    },
    { step: 'initialize' },
  )
  return new S3SpecInbox(client)
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
