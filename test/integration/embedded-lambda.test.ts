import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'aws-lambda'
import { afterEach, describe, expect, test } from 'vitest'
import { createLambdaRunner, FunctionError } from '../../local/aws/lambda/lambda-runner.ts'
import type { InvocationRecord, LambdaRunner, LambdaRunnerOptions } from '../../local/aws/lambda/lambda-runner.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

describe('a synchronous invocation', () => {
  test('passes event and answer through JSON and hands over a context of Lambda', async () => {
    const { runner } = makeRunner({ region: 'eu-central-1', accountId: '111122223333' })
    const contexts: Context[] = []
    runner.register({
      name: 'echo',
      timeoutSeconds: 3,
      handler: async (event: unknown, context: Context) => {
        contexts.push(context)
        return { event, dropped: undefined, at: new Date(0) }
      },
    })
    const event = { list: [1], dropped: undefined }
    expect(await runner.invoke('echo', event)).toEqual({ event: { list: [1] }, at: '1970-01-01T00:00:00.000Z' })
    const [context] = contexts
    expect(context?.functionName).toBe('echo')
    expect(context?.invokedFunctionArn).toBe('arn:aws:lambda:eu-central-1:111122223333:function:echo')
    expect(context?.awsRequestId).toMatch(/^[0-9a-f-]{36}$/)
    const remaining = context?.getRemainingTimeInMillis() ?? 0
    expect(remaining).toBeGreaterThan(0)
    expect(remaining).toBeLessThanOrEqual(3000)
  })

  test('reports an error with its type and message', async () => {
    const { runner, records } = makeRunner()
    runner.register({
      name: 'broken',
      timeoutSeconds: 3,
      handler: async () => {
        throw new RangeError('out of it')
      },
    })
    const error = await runner.invoke('broken', {}).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(FunctionError)
    expect(error).toMatchObject({ kind: 'failed', errorType: 'RangeError', message: 'out of it' })
    expect(records).toMatchObject([{ functionName: 'broken', outcome: 'failed', error: { errorType: 'RangeError' } }])
  })

  test('ends at the time limit although the handler goes on', async () => {
    const { runner } = makeRunner()
    runner.register({ name: 'slow', timeoutSeconds: 0.05, handler: () => new Promise(() => {}) })
    await expect(runner.invoke('slow', {})).rejects.toMatchObject({
      kind: 'timed-out',
      errorType: 'Sandbox.Timedout',
      message: expect.stringContaining('Task timed out after 0.05 seconds'),
    })
  })

  test('is refused above the reserved concurrency, and not before', async () => {
    const { runner } = makeRunner()
    const gate = Promise.withResolvers<string>()
    runner.register({ name: 'narrow', timeoutSeconds: 5, reservedConcurrency: 1, handler: () => gate.promise })
    const first = runner.invoke('narrow', {})
    await expect(runner.invoke('narrow', {})).rejects.toMatchObject({ kind: 'throttled' })
    gate.resolve('done')
    expect(await first).toBe('done')
    expect(await runner.invoke('narrow', {})).toBe('done')
  })

  test.each([
    ['a circular answer', circular(), 'Runtime.MarshalError'],
    ['a large answer', 'x'.repeat(7_000_000), 'Function.ResponseSizeTooLarge'],
  ])('fails for %s', async (_, value, errorType) => {
    const { runner } = makeRunner()
    runner.register({ name: 'odd', timeoutSeconds: 3, handler: async () => value })
    await expect(runner.invoke('odd', {})).rejects.toMatchObject({ errorType })
  })

  test('of an unknown function names those that exist', async () => {
    const { runner } = makeRunner()
    runner.register({ name: 'known', timeoutSeconds: 3, handler: async () => null })
    await expect(runner.invoke('unknown', {})).rejects.toThrow('Function not found: unknown. Registered: known.')
  })
})

