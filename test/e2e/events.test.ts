/**
 * Every sample event in events/ through the real handlers on the embedded stack: good ones end as they should, invalid ones
 * get the answer that their name promises, create nothing and are not retried for ever.
 */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  E2E_TEST_MILLISECONDS,
  eventually,
  readEvent,
  startTestStack,
  testPlatform,
} from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'
import { CASES } from './event-cases.ts'

const SCHEDULES = {
  'nightly-pi': { team: 'payments', expression: 'at(2099-01-01T03:00:00)', spec: readEvent('specs/spark-pi.yaml') },
}

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

let stack: TestStack
const invocations: string[] = []
beforeAll(async () => {
  stack = await startTestStack({
    platform: testPlatform({}, SCHEDULES),
    onInvocation: ({ functionName, outcome }) => invocations.push(`${functionName} ${outcome}`),
  })
})
afterAll(() => stack.close())

it('has a case for every file in events/, and for no other', () => {
  const folder = new URL('../../events/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const paths = files.map(entry => `${entry.parentPath.split('/events/')[1] ?? ''}/${entry.name}`.replace('//', '/'))
  expect(paths.toSorted((a, b) => a.localeCompare(b))).toEqual(
    Object.keys(CASES).toSorted((a, b) => a.localeCompare(b)),
  )
})

describe.concurrent('a sample event', () => {
  for (const [file, { promise, check }] of Object.entries(CASES)) {
    it(`${file} ${promise}`, async () => {
      await expect(check(stack, readEvent(file))).resolves.toBeUndefined()
    })
  }
})

describe('after all of them', () => {
  it('created nothing for what was invalid: every object belongs to an attempt of a job, once', async () => {
    await eventually(async () => {
      const jobs = await stack.jobs()
      const attempts = jobs.flatMap(job => job.attempts.map(attempt => attempt.objectName))
      const created = stack.creates().filter(entry => entry.responseStatus.code === 201)
      expect(created).toHaveLength(attempts.length)
      expect(new Set(created.map(entry => entry.objectRef?.name))).toEqual(new Set(attempts))
    })
    expect(await stack.jobs('risk')).toEqual([])
  })
  it('left nothing that is tried again: the queues come to rest', async () => {
    await eventually(async () => {
      const counts = await Promise.all((['intake', 'observe', 'reconcile'] as const).map(name => stack.count(name)))
      // Delayed looks at jobs that are over may still be on their way; they change nothing.
      expect(counts.slice(0, 2)).toEqual([0, 0])
      expect(stack.lambda.pendingInvocations()).toBe(0)
    })
  })
  it('left for a person what a person must see, and nothing else', async () => {
    const counts = {
      'intake-dead': await stack.count('intake-dead'),
      'events-dead': await stack.count('events-dead'),
      'reconcile-dead': await stack.count('reconcile-dead'),
      'observe-dead': await stack.count('observe-dead'),
    }
    expect(counts).toEqual({ 'intake-dead': 1, 'events-dead': 1, 'reconcile-dead': 0, 'observe-dead': 0 })
  })
  it('failed in no function but for the event of another shape, three times', () => {
    const failed = invocations.filter(each => !each.endsWith(' succeeded'))
    expect(failed).toEqual(Array.from({ length: 3 }, () => 'schedule-fired failed'))
  })
})
