/**
 * Every command line of the README, and every request of it and of docs/api.md, run as they stand: in a folder that has the files that they
 * name, against a stack of its own. A line that nobody expects here fails, so that a new example gets its own exit code.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { E2E_TEST_MILLISECONDS, startTestStack } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'

const README = readFileSync('README.md', 'utf8')
const ROOT = resolve('.')
const COMMAND = 'npm run -s sparkgate -- '

/** The lines of code in a document that begin so, without what is said about them. */
const linesOf = (document: string, start: string): readonly string[] =>
  [...document.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'))
    .filter(line => line.startsWith(start))
    .map(line => line.replace(/\s+#.*$/, ''))

let stack: TestStack
let folder: string
let environment: NodeJS.ProcessEnv
/** What `JOB` stands for, but where a job has to run. */
let over = ''

beforeAll(async () => {
  stack = await startTestStack()
  folder = join(stack.dataDir, 'examples')
  mkdirSync(join(folder, 'jobs'), { recursive: true })
  mkdirSync(join(folder, 'more', 'deep'), { recursive: true })
  symlinkSync(join(ROOT, 'events'), join(folder, 'events'))
  const spec = readFileSync('events/specs/spark-pi.yaml', 'utf8')
  for (const file of ['job.yaml', 'jobs/a.yaml', 'more/deep/b.yaml', 'spark-pi.yaml'])
    writeFileSync(join(folder, file), spec)
  writeFileSync(join(folder, 'nightly.spark-submit'), readFileSync('events/specs/pi.spark-submit', 'utf8'))
  writeFileSync(join(folder, 'platform.yaml'), /```yaml\n(clusters:[\s\S]*?)```/.exec(README)?.[1] ?? '')
  environment = {
    ...process.env,
    NO_COLOR: '1',
    SPARKGATE_URL: stack.apiUrl,
    SPARKGATE_TOKEN: await stack.token('payments'),
    XDG_CONFIG_HOME: join(folder, 'config'),
  }
  over = await submitted('spark-pi.yaml')
  await stack.untilOver(over)
}, E2E_TEST_MILLISECONDS)
afterAll(() => stack.close())

async function submitted(spec: string): Promise<string> {
  const { code, out, err } = await shell(`${COMMAND}submit events/specs/${spec} -o name`)
  expect({ code, err }).toMatchObject({ code: 0 })
  return out.trim()
}

function shell(line: string): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const program = `"${process.execPath}" "${join(ROOT, 'cli/sparkgate.ts')}" `
  const child = spawn('bash', ['-c', line.replace(COMMAND, program)], { cwd: folder, env: environment })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  child.stdin.end()
  return new Promise(done => child.on('close', code => done({ code, out, err })))
}

/** By the first words of a line: its exit code, and what it writes. */
const EXPECTED: Readonly<Record<string, readonly [code: number, out: RegExp]>> = {
  // Some of the samples are refused on purpose.
  'validate events/specs/*.yaml': [2, /spark-pi\.yaml/],
  "validate jobs/ 'more/**/*.yaml' -o json": [0, /^\[[\s\S]*jobs\/a\.yaml[\s\S]*more\/deep\/b\.yaml/],
  'validate job.yaml --config platform.yaml': [2, /./],
  'render job.yaml': [0, /^apiVersion: sparkoperator\.k8s\.io\/v1beta2/m],
  'convert nightly.spark-submit --to short': [0, /^main: /m],
  'explain job.yaml': [0, /^PATH +VALUE +FROM/m],
  'submit events/specs/spark-pi.yaml --wait': [0, /SUCCEEDED/],
  'list --state FAILED': [0, /^$/],
  'explain JOB': [0, /SUCCEEDED/],
  'logs JOB -f': [0, /Pi is roughly/],
  'cancel JOB --wait': [0, /CANCELLED/],
}

describe('a command of the README', { timeout: E2E_TEST_MILLISECONDS }, () => {
  it.each(linesOf(README, COMMAND))('%s', async line => {
    const words = line.slice(COMMAND.length)
    const [start = '', [code, out] = [-1, /^/]] =
      Object.entries(EXPECTED).find(([each]) => words.startsWith(each)) ?? []
    expect(start).not.toBe('')
    const job = words.startsWith('cancel') ? await submitted('long-running.json') : over
    const ran = await shell(line.replace(/\bJOB\b/, job))
    expect(ran).toMatchObject({ code, out: expect.stringMatching(out) as string })
  })
  it('is there for each line that is expected', () => {
    const lines = linesOf(README, COMMAND).map(line => line.slice(COMMAND.length))
    expect(Object.keys(EXPECTED).filter(start => !lines.some(line => line.startsWith(start)))).toEqual([])
  })
})

/** By what follows the host: the status, and what the answer has. */
const ANSWERS: Readonly<Record<string, readonly [status: number, body: object]>> = {
  '/v1/jobs': [202, { name: 'spark-pi', team: 'payments' }],
  '/v1/jobs/JOB?wait=20': [200, { state: 'SUCCEEDED' }],
  '/v1/jobs/JOB/logs?role=driver&tail=50': [200, { role: 'driver', ended: true }],
}

/** Sends what the line says without curl, which a machine may lack. */
async function send(line: string): Promise<readonly [path: string, status: number, body: unknown]> {
  const path = /"\$SPARKGATE_URL(\/\S*)"$/.exec(line)?.[1] ?? ''
  const headers = [...line.matchAll(/-H (['"])(.+?): (.+?)\1/g)].map(
    ([, , name = '', value = '']): [string, string] => [
      name,
      value.replace('$SPARKGATE_TOKEN', environment['SPARKGATE_TOKEN'] ?? ''),
    ],
  )
  const file = /--data-binary @(\S+)/.exec(line)?.[1]
  const body = file === undefined ? {} : { method: 'POST', body: readFileSync(join(folder, file)) }
  const response = await fetch(`${stack.apiUrl}${path.replace('JOB', over)}`, { headers, ...body })
  return [path, response.status, await response.json()]
}

describe('a request of the documents', { timeout: E2E_TEST_MILLISECONDS }, () => {
  const lines = ['README.md', 'docs/api.md'].flatMap(file => linesOf(readFileSync(file, 'utf8'), 'curl '))
  it.each(lines)('%s', async line => {
    const [path, status, body] = await send(line)
    const [expected, part] = ANSWERS[path] ?? []
    expect([path, status, body]).toMatchObject([path, expected, part])
  })
  it('is there for each answer that is expected', () => {
    const missing = Object.keys(ANSWERS).filter(path => !lines.some(line => line.endsWith(`$SPARKGATE_URL${path}"`)))
    expect(missing).toEqual([])
  })
})
