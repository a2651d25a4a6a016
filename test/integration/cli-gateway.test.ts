/** The commands about the gateway itself: who one is, logins, AWS keys, clusters; and what is said when something is missing. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { KEYS, REGION } from '../../local/local-platform.ts'
import { E2E_TEST_MILLISECONDS, startTestStack, testPlatform } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'
import { runSparkgate } from './cli-process.ts'
import type { RunOptions } from './cli-process.ts'

const NOBODY = { SPARKGATE_TOKEN: undefined, SPARKGATE_URL: undefined, AWS_PROFILE: undefined }
/** Each test starts several processes, on machines that have other things to do. */
const SLOW = { timeout: E2E_TEST_MILLISECONDS }
let stack: TestStack
let token: string
let folder: string

beforeAll(async () => {
  const { clusters, teams } = testPlatform()
  // A millisecond of a core costs 100: whatever ran is seen in the month, and a budget of 1 is used up by the first job.
  const prices = { currency: 'USD', cpuHour: 360_000_000, gibHour: 0 }
  const priced = Object.fromEntries(Object.entries(clusters).map(([name, each]) => [name, { ...each, prices }]))
  const { payments, risk, ...others } = teams
  if (payments === undefined || risk === undefined) throw new Error('the teams of these tests are gone')
  const spending = { ...others, payments, risk: { ...risk, budgetPerMonth: 1 } }
  // Whoever has this claim may stop clusters.
  const platform = testPlatform({ clusters: priced, teams: spending, admins: [{ claim: 'lab' }] })
  stack = await startTestStack({ platform })
  token = await stack.token('payments')
})
afterAll(() => stack.close())
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sparkgate-cli-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** With nothing of the machine's own: no token, no keys, no files. */
const sparkgate = (args: readonly string[], more: RunOptions = {}) => {
  const aws = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'), AWS_CONFIG_FILE: join(folder, 'config') }
  const env = { ...NOBODY, ...aws, XDG_CONFIG_HOME: folder, SPARKGATE_URL: stack.apiUrl, ...more.env }
  return runSparkgate(args, { ...more, env })
}
const asMember = (args: readonly string[]) => sparkgate(args, { env: { SPARKGATE_TOKEN: token } })
const asAdmin = async (args: readonly string[]) =>
  sparkgate(args, { env: { SPARKGATE_TOKEN: await stack.token('lab') } })

describe('login', SLOW, () => {
  it('keeps a token that the gateway accepts, for its owner alone, and later commands need nothing else', async () => {
    const done = await sparkgate(['login', '--url', stack.apiUrl], { input: `${token}\n` })
    expect(done).toMatchObject({ code: 0, err: expect.stringMatching(/team payments[\s\S]*expires in (?:23|24)h|1d/) })
    expect(done.out + done.err).not.toContain(token)
    expect(statSync(join(folder, 'sparkgate/credentials.json')).mode & 0o777).toBe(0o600)
    const later = await sparkgate(['whoami', '-o', 'json'], { env: { SPARKGATE_URL: undefined } })
    expect(JSON.parse(later.out)).toMatchObject({ team: 'payments', credentials: 'profile default' })
    expect(await sparkgate(['login', '--forget'])).toMatchObject({ code: 0 })
    expect(await sparkgate(['login', '--forget'])).toMatchObject({ code: 6 })
  })
  it('does not keep a token that the gateway refuses', async () => {
    expect(await sparkgate(['login'], { input: 'no.token.atall' })).toMatchObject({ code: 7 })
    expect(statSync(join(folder, 'sparkgate'), { throwIfNoEntry: false })).toBeUndefined()
    expect(await sparkgate(['login'], { input: '' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('no token'),
    })
  })
  it('keeps an AWS profile under a name', async () => {
    const { accessKeyId, secretAccessKey } = KEYS.people
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
    writeFileSync(join(folder, 'credentials'), `[ci]\n${keys}`)
    writeFileSync(join(folder, 'config'), `[profile ci]\nregion = ${REGION}\n`)
    expect(await sparkgate(['login', '--aws-profile', 'ci', '--profile', 'robot'])).toMatchObject({ code: 0 })
    const { out } = await sparkgate(['whoami', '--profile', 'robot'], { env: { SPARKGATE_URL: undefined } })
    expect(out).toMatch(/^by +iam$[\s\S]*^credentials +AWS profile ci$/m)
  })
})

describe('AWS keys', SLOW, () => {
  const keys = { AWS_ACCESS_KEY_ID: KEYS.people.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.people.secretAccessKey }

  it('sign every kind of request', async () => {
    const env = { ...keys, AWS_REGION: REGION }
    const job = await sparkgate(['submit', 'events/specs/spark-pi.yaml', '--wait', '-o', 'name'], { env })
    expect(job).toMatchObject({ code: 0, out: expect.stringMatching(/^j/) })
    const listed = await sparkgate(['list', '--name', 'spark-pi', '--since', '1h', '-o', 'name'], { env })
    expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(job.out) })
  })
  it('that are wrong, or for another region, give 7', async () => {
    const wrong = { ...keys, AWS_SECRET_ACCESS_KEY: 'another' }
    expect(await sparkgate(['list'], { env: { ...wrong, AWS_REGION: REGION } })).toMatchObject({ code: 7 })
    expect(await sparkgate(['list', '--region', 'us-east-1'], { env: keys })).toMatchObject({ code: 7 })
    expect(
      await sparkgate(['list'], { env: { ...keys, AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined } }),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining('give --region'),
    })
  })
  it('that are not there are said to be missing, with what to try', async () => {
    expect(await sparkgate(['list'], { env: { PATH: folder } })).toMatchObject({
      code: 7,
      err: expect.stringMatching(/no AWS credentials: looked at .*credentials.*Try `sparkgate login`/),
    })
  })
})

