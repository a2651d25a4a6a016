/** Policies of every kind: each part strict, open or something of its own. */
import fc from 'fast-check'
import { openPolicy, strictPolicy } from '../../../shared/domain/job-spec/policy/built-in-policies.ts'
import type { Policy } from '../../../shared/domain/job-spec/policy/policy-schema.ts'

const ownPatterns = ['*', 'spark.*', 'spark.kubernetes.*', '/*', 's3a://*/*', 'metadata', 'spec', '*=*', '{a,b}*']

function anyPart(strict: unknown, open: unknown): fc.Arbitrary<unknown> {
  if (!Array.isArray(open) || open.length === 0) return fc.constantFrom(strict, open)
  return fc.oneof(fc.constantFrom(strict, open), fc.subarray(ownPatterns))
}

function anyGroup(strict: object, open: object): fc.Arbitrary<object> {
  const opened = open as Readonly<Record<string, unknown>>
  return fc.record(
    Object.fromEntries(Object.entries(strict).map(([part, value]) => [part, anyPart(value, opened[part])])),
  )
}

/** Any policy that the schema could let through. */
export const anyPolicy = fc.record(
  Object.fromEntries(
    Object.entries(strictPolicy).map(([group, parts]) => [group, anyGroup(parts, openPolicy[group as keyof Policy])]),
  ),
) as fc.Arbitrary<unknown> as fc.Arbitrary<Policy>
