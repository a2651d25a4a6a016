/** What people see of a running job, and of what jobs cost, on a platform with prices and links. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import { E2E_TEST_MILLISECONDS, startTestStack, testPlatform } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'
import { runSparkgate } from './cli-process.ts'
import type { Ran } from './cli-process.ts'

const PI = 'events/specs/spark-pi.yaml'
const LONG = 'events/specs/long-running.json'
/** Each test starts several processes, on machines that have other things to do. */
const SLOW = { timeout: E2E_TEST_MILLISECONDS }

let stack: TestStack
let environment: Record<string, string>
beforeAll(async () => {
  const platform = testPlatform()
  const prices = { currency: 'USD', cpuHour: 0.5, gibHour: 0.05 }
  stack = await startTestStack({
    platform: parsePlatform({
      ...platform,
      clusters: { local: { ...platform.clusters['local'], prices } },
      links: { console: 'https://console.example.com/{jobId}', sparkUi: 'https://ui.example.com/{objectName}' },
    }),
  })
  environment = {
    SPARKGATE_URL: stack.apiUrl,
    SPARKGATE_TOKEN: await stack.token('payments'),
    XDG_CONFIG_HOME: stack.dataDir,
  }
})
afterAll(() => stack.close())
const sparkgate = (...args: readonly string[]): Promise<Ran> => runSparkgate(args, { env: environment })

describe('a job that runs', SLOW, () => {
  it('shows its executors, its deadline and its links, to get, watch and open', async () => {
    const id = (await sparkgate('submit', LONG, '-o', 'name')).out.trim()
    await stack.untilJob(id, job => (job['progress'] as { executorsRunning?: number })?.executorsRunning === 1)
    const shown = await sparkgate('get', id)
    expect(shown.out).toMatch(/^ {2}progress +executors 1\/1$/m)
    expect(shown.out).toMatch(/^ {2}used +[\d.]+ core hours, [\d.]+ GiB hours of memory: [\d.]+ USD$/m)
    expect(shown.out).toContain(`https://console.example.com/${id}`)
    const watched = await sparkgate('watch', id, '--for', '1s')
    expect(watched.out).toContain('executors 1/1')
    const links = await sparkgate('open', id, '--print', '-o', 'json')
    expect(JSON.parse(links.out)).toEqual({
      sparkUi: expect.stringMatching(/^https:\/\/ui\.example\.com\/.+-a1$/) as string,
      console: `https://console.example.com/${id}`,
    })
    await sparkgate('cancel', id, '--wait')
    expect((await sparkgate('open', id, '-o', 'name')).out).toBe(`https://console.example.com/${id}\n`)
  })
  it('shows its executors on the line of --wait, and afterwards what it used', async () => {
    let cancelled: Promise<unknown> | undefined
    const ran = await runSparkgate(['submit', LONG, '--wait'], {
      env: environment,
      onOutput: (_, written) => {
        if (/ RUNNING .*executors 1\/1/.test(written)) cancelled ??= cancelRunning()
      },
    })
    await cancelled
    expect(ran).toMatchObject({ code: 4, out: expect.stringMatching(/^ {2}used .* USD$/m) as string })
  })
})

async function cancelRunning(): Promise<void> {
  const running = (await sparkgate('list', '--state', 'RUNNING', '-o', 'name')).out.trim()
  await sparkgate('cancel', running)
}

describe('a dry run', SLOW, () => {
  it('shows what the job would cost, line by line, beside its object', async () => {
    const { code, out, err } = await sparkgate('submit', PI, '--dry-run')
    expect([code, out.split('\n')[0]]).toEqual([0, 'apiVersion: sparkoperator.k8s.io/v1beta2'])
    expect(err).toMatch(/^cost {2}at most [\d.]+ USD an hour on local; it has no running deadline$/m)
    expect(err).toMatch(/^ {6}driver: 1 × \(1 core, \d+ MiB\), [\d.]+ USD an hour$/m)
    expect(err).toMatch(/^ {6}executor: 2 × /m)
  })
})
