/** What infra/cluster renders, applied to a real API server: it takes all of it, and the rights and admission policies do their work. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { rendered } from '../../contract/spark-cluster.contract.ts'
import { kubectl, kubectlMust } from '../support/kubectl.ts'

const NAMESPACE = 'manifests-of-sparkgate'
const PLATFORM = {
  clusters: { main: { eksName: 'sparkgate-test', region: 'eu-central-1' } },
  teams: {
    rendered: { clusters: ['main'], namespace: NAMESPACE, claims: ['rendered'], limits: { cores: 20, jobs: 10 } },
  },
}
const OPTIONS = { identity: 'none', nodes: 'none' }
const as = (group: string): string[] => [
  '--as',
  `${group}-person`,
  '--as-group',
  group,
  '--as-group',
  'system:authenticated',
]

let folder: string
const file = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : stringify(content))
  return join(folder, name)
}
const manifestFolder = (): string => join(folder, 'out', 'manifests')
const manifests = (): string[] =>
  readdirSync(manifestFolder())
    .toSorted()
    .map(name => join(manifestFolder(), name))

interface Named {
  readonly kind: string
  readonly metadata: { readonly namespace?: string; readonly name: string }
}
const keyOf = ({ kind, metadata: { namespace = '', name } }: Named): string => `${kind}/${namespace}/${name}`
/** Those of the rendered objects that are on the cluster. */
function onCluster(): readonly Named[] {
  const text = kubectlMust('get', '-f', manifestFolder(), '--ignore-not-found', '-o', 'json')
  return text === '' ? [] : (JSON.parse(text) as { readonly items: readonly Named[] }).items
}
const listOf = (items: readonly Named[]): object => ({ apiVersion: 'v1', kind: 'List', items })

/** The gateway's own rights on this cluster, which have the rendered names: others need them afterwards. */
let before: readonly Named[]
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-manifests-'))
  const args = ['infra/cluster/write-manifests.ts', file('platform.yaml', PLATFORM), '--cluster', 'main']
  const out = ['--out', join(folder, 'out'), '--options', file('options.yaml', OPTIONS)]
  const { status, stderr } = spawnSync(process.execPath, [...args, ...out], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  before = onCluster().map(({ metadata, ...rest }) => ({ ...rest, metadata: withoutVersion(metadata) }))
})
afterAll(() => {
  const theirs = new Set(before.map(keyOf))
  const ours = onCluster().filter(each => !theirs.has(keyOf(each)))
  kubectlMust('delete', '-f', file('ours.json', JSON.stringify(listOf(ours))), '--wait=false')
  kubectlMust('replace', '-f', file('theirs.json', JSON.stringify(listOf(before))))
  rmSync(folder, { recursive: true, force: true })
})

function withoutVersion(metadata: Named['metadata']): Named['metadata'] {
  const { resourceVersion: _, ...rest } = metadata as Named['metadata'] & { readonly resourceVersion?: string }
  return rest
}

function application(name: string, change: JsonObject = {}): string {
  const object = rendered(
    { namespace: NAMESPACE, serviceAccount: 'spark', image: 'registry.example.com/spark:4.0.4' },
    name,
  )
  return file(`${name}.json`, JSON.stringify({ ...object, spec: { ...(object['spec'] as JsonObject), ...change } }))
}

describe('the rendered manifests', () => {
  it('are taken by the API server, each of them', () => {
    for (const each of manifests()) expect(kubectl('apply', '-f', each)).toMatchObject({ status: 0 })
  })
  it('have admission policies whose expressions fit the types', async () => {
    await expect
      .poll(
        () => {
          const { output } = kubectl('get', 'validatingadmissionpolicies', '-o', 'json')
          const { items } = JSON.parse(output) as {
            items: { metadata: { name: string }; status?: { typeChecking?: JsonObject } }[]
          }
          const ours = items.filter(({ metadata }) => metadata.name.startsWith('sparkgate-'))
          return ours.length > 3 && ours.every(({ status }) => JSON.stringify(status?.typeChecking) === '{}')
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(true)
  })
  it('let reconcile create what the gateway renders, and nobody name another service account', async () => {
    const create = (path: string) => kubectl(...as('sparkgate:reconcile'), 'create', '--dry-run=server', '-f', path)
    expect(create(application('as-rendered'))).toMatchObject({ status: 0 })
    const driver = { cores: 1, memory: '512m', serviceAccount: 'default' }
    const other = application('other-account', { driver })
    // A new policy works within seconds.
    await expect
      .poll(() => create(other).output, { timeout: 30_000, interval: 500 })
      .toMatch(/denied request.*service account/s)
  })
  it('let api try a create and not do it', async () => {
    const path = application('tried')
    const api = as('sparkgate:api')
    expect(kubectl(...api, 'create', '--validate=false', '--dry-run=server', '-f', path)).toMatchObject({ status: 0 })
    await expect
      .poll(() => kubectl(...api, 'create', '--validate=false', '-f', path).output, { timeout: 30_000, interval: 500 })
      .toMatch(/may only try SparkApplications|already exists/)
    expect(kubectl('get', 'sparkapplications', '-n', NAMESPACE, '-o', 'name').output).toBe('')
  })
  it.each([
    ['sparkgate:reconcile', 'get', 'secrets'],
    ['sparkgate:reconcile', 'patch', 'sparkapplications'],
    ['sparkgate:reconcile', 'create', 'pods'],
    ['sparkgate:observe', 'delete', 'sparkapplications'],
    ['sparkgate:observe', 'list', 'pods'],
    ['sparkgate:api', 'delete', 'sparkapplications'],
    ['sparkgate:api', 'list', 'secrets'],
  ])('do not let %s %s %s', (group, verb, resource) => {
    expect(kubectl(...as(group), 'auth', 'can-i', verb, resource, '-n', NAMESPACE).output).toMatch(/^no/m)
  })
  it.each([
    ['sparkgate:reconcile', 'delete', 'sparkapplications'],
    ['sparkgate:observe', 'watch', 'sparkapplications'],
    ['sparkgate:api', 'list', 'pods'],
  ])('let %s %s %s', (group, verb, resource) => {
    expect(kubectl(...as(group), 'auth', 'can-i', verb, resource, '-n', NAMESPACE).output).toMatch(/^yes/m)
  })
})
