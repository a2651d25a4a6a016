/** Gateways that are older, busy, away for a moment, or hostile: what the command does, and what it never does. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runSparkgate } from './cli-process.ts'

describe('a gateway that is not as it should be', { timeout: 60_000 }, () => {
  let server: Server
  let answers: { status: number; body: string; headers?: Record<string, string> }[]
  let seen: { url: string; authorization: string | undefined }[]

  beforeEach(async () => {
    answers = []
    seen = []
    server = createServer((request, response) => {
      seen.push({ url: request.url ?? '', authorization: request.headers.authorization })
      const { status, body, headers = {} } = answers.shift() ?? { status: 404, body: '{"message":"Not Found"}' }
      request.resume().on('end', () => response.writeHead(status, headers).end(body))
    }).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
  })
  afterEach(() => new Promise(resolve => server.close(resolve)))
  const ask = (...args: string[]) =>
    runSparkgate([
      ...args,
      '--token',
      'secret-token',
      '--url',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod/`,
    ])

  it('keeps the path before /v1', async () => {
    answers = [{ status: 200, body: '{"jobs": []}' }]
    expect(await ask('list')).toMatchObject({ code: 0, err: 'No jobs yet.\n' })
    expect(seen).toEqual([{ url: '/prod/v1/jobs?limit=50', authorization: 'Bearer secret-token' }])
  })
  it('is asked again when it has no room just now, and no more than a few times', async () => {
    answers = [
      { status: 503, body: '' },
      { status: 429, body: '', headers: { 'retry-after': '1' } },
      { status: 200, body: '{"jobs": []}' },
    ]
    expect(await ask('list')).toMatchObject({ code: 0 })
    answers = Array.from({ length: 9 }, () => ({
      status: 429,
      body: '{"detail":"Slow down."}',
      headers: { 'retry-after': '60' },
    }))
    expect(await ask('list')).toMatchObject({ code: 1, err: expect.stringContaining('Slow down.') })
    expect(seen).toHaveLength(4)
  })
  it('that is older does not offer every command', async () => {
    expect(await ask('clusters')).toMatchObject({ code: 1, err: expect.stringContaining('does not offer `clusters`') })
    expect(await ask('logs', 'jx')).toMatchObject({ code: 1, err: expect.stringContaining('does not offer `logs`') })
  })
  it('that knows no dry runs has made a job, which is cancelled', async () => {
    const job = { id: 'jold', state: 'QUEUED', attempts: [] }
    answers = [
      { status: 202, body: JSON.stringify(job) },
      { status: 202, body: JSON.stringify(job) },
    ]
    const ran = await ask('submit', 'events/specs/spark-pi.yaml', '--dry-run')
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('jold was cancelled') })
    expect(seen.map(({ url }) => url)).toEqual(['/prod/v1/jobs?dryRun=render', '/prod/v1/jobs/jold/cancel'])
  })
  it('that has no log of a running job shows the job all the same, and with one its stage', async () => {
    const job = { id: 'j1', name: 'x', state: 'RUNNING', reason: 'RUNNING', message: '', attempt: 1, attempts: [] }
    const text = 'INFO TaskSetManager: Finished task 0.0 in stage 3.0 (TID 9) in 9 ms on h (executor 1) (14/20)'
    const found = { status: 200, body: JSON.stringify(job) }
    answers = [found]
    expect(await ask('get', 'j1')).toMatchObject({
      code: 0,
      out: expect.not.stringContaining('progress') as string,
      err: '',
    })
    answers = [found, { status: 503, body: '', headers: { 'retry-after': '5' } }]
    expect(await ask('get', 'j1')).toMatchObject({ code: 0, err: '' })
    answers = [found, { status: 200, body: JSON.stringify({ lines: [{ at: '', text }] }) }]
    expect((await ask('get', 'j1')).out).toMatch(/^ {2}progress +stage 3: 14\/20 tasks$/m)
    const log = '/prod/v1/jobs/j1/logs?role=driver&attempt=1&tail=200'
    const looks = ['/prod/v1/jobs/j1', log]
    expect(seen.map(({ url }) => url)).toEqual([...looks, ...looks, ...looks])
  })
  it('that goes away while a job runs is waited for', async () => {
    const job = { id: 'j1', name: 'x', state: 'RUNNING', reason: 'RUNNING', message: '', attempt: 1, attempts: [] }
    const { port } = server.address() as AddressInfo
    answers = [{ status: 202, body: JSON.stringify(job) }]
    let away: Promise<void> | undefined
    const words = [
      'submit',
      'events/specs/spark-pi.yaml',
      '--wait',
      '--token',
      't',
      '--url',
      `http://127.0.0.1:${port}`,
    ]
    const ran = await runSparkgate(words, {
      onOutput: (_, written) => {
        if (written.includes('RUNNING'))
          away ??= new Promise<void>(resolve => {
            server.close(() => resolve())
            server.closeAllConnections()
          })
        if (!written.includes('trying again') || server.listening) return
        answers = [{ status: 200, body: JSON.stringify({ ...job, state: 'SUCCEEDED' }) }]
        server.listen(port, '127.0.0.1')
      },
    })
    await away
    expect(ran).toMatchObject({ code: 0, err: expect.stringMatching(/nothing listens there.*the job goes on/) })
  })
  it('that sends elsewhere is not followed: the token would go there too', async () => {
    answers = Array.from({ length: 4 }, () => ({ status: 307, body: '', headers: { location: 'http://127.0.0.1:1/' } }))
    const ran = await ask('list')
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('redirect') })
  })
  it('cannot write to the terminal what it likes', async () => {
    const job = {
      id: 'j1',
      name: '\u001b[2Jgone',
      state: 'RUNNING',
      reason: 'RUNNING',
      message: 'a\u0007b',
      attempts: [],
    }
    answers = [{ status: 200, body: JSON.stringify(job) }]
    const { out } = await ask('get', 'j1')
    expect(out).toContain(String.raw`\u{1b}[2Jgone`)
    expect(out).toBe(stripVTControlCharacters(out))
    expect(out).toContain(String.raw`a\u{7}b`)
  })
})