describe('an asynchronous invocation', () => {
  test('is tried three times with the same request id and event', async () => {
    const { runner, problems } = makeRunner({ retryDelayScale: 0.0001 })
    const seen: { event: unknown; requestId: string }[] = []
    runner.register({
      name: 'worker',
      timeoutSeconds: 3,
      handler: async (event: unknown, context: Context) => {
        seen.push({ event, requestId: context.awsRequestId })
        throw new Error('no')
      },
    })
    const requestId = await runner.invokeAsync('worker', { n: 1 })
    await expect.poll(() => runner.pendingInvocations()).toBe(0)
    expect(seen).toEqual(Array.from({ length: 3 }, () => ({ event: { n: 1 }, requestId })))
    expect(problems).toEqual([expect.stringContaining('worker dropped event')])
  })

  test('stops being tried when it succeeds', async () => {
    const { runner, records, problems } = makeRunner({ retryDelayScale: 0.0001 })
    let calls = 0
    runner.register({
      name: 'worker',
      timeoutSeconds: 3,
      handler: async () => {
        calls += 1
        if (calls === 1) throw new Error('once')
      },
    })
    await runner.invokeAsync('worker', {})
    await expect.poll(() => runner.pendingInvocations()).toBe(0)
    expect(records.map(record => record.outcome)).toEqual(['failed', 'succeeded'])
    expect(problems).toEqual([])
  })

  test('that is throttled waits without using up its retries', async () => {
    const { runner, records } = makeRunner({ retryDelayScale: 0.001 })
    const gate = Promise.withResolvers<void>()
    runner.register({
      name: 'narrow',
      timeoutSeconds: 5,
      reservedConcurrency: 1,
      maximumRetryAttempts: 0,
      handler: () => gate.promise,
    })
    await runner.invokeAsync('narrow', { n: 1 })
    await runner.invokeAsync('narrow', { n: 2 })
    await expect.poll(() => records.filter(record => record.outcome === 'throttled').length).toBeGreaterThan(2)
    gate.resolve()
    await expect.poll(() => runner.pendingInvocations()).toBe(0)
    expect(records.filter(record => record.outcome === 'succeeded').length).toBe(2)
  })

  test('above one megabyte is refused', async () => {
    const { runner } = makeRunner()
    runner.register({ name: 'worker', timeoutSeconds: 3, handler: async () => null })
    await expect(runner.invokeAsync('worker', 'x'.repeat(1_100_000))).rejects.toThrow(RangeError)
    expect(runner.pendingInvocations()).toBe(0)
  })
})

