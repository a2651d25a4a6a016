/**
 * The one place where a finding's text is made safe to show and to log: short, one line, without credentials.
 */
import type { Finding } from './finding.ts'

/** Longest text of one part, in characters: 2 kB also where each takes two bytes. */
const MAX_TEXT_LENGTH = 1_000
/** Longest path; real fields end near 200. */
const MAX_PATH_LENGTH = 600

/** What a finding may be made from: absent parts may be `undefined`. */
type RawFinding = Omit<Finding, 'allowed' | 'suggestion'> & {
  readonly allowed?: string | undefined
  readonly suggestion?: string | undefined
}

/** A finding whose texts are cut, escaped and redacted. */
export function makeFinding(raw: RawFinding): Finding {
  const { allowed, suggestion, ...rest } = raw
  return {
    ...rest,
    path: safeText(raw.path, MAX_PATH_LENGTH),
    message: safeText(raw.message, MAX_TEXT_LENGTH),
    ...(allowed !== undefined && { allowed: safeText(allowed, MAX_TEXT_LENGTH) }),
    ...(suggestion !== undefined && { suggestion: safeText(suggestion, MAX_TEXT_LENGTH) }),
  }
}

/** Text as it may be shown: credentials replaced, control and invisible characters escaped, at most `maxLength` long. */
function safeText(text: string, maxLength: number): string {
  const redacted = redactCredentials(text.slice(0, maxLength * 2))
  const escaped = redacted.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escapeCharacter)
  return escaped.length > maxLength ? `${escaped.slice(0, maxLength - 1)}…` : escaped
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** Texts that are credentials by their form: AWS key ids, EKS tokens, bearer tokens, JWTs, signed URLs, private keys. */
const credentialForms: readonly RegExp[] = [
  /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}/g,
  /k8s-aws-v1\.[A-Za-z0-9_=-]+/g,
  /\b[Bb]earer\s+[A-Za-z0-9._~+/=-]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}[A-Za-z0-9._-]*/g,
  /X-Amz-(?:Signature|Credential|Security-Token)=[^&\s"']+/gi,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*/g,
  /\b(?:ghp|gho|ghs|xox[abp]|sk)[_-][A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9/+=])(?=[^0-9]{0,39}[0-9])(?=[^A-Z]{0,39}[A-Z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g,
]

function redactCredentials(text: string): string {
  return credentialForms.reduce((safe, form) => safe.replace(form, '[redacted]'), text)
}

/** True for text that is a credential by its form; it must not stand in a spec, which ends up in logs. */
export function looksLikeCredential(text: string): boolean {
  return credentialForms.slice(0, -1).some(form => text.search(form) !== -1)
}
