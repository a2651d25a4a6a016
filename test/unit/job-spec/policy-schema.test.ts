import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openPolicy, strictPolicy } from '../../../shared/domain/job-spec/policy/built-in-policies.ts'
import { policyDocumentSchema, policySchema } from '../../../shared/domain/job-spec/policy/policy-schema.ts'
import { policyNamed, resolvePolicy } from '../../../shared/domain/job-spec/policy/resolve-policy.ts'
import { anyPolicy } from './policy-arbitrary.ts'

describe('the schema of policies', () => {
  test('takes the policies that ship', () => {
    expect(policySchema.parse(strictPolicy)).toEqual(strictPolicy)
    expect(policySchema.parse(openPolicy)).toEqual(openPolicy)
  })

  test('takes every policy of the other tests', () => {
    fc.assert(
      fc.property(anyPolicy, policy => {
        expect(policySchema.safeParse(policy).success).toBe(true)
      }),
    )
  })

  test.each([
    ['an unknown group', { extends: 'strict', volume: {} }],
    ['an unknown part', { extends: 'strict', volumes: { hostPath: ['/'] } }],
    ['a size that is none', { extends: 'strict', volumes: { emptyDir: '100GB' } }],
    ['a count below none', { extends: 'strict', limits: { executors: -1 } }],
    ['a pattern with a space', { extends: 'strict', images: { repositories: ['a b'] } }],
    ['a pattern of many stars', { extends: 'strict', images: { repositories: ['*a*a*a*a*a*a*a*a*'] } }],
    ['another word for a choice', { extends: 'strict', network: { host: 'all' } }],
    ['no policy to extend', { volumes: {} }],
  ])('refuses %s', (_, document) => {
    expect(policyDocumentSchema.safeParse(document).success).toBe(false)
  })
})

describe('a policy of the platform file', () => {
  const byName = {
    analytics: policyDocumentSchema.parse({ extends: 'strict', volumes: { hostPaths: ['/mnt/a/*'] } }),
    lab: policyDocumentSchema.parse({ extends: 'analytics', volumes: { nfs: ['x:/y'] }, limits: { executors: 9 } }),
    round: policyDocumentSchema.parse({ extends: 'trip' }),
    trip: policyDocumentSchema.parse({ extends: 'round' }),
    lost: policyDocumentSchema.parse({ extends: 'constructor' }),
  }

  test('is the one it extends, with the parts that it names replaced', () => {
    const lab = policyNamed('lab', byName)
    expect(lab.volumes).toEqual({ ...strictPolicy.volumes, hostPaths: ['/mnt/a/*'], nfs: ['x:/y'] })
    expect(lab.limits).toEqual({ ...strictPolicy.limits, executors: 9 })
    expect(lab.images).toEqual(strictPolicy.images)
    expect(policySchema.safeParse(lab).success).toBe(true)
  })

  test('may be written where it is used', () => {
    expect(resolvePolicy({ extends: 'open', gateway: { profiles: [] } }, {})).toEqual({
      ...openPolicy,
      gateway: { ...openPolicy.gateway, profiles: [] },
    })
  })

  test.each(['round', 'lost', 'unheard-of', 'toString'])('that leads nowhere is named: %s', name => {
    expect(() => policyNamed(name, byName)).toThrow(/policy "\w/)
  })
})
