/** The commands about jobs, as people and scripts use them: as a process, against the embedded stack; every exit code. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { E2E_TEST_MILLISECONDS, startTestStack } from '../support/embedded-stack.ts'
import type { JobAnswer, TestStack } from '../support/embedded-stack.ts'
import { runSparkgate } from './cli-process.ts'
import type { Ran, RunOptions } from './cli-process.ts'

const PI = 'events/specs/spark-pi.yaml'
const LONG = 'events/specs/long-running.json'
/** Each test starts several processes, on machines that have other things to do. */
const SLOW = { timeout: E2E_TEST_MILLISECONDS }
let stack: TestStack
let environment: Record<string, string>

beforeAll(async () => {
  stack = await startTestStack()
  environment = {
    SPARKGATE_URL: stack.apiUrl,
    SPARKGATE_TOKEN: await stack.token('payments'),
    XDG_CONFIG_HOME: stack.dataDir,
  }
})
afterAll(() => stack.close())

const sparkgate = (args: readonly string[], more: RunOptions = {}): Promise<Ran> =>
  runSparkgate(args, { ...more, env: { ...environment, ...more.env } })
const submitted = async (...args: string[]): Promise<string> =>
  (await sparkgate(['submit', ...args, '-o', 'name'])).out.trim()
const jsonOf = (ran: Ran): Readonly<Record<string, unknown>> => JSON.parse(ran.out) as Record<string, unknown>
/** A spec that ends otherwise, in a file of the stack's folder. */
function variant(name: string, change: (spec: string) => string): string {
  const file = join(stack.dataDir, name)
  writeFileSync(file, change(readFileSync('events/specs/out-of-memory.yaml', 'utf8')))
  return file
}
const failing = () =>
  variant('failing.yaml', spec => spec.replace('allocate.py', 'exit_with.py').replace('["3000", "2"]', '["1"]'))

describe('submit --wait', SLOW, () => {
  it('succeeds with 0, and with JSON writes the ended job alone to standard output', async () => {
    const done = await sparkgate(['submit', PI, '--wait', '--output', 'json'])
    expect(done.code).toBe(0)
    expect(jsonOf(done)).toMatchObject({ state: 'SUCCEEDED', name: 'spark-pi' })
    expect(done.err).toMatch(/ QUEUED .*attempt 1 of 3/)
    expect(done.err).toMatch(/ SUCCEEDED /)
  })
  it('ends with 3 when the job failed, and says why', async () => {
    const ran = await sparkgate(['submit', failing(), '--wait'])
    expect(ran).toMatchObject({
      code: 3,
      out: expect.stringMatching(/FAILED \(USER_CODE_FAILED\)[\s\S]*ATTEMPT +OBJECT/),
    })
  })
  it('ends with 4 when somebody cancels it meanwhile', async () => {
    let cancelled: Promise<unknown> | undefined
    const ran = await sparkgate(['submit', LONG, '--wait', '--idempotency-key', 'to-cancel', '-o', 'name'], {
      onOutput: (_, written) => {
        if (written.includes('RUNNING'))
          cancelled ??= submitted(LONG, '--idempotency-key', 'to-cancel').then(id => sparkgate(['cancel', id]))
      },
    })
    await cancelled
    expect(ran.code).toBe(4)
  })
  it('ends with 5 when a deadline ended it', async () => {
    const file = join(stack.dataDir, 'hurried.yaml')
    const spec = parse(readFileSync(LONG, 'utf8')) as { metadata: object }
    const metadata = { ...spec.metadata, annotations: { 'sparkgate.dev/deadline-running': '1s' } }
    writeFileSync(file, JSON.stringify({ ...spec, metadata }))
    const ran = await sparkgate(['submit', file, '--wait'])
    expect(ran).toMatchObject({ code: 5, out: expect.stringContaining('TIMED_OUT (RUNNING_TOO_LONG)') })
  })
  it('leaves the job running on Ctrl-C, and says how to go on', async () => {
    const ran = await sparkgate(['submit', LONG, '--wait', '--idempotency-key', 'left-alone'], {
      onOutput: (child, written) => void (written.includes('RUNNING') && child.kill('SIGINT')),
    })
    const id = await submitted(LONG, '--idempotency-key', 'left-alone')
    expect(ran).toMatchObject({ code: 130, err: expect.stringContaining(`The job goes on. \`sparkgate watch ${id}\``) })
    expect((await stack.get(id)).state).toBe('RUNNING')
    await sparkgate(['cancel', id])
  })
  it('writes what the driver says with --follow', async () => {
    const ran = await sparkgate(['submit', PI, '--follow'])
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/Running Spark version[\s\S]*SUCCEEDED/) })
    expect(ran.out.match(/Running Spark version/g)).toHaveLength(1)
    const json = await sparkgate(['submit', PI, '--follow', '-o', 'json'])
    expect(jsonOf(json)).toMatchObject({ state: 'SUCCEEDED' })
    expect(json.err).toContain('Running Spark version')
  })
})

