/** The script: a platform file in, files for kubectl, Helm and Argo CD out. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { allManifests, FULL_OPTIONS, PLATFORM_DOCUMENT, renderSample } from './sample-cluster.ts'

const SCRIPT = new URL('../../../infra/cluster/write-manifests.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'sparkgate-cluster-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, document: unknown): string => {
  writeFileSync(join(folder, name), stringify(document))
  return join(folder, name)
}
const platform = file('platform.yaml', PLATFORM_DOCUMENT)
const options = file('options.yaml', FULL_OPTIONS)
const out = join(folder, 'out')
const run = (...args: string[]) =>
  execFileSync(process.execPath, [SCRIPT, platform, '--out', out, ...args], { encoding: 'utf8' })
const read = (path: string): string => readFileSync(join(out, path), 'utf8')

describe('write-manifests', () => {
  it('writes what is rendered, as YAML that reads the same', () => {
    expect(run('--cluster', 'main', '--options', options)).toMatch(/^\d+ files/)
    const written = readdirSync(join(out, 'manifests'))
      .toSorted()
      .flatMap(name => parseAllDocuments(read(`manifests/${name}`)).map(document => document.toJS() as unknown))
    expect(written).toEqual(JSON.parse(JSON.stringify(allManifests(renderSample()))))
  })
  it('writes values and a helmfile with the pinned version of every chart', () => {
    const { releases } = parse(read('helmfile.yaml')) as {
      releases: { name: string; version: string; values: string[] }[]
    }
    expect(releases.map(({ name, version }) => [name, version])).toEqual(
      renderSample().charts.map(({ name, version }) => [name, version]),
    )
    for (const { values } of releases) expect(existsSync(join(out, values[0] ?? ''))).toBe(true)
  })
  it('writes an IAM policy for every role, the dashboards, the Argo CD examples and the defaults', () => {
    expect(readdirSync(join(out, 'iam'))).toHaveLength(renderSample().podRoles.length)
    expect(readdirSync(join(out, 'dashboards'))).toHaveLength(3)
    expect(read('argo/applications.yaml')).toContain('targetRevision: 2.5.2')
    expect(parse(read('platform-defaults.yaml'))).toEqual(renderSample().platformDefaults)
  })
  it('takes away what is no longer rendered, and leaves files of others alone', () => {
    mkdirSync(join(out, 'mine'), { recursive: true })
    writeFileSync(join(out, 'mine', 'notes.txt'), 'kept')
    run('--cluster', 'main', '--options', file('few.yaml', { identity: 'none' }))
    expect(existsSync(join(out, 'manifests', '70-monitoring.yaml'))).toBe(false)
    expect(existsSync(join(out, 'argo'))).toBe(false)
    expect(read('mine/notes.txt')).toBe('kept')
  })
  it.each([
    ['no cluster', ['--out', out], /--cluster NAME/],
    ['a cluster that is not there', ['--out', out, '--cluster', 'nowhere'], /no cluster "nowhere"/],
    ['options that contradict', ['--out', out, '--cluster', 'main'], /accountId: needed/],
  ])('says what is wrong and exits with 1: %s', (_name, args, message) => {
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, platform, ...args], { encoding: 'utf8' })
    expect(stderr).toMatch(message)
    expect(status).toBe(1)
  })
})
