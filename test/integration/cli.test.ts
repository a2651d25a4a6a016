/** The commands that speak to a gateway, as people and scripts use them: as a process, against the embedded stack. */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultPlatform } from '../../local/local-platform.ts'
import { startStack } from '../../local/stack.ts'
import type { Stack } from '../../local/stack.ts'
import { silentLog } from '../support/silent-log.ts'

let stack: Stack
let environment: Record<string, string>

beforeAll(async () => {
  stack = await startStack({ platform: defaultPlatform(), speed: 40, spark: 'off', log: silentLog })
  environment = { SPARKGATE_URL: stack.apiUrl, SPARKGATE_TOKEN: await stack.token('payments') }
})
afterAll(() => stack.close())

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function sparkgate(args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}): Promise<Ran> {
  return new Promise(resolve => {
    const env = { ...process.env, NO_COLOR: '1', ...environment, ...more.env }
    const child = spawn(process.execPath, ['cli/sparkgate.ts', ...args], { env })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', code => resolve({ code, out, err }))
    child.stdin.end(more.input ?? '')
  })
}

describe('sparkgate', () => {
  it('submits, waits, and tells the outcome by its exit code', async () => {
    const done = await sparkgate(['submit', 'events/specs/spark-pi.yaml', '--wait', '--output', 'json'])
    expect(done.code).toBe(0)
    expect(JSON.parse(done.out)).toMatchObject({ state: 'SUCCEEDED', name: 'spark-pi' })
    const spec = readFileSync('events/specs/out-of-memory.yaml', 'utf8')
      .replace('allocate.py', 'exit_with.py')
      .replace('["3000", "2"]', '["1"]')
    const file = join(stack.dataDir, 'failing.yaml')
    writeFileSync(file, spec)
    const failed = await sparkgate(['submit', file, '--wait'])
    expect(failed).toMatchObject({ code: 3, out: expect.stringContaining('USER_CODE_FAILED') })
  })

  it('submits once however often it is asked with one key', async () => {
    const args = ['submit', 'events/specs/long-running.json', '--idempotency-key', 'once', '--output', 'json']
    const [first, second] = [await sparkgate(args), await sparkgate(args)]
    expect((JSON.parse(second.out) as { id: string }).id).toBe((JSON.parse(first.out) as { id: string }).id)
    const { id } = JSON.parse(first.out) as { id: string }
    expect(await sparkgate(['cancel', id, '--wait'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('CANCELLED'),
    })
    expect(await sparkgate(['list', '--state', 'CANCELLED'])).toMatchObject({
      code: 0,
      out: expect.stringContaining(id),
    })
  })

  it('refuses with every mistake', async () => {
    const { code, err } = await sparkgate(['submit', 'events/specs/invalid-many-mistakes.yaml'])
    expect(code).toBe(2)
    expect(err.match(/^error /gm)?.length).toBeGreaterThanOrEqual(7)
  })

  it('tells a missing job, a bad token, a missing gateway and a wrong word apart', async () => {
    expect(await sparkgate(['get', 'j222222222222222222222222'])).toMatchObject({
      code: 6,
      err: expect.stringContaining('no such job'),
    })
    expect(await sparkgate(['list'], { env: { SPARKGATE_TOKEN: 'no.token.atall' } })).toMatchObject({ code: 7 })
    expect(await sparkgate(['list'], { env: { SPARKGATE_URL: '' } })).toMatchObject({
      code: 1,
      err: expect.stringContaining('SPARKGATE_URL'),
    })
    expect(await sparkgate(['frobnicate'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('submit, get, list, cancel'),
    })
  })
})