describe('submit', SLOW, () => {
  it('makes one job however often it is asked with one key', async () => {
    const args = ['submit', PI, '--idempotency-key', 'once', '--output', 'name']
    const [first, second] = [await sparkgate(args), await sparkgate(args)]
    expect(first.out).toMatch(/^j[a-z2-7]{24}\n$/)
    expect(second).toMatchObject({ code: 0, out: first.out, err: expect.stringContaining('key was used before') })
    expect(await sparkgate(['submit', LONG, '--idempotency-key', 'once'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('another body'),
    })
  })
  it('takes standard input, a spark-submit file, and a pasted line as it stands', async () => {
    const piped = await sparkgate(['submit', '-', '-o', 'name'], { input: readFileSync(PI, 'utf8') })
    expect(piped).toMatchObject({ code: 0, out: expect.stringMatching(/^j/) })
    expect((await sparkgate(['submit', 'events/specs/pi.spark-submit', '-o', 'name'])).code).toBe(0)
    const line = [
      '--class',
      'org.example.Pi',
      '--name',
      'pasted',
      '--conf',
      'spark.sql.session.timeZone=two words',
      'local:///pi.jar',
    ]
    const pasted = await sparkgate(['submit', '-o', 'json', '--', 'spark-submit', ...line, '--partitions', '3'])
    expect(jsonOf(pasted)).toMatchObject({ name: 'pasted' })
    const { body } = await stack.call('GET', `/v1/jobs/${String(jsonOf(pasted)['id'])}/spec`)
    expect(JSON.stringify(body)).toContain('"two words"')
    expect(JSON.stringify(body)).toContain('["--partitions","3"]')
  })
  it('refuses with 2 and every mistake at its line', async () => {
    const { code, err, out } = await sparkgate(['submit', 'events/specs/invalid-many-mistakes.yaml'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err.match(/^error /gm)?.length).toBeGreaterThanOrEqual(7)
    expect(err).toMatch(/^ +\d+ \| /m)
  })
  it('makes no job with --dry-run, and shows the object that it would be', async () => {
    const before = await stack.jobs()
    const plan = await sparkgate(['submit', PI, '--dry-run'])
    expect(plan).toMatchObject({ code: 0, err: expect.stringMatching(/^cluster +local/m) })
    expect(parse(plan.out)).toMatchObject({ kind: 'SparkApplication', spec: { restartPolicy: { type: 'Never' } } })
    const asked = await sparkgate(['submit', PI, '--dry-run=server', '-o', 'json'])
    expect(jsonOf(asked)).toMatchObject({ dryRun: 'server', jobs: [{ server: { outcome: 'accepted' } }] })
    expect(await stack.jobs()).toHaveLength(before.length)
  })
  it.each([
    [['submit'], /submit takes one FILE/],
    [['submit', 'a.yaml', '--', 'x.jar'], /not both/],
    [['submit', 'no-such.yaml'], /no-such\.yaml: no such file/],
    [['submit', PI, '--dry-run', '--wait'], /no job to wait for/],
    [['submit', PI, '--dry-run=cluster'], /--dry-run is render or server/],
  ])('%j is a wrong command line', async (args, message) => {
    expect(await sparkgate(args)).toMatchObject({ code: 1, err: expect.stringMatching(message) })
  })
})

describe('list and watch', SLOW, () => {
  let ids: string[]
  beforeAll(async () => {
    ids = [await submitted(PI), await submitted(PI), await submitted(failing())]
    await Promise.all(ids.map(id => stack.untilOver(id)))
  })

  it('show the jobs that fit, newest first, as a table and as names', async () => {
    const table = await sparkgate(['list', '--name', 'spark-pi', '--state', 'SUCCEEDED', '--since', '1h'])
    expect(table.code).toBe(0)
    expect(table.out).toMatch(/^JOB +NAME +STATE +REASON +ATTEMPT +CLUSTER +SUBMITTED +SINCE\n/)
    expect(table.out.indexOf(ids[1]!)).toBeLessThan(table.out.indexOf(ids[0]!))
    expect(table.out).not.toContain(ids[2])
    expect((await sparkgate(['list', '--until', '1h', '-o', 'name'])).out).toBe('')
  })
  it('go through every page with --all, and say when there is more', async () => {
    const first = await sparkgate(['list', '--limit', '2', '-o', 'name'])
    expect(first).toMatchObject({ out: expect.stringMatching(/^j\w+\nj\w+\n$/), err: expect.stringContaining('--all') })
    const all = await sparkgate(['list', '--all', '-o', 'json'])
    expect((jsonOf(all)['jobs'] as JobAnswer[]).length).toBe((await stack.jobs()).length)
    expect(jsonOf(all)['nextToken']).toBeUndefined()
  })
  it('watch ends with the named jobs, and tells how they ended', async () => {
    expect(await sparkgate(['watch', ids[0]!, ids[1]!])).toMatchObject({
      code: 0,
      out: expect.stringContaining(ids[1]!),
    })
    const ran = await sparkgate(['watch', ids[0]!, ids[2]!, '--output', 'json'])
    expect(ran.code).toBe(3)
    const states = ran.out
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as JobAnswer).state)
    expect(states.toSorted()).toEqual(['FAILED', 'SUCCEEDED'])
  })
  it('watch with filters goes on for as long as it is told', async () => {
    const ran = await sparkgate(['watch', '--state', 'FAILED', '--for', '1s'])
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining(ids[2]!) })
  })
})

