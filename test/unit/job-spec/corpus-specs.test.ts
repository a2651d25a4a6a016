import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { PolicyLevel, SpecVerdict } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { parseJobSpec } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { makeContext, rulesOf } from './spec-documents.ts'

/** Documents of real users, where they lie beside the checkout; without them the tests have nothing to look at. */
const folder = new URL('../../../../shared/corpus/', import.meta.url)
const files = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.yaml')) : []

function parseFile(name: string, policy: PolicyLevel): SpecVerdict {
  return parseJobSpec({ bytes: readFileSync(new URL(name, folder)) }, makeContext(policy))
}

/** Refusals of a trusted team's documents that are right: nobody can know what was meant, or it reaches the operator. */
const rightRefusals = new Set(['duplicate-key', 'unsupported-kind', 'policy-upload-path'])

describe("real users' documents", () => {
  test('pass under open, or are refused for a good reason', () => {
    const wrong = files.flatMap(name => rulesOf(parseFile(name, 'open')).filter(rule => !rightRefusals.has(rule)))
    expect(wrong).toEqual([])
  })

  test('are refused under strict only by the policy, with the way that is allowed', () => {
    const findings = files.flatMap(name => parseFile(name, 'strict').findings)
    const errors = findings.filter(({ severity, rule }) => severity === 'error' && !rightRefusals.has(rule))
    expect(errors.filter(({ rule, allowed }) => !rule.startsWith('policy-') || allowed === undefined)).toEqual([])
  })

  test('say where each finding is', () => {
    const findings = files.flatMap(name => parseFile(name, 'strict').findings)
    expect(findings.filter(({ line, column }) => line === undefined || column === undefined)).toEqual([])
  })
})
