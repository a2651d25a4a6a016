/** Tokens that must not open anything: forged, stolen from another use, or saying too much. */
import { createHmac, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Stack } from '../../local/stack.ts'

type Place = Pick<Stack, 'endpoints'>
type Part = Readonly<Record<string, unknown>>

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')

const now = (): number => Math.floor(Date.now() / 1000)

const goodClaims = ({ endpoints }: Place): Part => ({
  iss: endpoints.issuer,
  aud: 'sparkgate',
  sub: 'mallory',
  iat: now(),
  exp: now() + 600,
  'sparkgate:team': 'payments',
})

const goodHeader = ({ endpoints }: Place): Part => ({ alg: 'RS256', kid: endpoints.signingKeyId, typ: 'JWT' })

/** Signed with the right key, whatever it says; undefined takes a field away. */
function signed(place: Place, header: Part = {}, claims: Part = {}): string {
  const text = `${encode({ ...goodHeader(place), ...header })}.${encode({ ...goodClaims(place), ...claims })}`
  const key = readFileSync(place.endpoints.signingKeyFile, 'utf8')
  return `${text}.${signBytes('sha256', Buffer.from(text), key).toString('base64url')}`
}

const STRANGER = generateKeyPairSync('rsa', { modulusLength: 2048 })

function signedByStranger(place: Place, header: Part = {}): string {
  const text = `${encode({ ...goodHeader(place), ...header })}.${encode(goodClaims(place))}`
  return `${text}.${signBytes('sha256', Buffer.from(text), STRANGER.privateKey).toString('base64url')}`
}

