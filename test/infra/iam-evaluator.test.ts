import { describe, expect, it } from 'vitest'
import { isAllowed, isLike, statementsOf } from './iam-evaluator.ts'

describe('the evaluator of policies', () => {
  const statements = statementsOf({
    Statement: [
      { Effect: 'Allow', Action: ['s3:Get*', 's3:PutObject'], Resource: 'arn:aws:s3:::inbox/*.json' },
      { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::inbox/secret/*' },
    ],
  })

  it('allows what one statement allows', () => {
    expect(isAllowed(statements, 's3:GetObjectVersion', 'arn:aws:s3:::inbox/a/b.json')).toBe(true)
  })

  it('refuses another action, another resource, and what is denied', () => {
    expect(isAllowed(statements, 's3:DeleteObject', 'arn:aws:s3:::inbox/a.json')).toBe(false)
    expect(isAllowed(statements, 's3:PutObject', 'arn:aws:s3:::inbox/a.yaml')).toBe(false)
    expect(isAllowed(statements, 's3:PutObject', 'arn:aws:s3:::inbox/secret/a.json')).toBe(false)
  })

  it('reads actions without case, and dots as dots', () => {
    expect(isAllowed(statements, 'S3:putobject', 'arn:aws:s3:::inbox/a.json')).toBe(true)
    expect(isLike('a.json', 'a?json')).toBe(true)
    expect(isLike('axjson', 'a.json')).toBe(false)
  })

  it('refuses to judge a statement that it does not understand', () => {
    expect(() => statementsOf({ Statement: { Effect: 'Allow', NotAction: 's3:*', Resource: '*' } })).toThrow(/Not/)
  })
})
