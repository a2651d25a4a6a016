/**
 * LIST and WATCH of the embedded cluster: resourceVersions, pages, expiry, forms, selectors.
 */
import { CoreV1Api, CustomObjectsApi, KubeConfig, makeInformer } from '@kubernetes/client-node'
import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedKubernetes } from '../../local/kubernetes/embedded-kubernetes.ts'
import {
  application,
  APPS,
  CLUSTER_NAME,
  eventually,
  observe,
  reconcile,
  startTestCluster,
  TEAM_A,
  TestClient,
} from '../support/embedded-kubernetes-client.ts'
import { signEksToken } from '../support/embedded-kubernetes-tokens.ts'
import { collectWatch } from '../support/embedded-kubernetes-watch.ts'

let cluster: EmbeddedKubernetes
let client: TestClient
const names = ['l-1', 'l-2', 'l-3', 'l-4', 'l-5']
const idle = (name: string): Record<string, unknown> => ({
  ...application(name, { suspend: true }),
  metadata: { name, labels: { 'example.org/job': name } },
})
const versionOf = (body: { metadata?: { resourceVersion?: string } }): string => String(body.metadata?.resourceVersion)

beforeAll(async () => {
  cluster = await startTestCluster({ history: { events: 60, seconds: 75 } })
  client = new TestClient(cluster)
  for (const name of names) await client.create(idle(name))
  await eventually(async () => (await client.state('l-5')) === 'SUSPENDED' || undefined)
})
afterAll(() => cluster.close())

describe('list', () => {
  it('comes in pages that show one moment, even if objects come and go meanwhile', async () => {
    const first = await client.get(`${TEAM_A}?limit=2`)
    expect(first.body.items?.map(item => item.metadata?.name)).toEqual(['l-1', 'l-2'])
    expect(first.body.metadata).toMatchObject({ remainingItemCount: 3 })
    await client.create(idle('l-2a'))
    await client.delete(`${TEAM_A}/l-2a`)
    const next = encodeURIComponent(String(first.body.metadata?.continue))
    const second = await client.get(`${TEAM_A}?limit=9&continue=${next}`)
    expect(second.body.items?.map(item => item.metadata?.name)).toEqual(['l-3', 'l-4', 'l-5'])
    expect(versionOf(second.body)).toBe(versionOf(first.body))
    expect(second.body.metadata).toMatchObject({ continue: '' })
  })

  it('ignores limit for resourceVersion=0', async () => {
    expect((await client.get(`${TEAM_A}?resourceVersion=0&limit=2`)).body.items).toHaveLength(5)
  })

  it('answers 410 for an expired continue token, with one for an inconsistent rest', async () => {
    const first = await client.get(`${TEAM_A}?limit=2`)
    cluster.control.expireHistory()
    const token = encodeURIComponent(String(first.body.metadata?.continue))
    const answer = await client.get(`${TEAM_A}?limit=2&continue=${token}`)
    expect([answer.code, answer.body.reason]).toEqual([410, 'Expired'])
    const rest = await client.get(`${TEAM_A}?continue=${encodeURIComponent(String(answer.body.metadata?.continue))}`)
    expect(rest.body.items?.map(item => item.metadata?.name)).toEqual(['l-3', 'l-4', 'l-5'])
  })

  it.each([
    ['continue=garbage', 400, 'invalid continue token'],
    [
      'fieldSelector=status.applicationState.state%3DFAILED',
      400,
      'field label not supported: status.applicationState.state',
    ],
    ['resourceVersion=2&resourceVersionMatch=Exact', 410, 'The resourceVersion for the provided list is too old.'],
    ['labelSelector=%3D%3D', 400, 'unable to parse requirement'],
  ])('refuses %s', async (query, code, text) => {
    const answer = await client.get(`${TEAM_A}?${query}`)
    expect([answer.code, String(answer.body.message).slice(0, text.length)]).toEqual([code, text])
  })

  it.each([
    ['labelSelector=example.org%2Fjob%3Dl-1', ['l-1']],
    ['labelSelector=example.org%2Fjob%20in%20(l-1,l-2)', ['l-1', 'l-2']],
    ['labelSelector=example.org%2Fjob!%3Dl-1,example.org%2Fjob%20notin%20(l-2,l-3)', ['l-4', 'l-5']],
    ['labelSelector=!example.org%2Fjob', []],
    ['fieldSelector=metadata.name%3Dl-3', ['l-3']],
  ])('selects by %s', async (query, expected) => {
    const { body } = await client.get(`${TEAM_A}?${query}`)
    expect(body.items?.map(item => item.metadata?.name)).toEqual(expected)
  })

  it('has a form without specs and one as a table', async () => {
    const partial = await client.get(TEAM_A, {
      Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    })
    expect(partial.body.kind).toBe('PartialObjectMetadataList')
    expect(partial.body.items?.[0]).not.toHaveProperty('spec')
    expect(partial.body.items?.[0]?.metadata).toMatchObject({ name: 'l-1', labels: { 'example.org/job': 'l-1' } })
    const table = await client.get(`${TEAM_A}?includeObject=None`, {
      Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    })
    const [row] = table.body.rows as { cells: unknown[]; object: unknown }[]
    expect(row?.cells.slice(0, 6)).toEqual(['l-1', true, 'SUSPENDED', null, '<no value>', '<no value>'])
    expect(row?.object).toBeNull()
    expect((await client.get(TEAM_A, { Accept: 'application/vnd.kubernetes.protobuf' })).code).toBe(406)
  })
})

