/**
 * The text forms of Kubernetes: names, labels, quantities. Patterns are linear and anchored; length is checked first.
 */
import { looksLikeCredential } from '../findings/make-finding.ts'

/** DNS-1035 label: what the operator demands of an application's name (≤ 63 characters, starts with a letter). */
export function isDns1035(text: string): boolean {
  return text.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text)
}

/** DNS-1123 label: names of volumes, containers and namespaces. */
export function isDns1123(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)
}

/** DNS-1123 subdomain: names of most objects and the prefix of a label key. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isDns1123)
}

/** Key of a label, an annotation or a node selector: `[prefix/]name`. */
export function isQualifiedName(text: string): boolean {
  if (text.length > 317) return false
  const slash = text.indexOf('/')
  const name = text.slice(slash + 1)
  if (slash !== -1 && !isDnsSubdomain(text.slice(0, slash))) return false
  return name.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name)
}

/** Value of a label or a node selector: empty, or 63 characters of words. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(text)
}

/** Name of an environment variable as a shell can use it, with the dots and dashes that Kubernetes allows. */
export function isEnvironmentName(text: string): boolean {
  return text.length <= 253 && /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text)
}

/** A DNS-1035 name made from what was written, for a suggestion; undefined where nothing is left of it. */
export function suggestDns1035(text: string): string | undefined {
  if (looksLikeCredential(text)) return undefined
  const name = text
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return isDns1035(name) ? name : undefined
}

/** A DNS-1123 name made from what was written; undefined where nothing is left of it. */
export function suggestDns1123(text: string): string | undefined {
  if (looksLikeCredential(text)) return undefined
  const name = text
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return isDns1123(name) ? name : undefined
}

/** A label's value made from what was written; undefined where nothing is left of it. */
export function suggestLabelValue(text: string): string | undefined {
  if (looksLikeCredential(text)) return undefined
  const value = text
    .slice(0, 200)
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '')
  return value !== '' && isLabelValue(value) ? value : undefined
}

const quantityScale: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number a Kubernetes quantity stands for (`1200m` → 1.2, `1Gi` → 1073741824); undefined if it is none or negative. */
export function parseQuantity(text: string): number | undefined {
  if (text.length > 40) return undefined
  const match = /^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]{1,3})?$/.exec(text)
  if (match === null) return undefined
  const suffix = match[2] ?? ''
  const value = /^[eE]./.test(suffix)
    ? Number(`${match[1]}${suffix}`)
    : Number(match[1]) * (quantityScale[suffix] ?? NaN)
  return Number.isFinite(value) ? value : undefined
}

/** `10GB`, `10 gib` → `10Gi`: the binary quantity that was probably meant; undefined where nobody can know. */
export function suggestQuantity(text: string): string | undefined {
  const match = /^\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([kmgt])(?:i?b?)\s*$/i.exec(text.slice(0, 40))
  return match === null ? undefined : `${match[1]}${(match[2] ?? '').toUpperCase()}i`
}