describe('the journal of asynchronous invocations', () => {
  test('brings back what was accepted before the process was killed, and nothing that was done', async () => {
    const dataDir = await makeFolder()
    const before = makeRunner({ dataDir })
    before.runner.register({ name: 'quick', timeoutSeconds: 3, handler: async () => null })
    before.runner.register({ name: 'stuck', timeoutSeconds: 60, handler: () => new Promise(() => {}) })
    await before.runner.invokeAsync('quick', { n: 1 })
    const requestId = await before.runner.invokeAsync('stuck', { n: 2 })
    await expect.poll(() => before.runner.pendingInvocations()).toBe(1)
    // No stop: the first runner is left as a killed process would leave it, with its last line torn.
    const file = join(dataDir, 'async-invocations.jsonl')
    await expect.poll(() => readFile(file, 'utf8')).toContain('"settle"')
    await writeFile(file, '{"save":{"requestId":"torn', { flag: 'a' })

    const after = makeRunner({ dataDir })
    const seen: unknown[] = []
    const note = async (event: unknown, context: Context): Promise<void> => {
      seen.push({ event, requestId: context.awsRequestId })
    }
    after.runner.register({ name: 'quick', timeoutSeconds: 3, handler: note })
    after.runner.register({ name: 'stuck', timeoutSeconds: 3, handler: note })
    await expect.poll(() => after.runner.pendingInvocations()).toBe(0)
    expect(seen).toEqual([{ event: { n: 2 }, requestId }])
  })

  test('survives kill -9 of the process that accepted the event', async () => {
    const dataDir = await makeFolder()
    const runnerFile = join(import.meta.dirname, '../../local/aws/lambda/lambda-runner.ts')
    const script = `
      const { createLambdaRunner } = await import(${JSON.stringify(runnerFile)})
      const runner = createLambdaRunner({ dataDir: ${JSON.stringify(dataDir)} })
      runner.register({ name: 'worker', timeoutSeconds: 60, handler: () => new Promise(() => {}) })
      process.stdout.write(await runner.invokeAsync('worker', { n: 7 }))
    `
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [requestId] = (await once(child.stdout, 'data')) as [Buffer]
    child.kill('SIGKILL')
    await once(child, 'exit')

    const { runner } = makeRunner({ dataDir })
    const seen: unknown[] = []
    const handler = async (event: unknown, context: Context): Promise<void> =>
      void seen.push([event, context.awsRequestId])
    runner.register({ name: 'worker', timeoutSeconds: 3, handler })
    await expect.poll(() => seen).toEqual([[{ n: 7 }, String(requestId)]])
  })

  test('remembers how often an event has failed', async () => {
    const dataDir = await makeFolder()
    const fail = async (): Promise<never> => {
      throw new Error('no')
    }
    const before = makeRunner({ dataDir, retryDelayScale: 0.0001 })
    let calls = 0
    before.runner.register({
      name: 'worker',
      timeoutSeconds: 60,
      handler: () => {
        calls += 1
        return calls < 3 ? fail() : new Promise(() => {})
      },
    })
    await before.runner.invokeAsync('worker', {})
    await expect.poll(() => calls).toBe(3)

    const after = makeRunner({ dataDir, retryDelayScale: 0.0001 })
    after.runner.register({ name: 'worker', timeoutSeconds: 3, handler: fail })
    await expect.poll(() => after.runner.pendingInvocations()).toBe(0)
    expect(after.records.length).toBe(1)
    expect(after.problems).toEqual([expect.stringContaining('worker dropped event')])
  })

  test('has every event on disk that was accepted, however many at once', async () => {
    const dataDir = await makeFolder()
    const before = makeRunner({ dataDir })
    before.runner.register({
      name: 'stuck',
      timeoutSeconds: 60,
      reservedConcurrency: 0,
      handler: async () => null,
    })
    await Promise.all(Array.from({ length: 200 }, (_, n) => before.runner.invokeAsync('stuck', { n })))
    const text = await readFile(join(dataDir, 'async-invocations.jsonl'), 'utf8')
    expect(new Set(Array.from(text.matchAll(/"n":(\d+)/g), match => match[1])).size).toBe(200)
  })

  test('that something else has changed is refused with the line', async () => {
    const dataDir = await makeFolder()
    await writeFile(join(dataDir, 'async-invocations.jsonl'), 'not json\n')
    expect(() => createLambdaRunner({ dataDir })).toThrow('Line 1 of async-invocations.jsonl is not JSON')
  })
})

test('stopping waits for a running handler, but not for ever', async () => {
  const { runner } = makeRunner()
  const started = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  runner.register({
    name: 'worker',
    timeoutSeconds: 60,
    handler: () => {
      started.resolve()
      return gate.promise
    },
  })
  await runner.invokeAsync('worker', {})
  await started.promise
  expect(await runner.stop(20)).toBe('abandoned')
  gate.resolve()
  expect(await runner.stop()).toBe('stopped')
})

function makeRunner(options: LambdaRunnerOptions = {}): {
  runner: LambdaRunner
  records: InvocationRecord[]
  problems: string[]
} {
  const records: InvocationRecord[] = []
  const problems: string[] = []
  const runner = createLambdaRunner({
    onInvocation: record => records.push(record),
    onProblem: message => problems.push(message),
    ...options,
  })
  cleanups.push(() => runner.stop(0))
  return { runner, records, problems }
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-lambda-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function circular(): unknown {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}