function hmac(place: Place, secret: string | Buffer, header: Part = {}): string {
  const text = `${encode({ ...goodHeader(place), alg: 'HS256', ...header })}.${encode(goodClaims(place))}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const publicKey = ({ endpoints }: Place) => createPublicKey(readFileSync(endpoints.signingKeyFile, 'utf8'))
const publicPem = (place: Place): string => publicKey(place).export({ type: 'spki', format: 'pem' }).toString()
const parts = (token: string): string[] => token.split('.')

/** What it is, how it is made, and the status that it gets. */
export type TokenCase = readonly [string, (place: Place) => string, number]

const strangerJwk = STRANGER.publicKey.export({ format: 'jwk' })

/** Not signed by our issuer's key, or not in the one allowed way. */
export const FORGED: readonly TokenCase[] = [
  ['alg none without a signature', p => `${encode({ alg: 'none' })}.${encode(goodClaims(p))}.`, 401],
  ['alg None, written otherwise', p => `${encode({ alg: 'NoNe' })}.${encode(goodClaims(p))}.`, 401],
  ['alg none with a good signature', p => `${encode({ alg: 'none' })}.${parts(signed(p)).slice(1).join('.')}`, 401],
  ['no alg', p => `${encode({ kid: p.endpoints.signingKeyId })}.${parts(signed(p)).slice(1).join('.')}`, 401],
  ['alg as a list', p => signed(p, { alg: ['RS256'] }), 401],
  ['HS256 with the public key as its secret', p => hmac(p, publicPem(p)), 401],
  ['HS256 with the public key in DER', p => hmac(p, publicKey(p).export({ type: 'spki', format: 'der' })), 401],
  ['HS256 with the modulus as its secret', p => hmac(p, String(publicKey(p).export({ format: 'jwk' }).n)), 401],
  ['HS256 with the key id as its secret', p => hmac(p, p.endpoints.signingKeyId), 401],
  ['HS256 with an empty secret', p => hmac(p, ''), 401],
  ['HS512 named over an RSA signature', p => signed(p, { alg: 'HS512' }), 401],
  ['RS384 named over an RS256 signature', p => signed(p, { alg: 'RS384' }), 401],
  ['PS256 named over an RS256 signature', p => signed(p, { alg: 'PS256' }), 401],
  ['ES256', p => signed(p, { alg: 'ES256' }), 401],
  ['EdDSA', p => signed(p, { alg: 'EdDSA' }), 401],
  ['dir with encryption', p => signed(p, { alg: 'dir', enc: 'A256GCM' }), 401],
  ['another key under our key id', p => signedByStranger(p), 401],
  ['another key under another id', p => signedByStranger(p, { kid: 'theirs' }), 401],
  ['another key embedded as jwk', p => signedByStranger(p, { jwk: strangerJwk }), 401],
  ['another key embedded as jwk, no kid', p => signedByStranger(p, { jwk: strangerJwk, kid: undefined }), 401],
  ['another key behind jku', p => signedByStranger(p, { jku: 'http://127.0.0.1:9/keys.json' }), 401],
  ['another key behind x5u', p => signedByStranger(p, { x5u: 'http://127.0.0.1:9/cert.pem' }), 401],
  ['another key in x5c', p => signedByStranger(p, { x5c: ['MIIB'] }), 401],
  ['a key id that is a path', p => signed(p, { kid: '../../../../dev/null' }), 401],
  ['a key id that is SQL', p => signed(p, { kid: "x' UNION SELECT 'key" }), 401],
  ['a key id that is a command', p => signed(p, { kid: '|/bin/sleep 9' }), 401],
  ['a key id with a NUL', p => signed(p, { kid: `${p.endpoints.signingKeyId}\0` }), 401],
  ['a key id in a list', p => signed(p, { kid: [p.endpoints.signingKeyId] }), 401],
  ['no key id', p => signed(p, { kid: undefined }), 401],
  ['a critical extension', p => signed(p, { crit: ['exp'] }), 401],
  ['an unencoded payload (b64 false)', p => signed(p, { b64: false, crit: ['b64'] }), 401],
  ['a changed team', p => withClaims(signed(p), { ...goodClaims(p), 'sparkgate:team': 'risk' }), 401],
  [
    'the signature of another token',
    p => [...parts(signed(p)).slice(0, 2), parts(signed(p, {}, { sub: 'x' }))[2]].join('.'),
    401,
  ],
  ['a truncated signature', p => signed(p).slice(0, -20), 401],
  ['an empty signature', p => `${parts(signed(p)).slice(0, 2).join('.')}.`, 401],
  ['two parts', p => parts(signed(p)).slice(0, 2).join('.'), 401],
  ['five parts, as of an encrypted token', p => `${signed(p)}.x.y`, 401],
  ['claims that are no JSON', p => `${parts(signed(p))[0]}.bm9wZQ.${parts(signed(p))[2]}`, 401],
  ['a header twice in one', p => `${encode({ alg: 'RS256' })}${signed(p)}`, 401],
]

function withClaims(token: string, claims: Part): string {
  const [header, , signature] = parts(token)
  return [header, encode(claims), signature].join('.')
}

/** Well signed, and not for us, not now, or not what an API takes. */
export const MISPLACED: readonly TokenCase[] = [
  ['another issuer', p => signed(p, {}, { iss: 'https://evil.example' }), 401],
  ['our issuer with a slash more', p => signed(p, {}, { iss: `${p.endpoints.issuer}/` }), 401],
  ['our issuer in capitals', p => signed(p, {}, { iss: p.endpoints.issuer.toUpperCase() }), 401],
  ['our issuer with a longer name', p => signed(p, {}, { iss: `${p.endpoints.issuer}.evil.example` }), 401],
  ['no issuer', p => signed(p, {}, { iss: undefined }), 401],
  ['issuers in a list', p => signed(p, {}, { iss: [p.endpoints.issuer] }), 401],
  ['another audience', p => signed(p, {}, { aud: 'billing' }), 401],
  ['a longer audience', p => signed(p, {}, { aud: 'sparkgate-admin' }), 401],
  ['a shorter audience', p => signed(p, {}, { aud: 'spark' }), 401],
  ['no audience', p => signed(p, {}, { aud: undefined }), 401],
  ['an empty audience', p => signed(p, {}, { aud: '' }), 401],
  ['an audience that is an object', p => signed(p, {}, { aud: { sparkgate: 1 } }), 401],
  ['an expiry in the past', p => signed(p, {}, { exp: now() - 1 }), 401],
  ['an expiry long ago', p => signed(p, {}, { exp: 1 }), 401],
  ['a negative expiry', p => signed(p, {}, { exp: -1 }), 401],
  ['an expiry as text', p => signed(p, {}, { exp: String(now() + 600) }), 401],
  ['no expiry', p => signed(p, {}, { exp: undefined }), 401],
  ['a null expiry', p => signed(p, {}, { exp: null }), 401],
  ['a start in the future', p => signed(p, {}, { nbf: now() + 300 }), 401],
  ['a start as text', p => signed(p, {}, { nbf: 'now' }), 401],
  ['an issue time in the future', p => signed(p, {}, { iat: now() + 3600 }), 401],
  ['an ID token of Cognito', p => signed(p, {}, { token_use: 'id' }), 401],
  ['an ID token by its at_hash', p => signed(p, {}, { at_hash: 'x' }), 401],
  ['an ID token by its c_hash', p => signed(p, {}, { c_hash: 'x' }), 401],
  ['an ID token by its nonce', p => signed(p, {}, { nonce: 'x' }), 401],
  ['no team', p => signed(p, {}, { 'sparkgate:team': undefined }), 403],
  ['an empty team', p => signed(p, {}, { 'sparkgate:team': '' }), 403],
  ['a null team', p => signed(p, {}, { 'sparkgate:team': null }), 403],
  ['a list of our team', p => signed(p, {}, { 'sparkgate:team': ['payments'] }), 403],
  ['a list of two teams', p => signed(p, {}, { 'sparkgate:team': ['payments', 'risk'] }), 403],
  ['a list as API Gateway would print it', p => signed(p, {}, { 'sparkgate:team': '[payments risk]' }), 403],
  ['an object for a team', p => signed(p, {}, { 'sparkgate:team': { payments: true } }), 403],
  ['a team in capitals', p => signed(p, {}, { 'sparkgate:team': 'Payments' }), 403],
  ['a team with a blank', p => signed(p, {}, { 'sparkgate:team': 'payments ' }), 403],
  ['a longer team', p => signed(p, {}, { 'sparkgate:team': 'payments-evil' }), 403],
  ['a shorter team', p => signed(p, {}, { 'sparkgate:team': 'pay' }), 403],
  ['two teams with a comma', p => signed(p, {}, { 'sparkgate:team': 'payments,risk' }), 403],
  ['a team with a NUL behind it', p => signed(p, {}, { 'sparkgate:team': 'payments\0' }), 403],
  ['a team that looks alike', p => signed(p, {}, { 'sparkgate:team': 'pаyments' }), 403],
  ['a team with an invisible character', p => signed(p, {}, { 'sparkgate:team': 'pay\u200bments' }), 403],
  ['a star for a team', p => signed(p, {}, { 'sparkgate:team': '*' }), 403],
  ['a prototype for a team', p => signed(p, {}, { 'sparkgate:team': '__proto__' }), 403],
  ['a constructor for a team', p => signed(p, {}, { 'sparkgate:team': 'constructor' }), 403],
  ['the team under another claim', p => signed(p, {}, { 'sparkgate:team': undefined, team: 'payments' }), 403],
  [
    'the team in its groups only',
    p => signed(p, {}, { 'sparkgate:team': undefined, 'cognito:groups': ['payments'] }),
    403,
  ],
  ['a number for a team', p => signed(p, {}, { 'sparkgate:team': 1 }), 403],
]
