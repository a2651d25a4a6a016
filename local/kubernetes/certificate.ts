/**
 * The API server's certificate: self-signed and its own authority, for 127.0.0.1 only. Made anew at each start, or kept
 * in the data folder so that clients that know it go on working after a restart.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'

export interface Certificate {
  /** PEM. */
  readonly key: string
  readonly cert: string
}

const VALID_DAYS = 365
const DAY_MS = 86_400_000

/** With `dataDir` the pair is stored there, readable for its owner only. */
export async function loadOrMakeCertificate(dataDir?: string): Promise<Certificate> {
  const file = dataDir === undefined ? undefined : join(dataDir, 'tls.json')
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Certificate
  const pems = await generate([{ name: 'commonName', value: 'sparkgate-embedded-kubernetes' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  })
  const made = { key: pems.private, cert: pems.cert }
  if (file !== undefined) writeFileSync(file, JSON.stringify(made), { mode: 0o600 })
  return made
}