describe('the gateway', SLOW, () => {
  it('shows clusters and usage, one team its own', async () => {
    expect(await asMember(['clusters'])).toMatchObject({ code: 0, out: expect.stringMatching(/^local +active +yes/m) })
    expect(await asMember(['usage'])).toMatchObject({ code: 0, out: expect.stringMatching(/^jobs +\d+ +no limit/m) })
    expect(await asMember(['usage', '--team', 'risk'])).toMatchObject({ code: 6 })
  })
  it('shows what a team has spent, and holds its jobs when the budget of the month is used up', async () => {
    const env = { SPARKGATE_TOKEN: await stack.token('risk') }
    expect((await sparkgate(['usage'], { env })).out).toMatch(/^Spent in \d{4}-\d\d: 0\.00 of 1 USD \(0 %\)$/m)
    const submit = ['submit', 'events/specs/long-running.json', '-o', 'name']
    const first = (await sparkgate(submit, { env })).out.trim()
    await stack.untilState(first, 'RUNNING', 'risk')
    expect(await sparkgate(['cancel', first], { env })).toMatchObject({ code: 0 })
    await stack.untilState(first, 'CANCELLED', 'risk')
    expect((await sparkgate(['usage'], { env })).out).toMatch(
      /^Spent in \d{4}-\d\d: \d+\.\d\d of 1 USD \(\d{3,} %\); no new attempt begins before the next month$/m,
    )
    const held = (await sparkgate(['submit', 'events/specs/spark-pi.yaml', '-o', 'name'], { env })).out.trim()
    const said = /Its budget is used up \(\d+\.\d\d of 1 USD are spent/
    await stack.untilJob(held, job => said.test(String(job['waitingFor'])), 'risk')
    expect((await sparkgate(['explain', held], { env })).out).toMatch(said)
    expect(await sparkgate(['cancel', held], { env })).toMatchObject({ code: 0 })
    expect((await asMember(['usage'])).out).toMatch(/^Spent in \d{4}-\d\d: \d+\.\d\d USD$/m)
  })
  it('lets admins stop a cluster; whoever waits for it is told why', async () => {
    expect(await asMember(['clusters', 'drain', 'local'])).toMatchObject({ code: 7 })
    expect(await asAdmin(['clusters', 'drain', 'nowhere'])).toMatchObject({ code: 6 })
    expect(await asAdmin(['clusters', 'drain', 'local', '--reason', 'EKS upgrade'])).toMatchObject({ code: 0 })
    expect((await asMember(['clusters'])).out).toMatch(/^local +active +no .*EKS upgrade/m)
    const id = (await asMember(['submit', 'events/specs/spark-pi.yaml', '-o', 'name'])).out.trim()
    await stack.untilJob(id, job => String(job['waitingFor']).includes('EKS upgrade'))
    expect((await asMember(['explain', id])).out).toMatch(/^Why\n[\s\S]*EKS upgrade[\s\S]*^What you can do\n/m)
    expect(await asAdmin(['clusters', 'resume', 'local'])).toMatchObject({ code: 0 })
    expect((await asMember(['clusters'])).out).toMatch(/^local +active +yes/m)
    await asMember(['cancel', id])
  })
  it('lets admins pause a team; whoever waits is told why, until it is resumed', async () => {
    expect(await asMember(['pause', 'payments'])).toMatchObject({ code: 7 })
    expect(await asAdmin(['pause', 'nobody'])).toMatchObject({ code: 6 })
    expect(await asAdmin(['pause'])).toMatchObject({ code: 1, err: expect.stringContaining('takes one TEAM') })
    const paused = await asAdmin(['pause', 'payments', '--reason', 'the budget is used up'])
    expect(paused).toMatchObject({ code: 0, out: expect.stringMatching(/^Stopped: the budget is used up$/m) })
    expect((await asMember(['usage'])).out).toContain('the budget is used up')
    const id = (await asMember(['submit', 'events/specs/spark-pi.yaml', '-o', 'name'])).out.trim()
    await stack.untilJob(id, job => String(job['waitingFor']).includes('the budget is used up'))
    expect(await asAdmin(['resume', 'payments', '-o', 'name'])).toMatchObject({ code: 0, out: 'payments\n' })
    await stack.untilState(id, 'SUCCEEDED')
  })
  it('tells a missing job, a bad token, a missing gateway and wrong words apart', async () => {
    const missing = await asMember(['get', 'j222222222222222222222222'])
    expect(missing).toMatchObject({ code: 6, err: expect.stringContaining('no such job') })
    expect(await asMember(['get', '../../v1/whoami'])).toMatchObject({ code: 6 })
    expect(await sparkgate(['list', '--token', 'no.token.atall'])).toMatchObject({
      code: 7,
      err: expect.stringContaining('--token'),
    })
    const nowhere = await sparkgate(['list'], { env: { SPARKGATE_URL: undefined } })
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('SPARKGATE_URL') })
    expect(await sparkgate(['frobnicate'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('submit, list, get'),
    })
    expect(await asMember(['list', '--label', 'no-value'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('NAME=VALUE'),
    })
  })
  it('that nobody runs is named, with how to start one', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise(resolve => server.close(resolve))
    const refused = await sparkgate(['list', '--token', 't', '--url', `http://127.0.0.1:${port}`])
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(new RegExp(`127.0.0.1:${port}.*npm run local`)),
    })
  })
})
