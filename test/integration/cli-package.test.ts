/** The packed tool on a machine without the checkout: installed by npm, offline, with nothing beside it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let folder: string
let installed: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-package-'))
  execFileSync(process.execPath, ['scripts/pack-cli.ts', folder], { stdio: 'pipe' })
  const [tarball = ''] = readdirSync(folder)
  const machine = join(folder, 'machine')
  mkdirSync(machine)
  // Without a package.json here npm would look for one in the folders above.
  writeFileSync(join(machine, 'package.json'), '{"private": true}')
  const words = ['install', '--offline', '--no-audit', '--no-fund', '--prefix', machine, join(folder, tarball)]
  execFileSync('npm', words, { cwd: machine, stdio: 'pipe' })
  installed = join(machine, 'node_modules', 'sparkgate')
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** Where the link for the command points, from a folder that has nothing. */
const sparkgate = (...args: string[]): string =>
  execFileSync(process.execPath, [join(folder, 'machine/node_modules/.bin/sparkgate'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1' },
  })

describe('the packed tool', () => {
  it('runs: help, version, completion and every offline command', () => {
    expect(sparkgate('--help')).toMatch(/^sparkgate: Spark jobs on Amazon EKS/)
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(sparkgate('--version')).toBe(`${version}\n`)
    expect(sparkgate('completion', 'fish')).toContain('complete -c sparkgate')
    const spec = resolve('events/specs/spark-pi.yaml')
    expect(sparkgate('validate', spec)).toContain('1 document: 1 accepted')
    expect(sparkgate('render', spec)).toContain('kind: SparkApplication')
    expect(sparkgate('convert', spec, '--to', 'short')).toContain('main: ')
    expect(sparkgate('explain', spec)).toMatch(/^PATH /)
    const platform = join(folder, 'platform.yaml')
    writeFileSync(
      platform,
      'clusters: {main: {eksName: a, region: eu-central-1}}\nteams: {lab: {clusters: [main], namespace: lab}}\n',
    )
    expect(sparkgate('config', 'check', platform)).toContain('1 cluster, 1 team')
  })
  it('loads the code of every command, and reports no gateway as people read it', () => {
    for (const words of [['list'], ['logs', 'j1'], ['watch'], ['clusters'], ['open', 'j1'], ['submit', '--', 'a.jar']])
      expect(() => sparkgate(...words)).toThrow(/no gateway: set SPARKGATE_URL/)
    expect(() =>
      sparkgate('list', '--url', 'https://x.execute-api.eu-central-1.amazonaws.com', '--aws-profile', 'no'),
    ).toThrow(/no AWS profile no/)
  })
  it('has no sources, no dependencies, and nothing that npm would run', () => {
    const contents = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
    expect(contents).not.toHaveProperty('dependencies')
    expect(contents).not.toHaveProperty('scripts')
    expect(contents['bin']).toEqual({ sparkgate: 'lib/sparkgate.mjs' })
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    expect(files.filter(file => file.endsWith('.ts'))).toEqual([])
    expect(files.length).toBeGreaterThan(10)
    const text = files.filter(file => file.endsWith('.mjs')).map(file => readFileSync(join(installed, file), 'utf8'))
    expect(text.join('\n')).not.toContain(resolve('.'))
  })
})