describe('watch', () => {
  const watch = (query: string): ReturnType<typeof collectWatch> =>
    collectWatch(cluster, reconcile, `${TEAM_A}?watch=1&${query}`)

  it('from the version of a list tells exactly what came after', async () => {
    const version = versionOf((await client.get(TEAM_A)).body)
    await client.create(idle('w-1'))
    const seen = await watch(`resourceVersion=${version}`)
    await eventually(() => seen.lines.some(line => line.object.status?.applicationState !== undefined) || undefined)
    await client.delete(`${TEAM_A}/w-1`)
    await eventually(() => seen.lines.some(line => line.type === 'DELETED') || undefined)
    seen.stop()
    expect(new Set(seen.lines.map(line => line.object.metadata?.name))).toEqual(new Set(['w-1']))
    const versions = seen.lines.map(line => Number(versionOf(line.object)))
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    expect(seen.lines[0]?.type).toBe('ADDED')
  })

  it('without a version begins with what there is, and says where that ends when asked', async () => {
    const seen = await watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true')
    await eventually(() => seen.lines.some(line => line.type === 'BOOKMARK') || undefined)
    seen.stop()
    expect(seen.lines.slice(0, 5).map(line => line.type)).toEqual(Array.from({ length: 5 }, () => 'ADDED'))
    expect(seen.lines[5]?.object.metadata).toMatchObject({ annotations: { 'k8s.io/initial-events-end': 'true' } })
  })

  it('of a version that is forgotten is 200 with one ERROR event', async () => {
    const version = versionOf((await client.get(TEAM_A)).body)
    cluster.control.expireHistory()
    const seen = await watch(`resourceVersion=${version}`)
    await seen.ended
    expect(seen.code).toBe(200)
    expect(seen.lines).toMatchObject([
      {
        type: 'ERROR',
        object: { code: 410, reason: 'Expired', message: expect.stringContaining('too old resource version') },
      },
    ])
  })

  it('forgets by number, too', async () => {
    const version = versionOf((await client.get(TEAM_A)).body)
    for (let round = 0; round < 31; round += 1) {
      await client.create(idle('w-2'))
      await client.delete(`${TEAM_A}/w-2`)
    }
    const seen = await watch(`resourceVersion=${version}`)
    await seen.ended
    expect(seen.lines[0]?.object.code).toBe(410)
  })

  it('ends by itself, with a bookmark before the end', async () => {
    const version = versionOf((await client.get(TEAM_A)).body)
    const seen = await watch(`resourceVersion=${version}&timeoutSeconds=1&allowWatchBookmarks=true`)
    await seen.ended
    expect(seen.lines.at(-1)?.type).toBe('BOOKMARK')
    expect(Number(versionOf(seen.lines.at(-1)?.object ?? {}))).toBeGreaterThanOrEqual(Number(version))
  })

  it('of a version that is no number is HTTP 500', async () => {
    expect((await client.get(`${TEAM_A}?watch=1&resourceVersion=garbage`)).code).toBe(500)
  })

  it('of the whole cluster is for the observe role, in any form', async () => {
    const seen = await collectWatch(cluster, observe, `${APPS}/sparkapplications?watch=1`)
    await eventually(() => seen.lines.length >= 5 || undefined)
    seen.stop()
    expect(seen.lines[0]?.object.metadata).toMatchObject({ namespace: 'team-a' })
  })
})

describe('an independent client (@kubernetes/client-node)', () => {
  it('creates, watches, reads logs and deletes', async () => {
    const config = new KubeConfig()
    const token = await signEksToken(reconcile, { clusterName: CLUSTER_NAME })
    config.loadFromOptions({
      clusters: [{ name: 'c', server: cluster.url, caData: cluster.certificateAuthorityData }],
      users: [{ name: 'u', token }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    })
    const api = config.makeApiClient(CustomObjectsApi)
    const resource = {
      group: 'sparkoperator.k8s.io',
      version: 'v1beta2',
      namespace: 'team-a',
      plural: 'sparkapplications',
    }
    const states: string[] = []
    const list = (): Promise<KubernetesListObject<KubernetesObject>> =>
      api.listNamespacedCustomObject(resource) as Promise<KubernetesListObject<KubernetesObject>>
    const informer = makeInformer(config, TEAM_A, list)
    const note = (object: KubernetesObject): void => {
      const { status } = object as { status?: { applicationState?: { state: string } } }
      const state = status?.applicationState?.state
      if (object.metadata?.name === 'from-client' && state !== undefined && states.at(-1) !== state) states.push(state)
    }
    informer.on('add', note)
    informer.on('update', note)
    await informer.start()
    await api.createNamespacedCustomObject({ ...resource, body: application('from-client') })
    await expect(
      api.createNamespacedCustomObject({ ...resource, body: application('from-client') }),
    ).rejects.toMatchObject({ code: 409 })
    await eventually(() => states.includes('COMPLETED') || undefined)
    await informer.stop()
    expect(states).toEqual(['SUBMITTED', 'RUNNING', 'SUCCEEDING', 'COMPLETED'])
    const log = await config
      .makeApiClient(CoreV1Api)
      .readNamespacedPodLog({ name: 'from-client-driver', namespace: 'team-a', tailLines: 4 })
    expect(log).toContain('Pi is roughly')
    await api.deleteNamespacedCustomObject({ ...resource, name: 'from-client' })
    await expect(api.getNamespacedCustomObject({ ...resource, name: 'from-client' })).rejects.toMatchObject({
      code: 404,
    })
  })
})
