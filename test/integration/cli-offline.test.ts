/** The commands that need no gateway, as people and scripts use them: as a process, with its exit codes and streams. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { showText } from '../../cli/terminal-text.ts'

const GOOD = 'events/specs/spark-pi.yaml'
const BAD = 'events/specs/invalid-many-mistakes.yaml'
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-cli-'))
  mkdirSync(join(folder, 'jobs/more'), { recursive: true })
  const good = readFileSync(GOOD, 'utf8')
  writeFileSync(join(folder, 'jobs/a.yaml'), good)
  writeFileSync(
    join(folder, 'jobs/more/two.yaml'),
    `${good}---\n${good.replace('type: Scala', 'type: "\\e[31mScala"')}`,
  )
  writeFileSync(join(folder, 'jobs/more/huge.json'), '1'.repeat(300_000))
  writeFileSync(join(folder, 'jobs/broken.json'), '{"kind": "SparkApplication",}')
  writeFileSync(
    join(folder, 'platform.yaml'),
    `clusters: {main: {eksName: analytics, region: eu-central-1}}
teams:
  lab: {clusters: [main], namespace: team-lab, policy: open, serviceAccount: labber, defaults: {driver: {cores: 3}}}
  risk: {clusters: [main], namespace: team-risk}
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function sparkgate(args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}): Promise<Ran> {
  return new Promise(resolve => {
    const { FORCE_COLOR: _, ...inherited } = process.env
    const child = spawn(process.execPath, ['cli/sparkgate.ts', ...args], {
      env: { ...inherited, NO_COLOR: '1', ...more.env },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', code => resolve({ code, out, err }))
    child.stdin.on('error', () => undefined) // Not every command reads it to the end.
    child.stdin.end(more.input ?? '')
  })
}

interface Row {
  readonly file: string
  readonly document: number
  readonly name: string | null
  readonly verdict: string
  readonly errors: readonly { readonly rule: string }[]
}
const rowsOf = ({ out }: Ran) => JSON.parse(out) as Row[]

describe('sparkgate validate', () => {
  it('shows each document with every mistake, its line and a caret, and counts them', async () => {
    const { code, out, err } = await sparkgate(['validate', GOOD, BAD])
    expect([code, err]).toEqual([2, ''])
    expect(out).toMatch(/^✓ events\/specs\/spark-pi\.yaml spark-pi accepted\n/)
    expect(out).toMatch(
      /error spec\.type \(line 7:9\) \[not-one-of\][\s\S]*7 \| {3}type: Pyton\n\s+\| {9}\^[\s\S]*did you mean: Python/,
    )
    expect(out).toMatch(/\n2 documents: 1 accepted, 1 refused, \d+ warnings?\n$/)
  })

  it('answers with one array of JSON, for standard input too', async () => {
    const ran = await sparkgate(['validate', '-', '--output', 'json'], { input: readFileSync(GOOD, 'utf8') })
    expect([ran.code, ran.err]).toEqual([0, ''])
    expect(rowsOf(ran)).toEqual([
      {
        file: '-',
        document: 1,
        kind: expect.toSatisfy(kind => kind === null || kind === 'SparkApplication'),
        name: 'spark-pi',
        verdict: 'accepted',
        errors: [],
        warnings: expect.any(Array),
        rewritten: expect.any(Array),
      },
    ])
  })

  it('takes directories and patterns, each document of a file, and files that are too large', async () => {
    const ran = await sparkgate(['validate', join(folder, 'jobs'), 'events/specs/long-*.json', '-o', 'json'])
    expect(ran.code).toBe(2)
    const rows = rowsOf(ran).map(({ file, document, name, verdict, errors }) => [
      file.replace(`${folder}/`, ''),
      document,
      name,
      verdict,
      errors[0]?.rule,
    ])
    expect(rows).toEqual([
      ['jobs/a.yaml', 1, 'spark-pi', 'accepted', undefined],
      ['jobs/broken.json', 1, null, 'refused', 'json-syntax'],
      ['jobs/more/huge.json', 1, null, 'refused', 'document-too-large'],
      ['jobs/more/two.yaml', 1, 'spark-pi', 'accepted', undefined],
      ['jobs/more/two.yaml', 2, 'spark-pi', 'refused', 'control-character'],
      ['events/specs/long-running.json', 1, 'backfill', 'accepted', undefined],
    ])
  })

  it('tells what could not be read after it judged the rest', async () => {
    const ran = await sparkgate(['validate', 'no-such.yaml', BAD, 'none/*.yaml', '--output', 'json'])
    expect(ran.code).toBe(1)
    expect(rowsOf(ran).map(({ file, verdict }) => [file, verdict])).toEqual([[BAD, 'refused']])
    expect(ran.err).toBe(
      'sparkgate: no-such.yaml: no such file\nsparkgate: none/*.yaml: no file matches this pattern\n',
    )
  })

  it('shows only what is refused with --quiet, in colours where they are forced, and lets no document speak to the terminal', async () => {
    const { code, out } = await sparkgate(['validate', '-q', join(folder, 'jobs')], {
      env: { NO_COLOR: '', FORCE_COLOR: '1' },
    })
    expect(code).toBe(2)
    expect(out).not.toContain('✓')
    expect(out).toContain('\u001b[31merror\u001b[39m spec.type')
    expect(out).toContain('type: "\\e[31mScala"')
    const plain = stripVTControlCharacters(out)
    expect(plain.split('\n').map(showText).join('\n')).toBe(plain)
    expect(out).toContain('5 documents: 2 accepted, 3 refused')
  })

  it('judges as the platform file says for the team', async () => {
    const config = ['--config', join(folder, 'platform.yaml')]
    expect((await sparkgate(['validate', GOOD, ...config, '--team', 'lab'])).code).toBe(0)
    expect(await sparkgate(['validate', GOOD, ...config])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('give --team: lab, risk'),
    })
    expect(await sparkgate(['validate', GOOD, ...config, '--team', 'labs'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('has no team labs; it has lab, risk'),
    })
    expect(await sparkgate(['validate', GOOD, '--config', GOOD])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The platform file has'),
    })
  })

  it('ends without a word when nobody reads on', async () => {
    const child = spawn(process.execPath, ['cli/sparkgate.ts', 'validate', ...Array<string>(200).fill(BAD)])
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise(resolve => child.on('close', resolve))
    expect([code, err]).toEqual([1, ''])
  })
})

describe('sparkgate render', () => {
  it('shows the object that would be created, the same each time; refused documents go to standard error', async () => {
    const args = ['render', GOOD, BAD, '--config', join(folder, 'platform.yaml'), '--team', 'lab']
    const [first, again] = await Promise.all([sparkgate(args), sparkgate(args)])
    expect(again).toEqual(first)
    expect(first.code).toBe(2)
    expect(first.out).toMatch(/^# .*examples/)
    expect(parse(first.out)).toMatchObject({
      kind: 'SparkApplication',
      metadata: { namespace: 'team-lab', labels: { 'sparkgate.dev/team': 'lab' } },
      spec: { restartPolicy: { type: 'Never' }, driver: { serviceAccount: 'labber' } },
    })
    expect(first.err).toContain(`${BAD} is refused\nerror `)
  })
})

describe('sparkgate render, what the job would cost', () => {
  const priced = (prices: string): string => {
    const file = join(folder, 'priced.yaml')
    const text = readFileSync(join(folder, 'platform.yaml'), 'utf8')
    writeFileSync(file, text.replace('region: eu-central-1', `region: eu-central-1${prices}`))
    return file
  }
  const costIn = async (...more: string[]) =>
    (await sparkgate(['render', GOOD, ...more])).out.split('\n').filter(line => /^# +(cost|driver|executor)/.test(line))
  it('stands in comments, line by line', async () => {
    const config = priced(', prices: { currency: CHF, cpuHour: 1, gibHour: 0 }')
    expect(await costIn('--config', config, '--team', 'lab')).toEqual([
      expect.stringMatching(/^# cost {2}at most 3 CHF an hour on [a-z]+; /),
      expect.stringMatching(/^# +driver: 1 × \(1 core, \d+ MiB\), 1 CHF an hour$/),
      expect.stringMatching(/^# +executor: 2 × \(1 core, \d+ MiB\), 2 CHF an hour$/),
    ])
  })
  it('is said to be unknown without prices, and without a platform file', async () => {
    expect(await costIn('--config', join(folder, 'platform.yaml'), '--team', 'lab')).toEqual([
      expect.stringMatching(/^# cost {2}unknown: The platform file has no prices for cluster [a-z]+\.$/),
    ])
    expect(await costIn()).toEqual([expect.stringMatching(/^# cost {2}unknown: --config names a platform file/)])
  })
})

describe('sparkgate convert', () => {
  it('writes the short form and says what it cannot say', async () => {
    const { code, out, err } = await sparkgate(['convert', '-', '--to', 'short', '--output', 'json'], {
      input: readFileSync(GOOD, 'utf8').replace('driver:', 'driver:\n    schedulerName: mine'),
    })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ name: 'spark-pi', class: 'org.apache.spark.examples.SparkPi' })
    expect(err).toBe('sparkgate: the short form cannot say spec.driver.schedulerName\n')
  })
  it('writes a SparkApplication that is accepted as the same job', async () => {
    const { code, out, err } = await sparkgate(['convert', GOOD])
    expect([code, err]).toEqual([0, ''])
    expect(parse(out)).toEqual(parse(readFileSync(GOOD, 'utf8')))
  })
})

describe('sparkgate explain', () => {
  const args = ['explain', GOOD, '--config', '', '--team', 'lab']
  beforeAll(() => (args[3] = join(folder, 'platform.yaml')))

  it('shows where each value comes from in aligned columns', async () => {
    const { code, out } = await sparkgate(args)
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^PATH +VALUE +FROM +LINE$/)
    const column = lines[0]?.indexOf('FROM')
    expect(new Set(lines.map(line => line.slice(column).split(' ')[0]))).toEqual(
      new Set(['FROM', 'request', 'gateway']),
    )
    expect(lines.find(line => line.startsWith('spec.driver.cores '))).toMatch(/ 1 +request +\d+$/)
  })
  it('is JSON with the giver of each value', async () => {
    const input = readFileSync(GOOD, 'utf8').replace(/^ {4}cores: .*\n/m, '')
    const { out } = await sparkgate(['explain', '-', ...args.slice(2), '-o', 'json'], { input })
    expect(JSON.parse(out)).toContainEqual({ document: 1, path: 'spec.driver.cores', value: 3, from: 'team lab' })
  })
  it('says that a job id needs a gateway', async () => {
    expect(await sparkgate(['explain', 'jabcdefghabcdefghabcdefgh'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no gateway: .*sparkgate login/),
    })
  })
})

describe('sparkgate', () => {
  it('has help for itself and for each command', async () => {
    expect(await sparkgate(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes: 0 ok') })
    expect(await sparkgate(['validate', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--quiet') })
  })
  it('says what was probably meant', async () => {
    expect(await sparkgate(['validate', GOOD, '--polcy', 'open'])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('Did you mean --policy?'),
    })
  })
})