describe('one job', SLOW, () => {
  it('is shown, explained, logged and retried after it failed', async () => {
    const id = await submitted(failing())
    await stack.untilOver(id)
    const shown = await sparkgate(['get', id])
    expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/FAILED \(USER_CODE_FAILED\)\n {2}why /) })
    expect(parse((await sparkgate(['get', id, '-o', 'yaml'])).out)).toMatchObject({ id, state: 'FAILED' })
    const explained = await sparkgate(['explain', id])
    expect(explained.out).toMatch(/What happens next[\s\S]*What you can do\n {2}Read the driver log/)
    expect(explained.out).toContain(`sparkgate retry ${id}`)
    const retried = await sparkgate(['retry', id, '--wait'])
    expect(retried).toMatchObject({ code: 3, out: expect.stringMatching(/^ {2}2 +\S+-a2 /m) })
  })
  it('has logs, of which one may ask for the end', async () => {
    const id = await submitted(PI)
    await stack.untilOver(id)
    const all = await sparkgate(['logs', id])
    expect(all).toMatchObject({ code: 0, out: expect.stringContaining('Pi is roughly') })
    const lines = all.out.split('\n')
    expect((await sparkgate(['logs', id, '--tail', '2'])).out).toBe(lines.slice(-3).join('\n'))
    const [first] = (await sparkgate(['logs', id, '-o', 'json'])).out.split('\n')
    expect(JSON.parse(first!)).toMatchObject({ text: lines[0], at: expect.stringMatching(/^2\d{3}-/) })
    expect(await sparkgate(['logs', id, '-f'])).toMatchObject({ code: 0, out: all.out })
    expect(await sparkgate(['logs', id, '--attempt', '7'])).toMatchObject({ code: 6 })
    expect(await sparkgate(['logs', id, '--role', 'worker'])).toMatchObject({ code: 1 })
  })
  it('is cancelled, which with --wait is what was asked for', async () => {
    const id = await submitted(LONG)
    expect(await sparkgate(['cancel', id, '--wait'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('CANCELLED'),
    })
    expect((await sparkgate(['cancel', id])).code).toBe(0)
    expect((await sparkgate(['explain', id])).out).toContain('It was cancelled by payments-local.')
  })
  it('has no link where the platform has none', async () => {
    expect(await sparkgate(['open', await submitted(PI)])).toMatchObject({
      code: 6,
      err: expect.stringContaining('no link'),
    })
  })
})
