/**
 * What every SparkCluster keeps to, in the course of ordinary work: one suite over the fake, the embedded cluster and any
 * cluster that a factory names. What a cluster answers when it is in trouble is tested beside it (spark-cluster.test.ts).
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CanonicalSpec, JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import { renderSparkApplication } from '../../shared/domain/job-spec/rendering/render-spark-application.ts'
import type { ApplicationView, PodView } from '../../shared/domain/observed.ts'
import type { SparkCluster } from '../../shared/operations/ports.ts'

/** A cluster, where we may work on it, and how an application there gets to its end. */
export interface ClusterSide {
  readonly cluster: SparkCluster
  readonly namespace: string
  readonly serviceAccount: string
  /** An image that the cluster has. */
  readonly image: string
  /** Puts an application there that is not the gateway's. */
  putForeign(name: string): Promise<void>
  /** Lets the application run to COMPLETED, as the operator does; may do nothing and let it run by itself. */
  letRun(name: string): Promise<void>
}

/** More looks or pages than this are a loop. */
const MAX_LOOKS = 240
const WATCH_SECONDS = 1

/** An application as the gateway renders it: an example of every Spark image, which asks `work` times for a part of pi. */
export function rendered(
  side: Pick<ClusterSide, 'namespace' | 'serviceAccount' | 'image'>,
  objectName: string,
  work = '1',
): JsonObject {
  const pod = { cores: 1, memory: '512m', coreRequest: '100m' }
  const spec: CanonicalSpec = {
    version: 1,
    name: 'contract',
    labels: {},
    application: {
      type: 'Python',
      mode: 'cluster',
      sparkVersion: '4.0.4',
      image: side.image,
      imagePullPolicy: 'IfNotPresent',
      mainApplicationFile: 'local:///opt/spark/examples/src/main/python/pi.py',
      arguments: [work],
      driver: pod,
      executor: { ...pod, instances: 1 },
    },
  }
  return renderSparkApplication({
    spec,
    specHash: 'hash-of-the-spec',
    jobId: `j-${objectName}`,
    team: 'payments',
    attempt: 2,
    objectName,
    namespace: side.namespace,
    serviceAccount: side.serviceAccount,
    timeToLiveSeconds: 3_600,
    remedies: [],
  })
}

/** Runs the suite over one cluster; names begin with `prefix`, so that runs do not meet. */
export function sparkClusterContract(implementation: string, open: () => Promise<ClusterSide>, prefix = 'c'): void {
  describe(`SparkCluster: ${implementation}`, () => {
    let side: ClusterSide
    let made = 0
    beforeAll(async () => {
      side = await open()
    })
    /** What a test leaves is no use to the next, and on a real cluster a Spark job of its own. */
    const created: { readonly name: string; readonly uid: string }[] = []
    afterEach(async () => {
      for (const { name, uid } of created.splice(0)) await side.cluster.delete(side.namespace, name, uid)
    })
    const newName = () => `${prefix}-contract-${++made}`
    /** The operator leaves it alone: a submission costs a real one seconds of a core. */
    const parked = (name: string, work?: string): JsonObject => {
      const object = rendered(side, name, work)
      return { ...object, spec: { ...(object['spec'] as JsonObject), suspend: true } }
    }
    const create = async (name = newName(), object = parked(name)) => {
      const answer = await side.cluster.create(side.namespace, object)
      if (answer.outcome !== 'created') throw new Error(`not created: ${JSON.stringify(answer)}`)
      created.push({ name, uid: answer.uid })
      return { name, uid: answer.uid }
    }
    const get = (name: string) => side.cluster.get(side.namespace, name)
    const listAll = async (limit: number): Promise<{ views: ApplicationView[]; resourceVersion: string }> => {
      const views: ApplicationView[] = []
      let continueFrom: string | undefined
      for (let page = 0; page < MAX_LOOKS; page++) {
        const answer = await side.cluster.list({ limit, ...(continueFrom !== undefined && { continueFrom }) })
        if (answer.outcome !== 'listed') throw new Error(`not listed: ${JSON.stringify(answer)}`)
        expect(answer.applications.length).toBeLessThanOrEqual(limit)
        views.push(...answer.applications)
        continueFrom = answer.continueFrom
        if (continueFrom === undefined) return { views, resourceVersion: answer.resourceVersion }
      }
      throw new Error('the list does not end')
    }
    /** Watches from a version on until `isEnough`; the next watch begins where the last one ended. */
    const watchUntil = async (from: string, isEnough: (seen: readonly ApplicationView[]) => boolean) => {
      const seen: ApplicationView[] = []
      let resourceVersion = from
      for (let look = 0; !isEnough(seen); look++) {
        const last = seen.at(-1)
        if (look === MAX_LOOKS) throw new Error(`not seen; the last was ${last?.name} ${last?.operatorState}`)
        const answer = await side.cluster.watch(resourceVersion, WATCH_SECONDS, view => seen.push(view))
        if (answer.outcome !== 'ended') throw new Error(`not watched: ${JSON.stringify(answer)}`)
        resourceVersion = answer.resourceVersion
      }
      return seen
    }

    /** One run for all tests that look at an end: `seen` is all that a watch from `from` on told of. */
    let ran: Promise<{ name: string; uid: string; from: string; seen: readonly ApplicationView[] }> | undefined
    const anEnded = () => (ran ??= runToItsEnd())
    const runToItsEnd = async () => {
      const { resourceVersion: from } = await listAll(500)
      const name = newName()
      const made = await side.cluster.create(side.namespace, rendered(side, name))
      if (made.outcome !== 'created') throw new Error(`not created: ${JSON.stringify(made)}`)
      await side.letRun(name)
      const isOver = (view: ApplicationView): boolean => view.name === name && view.operatorState === 'COMPLETED'
      return { name, uid: made.uid, from, seen: await watchUntil(from, views => views.some(isOver)) }
    }
    afterAll(async () => {
      if (ran === undefined) return
      const { name, uid } = await ran
      await side.cluster.delete(side.namespace, name, uid)
    })

    it('creates an object and answers its uid', async () => {
      const { name, uid } = await create()
      expect(uid).not.toBe('')
      expect(await get(name)).toMatchObject({ outcome: 'found', application: { name, uid } })
    })
    it('says exists where the name is taken, and leaves the object alone', async () => {
      const { name, uid } = await create()
      expect(await side.cluster.create(side.namespace, parked(name, '9'))).toEqual({ outcome: 'exists' })
      expect(await get(name)).toMatchObject({ application: { uid } })
    })
    it('lets one of ten creates at the same time win', async () => {
      const name = newName()
      const creates = Array.from({ length: 10 }, () => side.cluster.create(side.namespace, parked(name)))
      const answers = await Promise.all(creates)
      for (const answer of answers) if (answer.outcome === 'created') created.push({ name, uid: answer.uid })
      const outcomes = answers.map(answer => answer.outcome)
      expect(outcomes.toSorted()).toEqual(['created', ...Array.from({ length: 9 }, () => 'exists')])
    })
    it('shows by which identity the gateway knows its own', async () => {
      const { name } = await create()
      const identity = { jobId: `j-${name}`, team: 'payments', attempt: 2, specHash: 'hash-of-the-spec' }
      expect(await get(name)).toMatchObject({ application: identity })
    })
    it('says absent for a name that nothing has', async () => {
      expect(await get(`${prefix}-contract-nothing`)).toEqual({ outcome: 'absent' })
    })

    it('deletes by uid', async () => {
      const { name, uid } = await create()
      expect(await side.cluster.delete(side.namespace, name, uid)).toEqual({ outcome: 'deleted' })
      expect(await get(name)).toEqual({ outcome: 'absent' })
    })
    it('leaves an object of another uid alone', async () => {
      const { name, uid } = await create()
      const other = '00000000-0000-0000-0000-000000000000'
      expect(await side.cluster.delete(side.namespace, name, other)).toEqual({ outcome: 'other-uid' })
      expect(await get(name)).toMatchObject({ application: { uid } })
    })
    it('counts what is absent as deleted, however often', async () => {
      const { name, uid } = await create()
      for (let times = 0; times < 3; times++)
        expect(await side.cluster.delete(side.namespace, name, uid)).toEqual({ outcome: 'deleted' })
    })
    it('gives the name anew to another object after a delete', async () => {
      const first = await create()
      await side.cluster.delete(side.namespace, first.name, first.uid)
      const second = await create(first.name)
      expect(second.uid).not.toBe(first.uid)
      expect(await side.cluster.delete(side.namespace, first.name, first.uid)).toEqual({ outcome: 'other-uid' })
    })

    it.each([1, 2, 500])('lists all of the gateway and nothing else, in pages of %i', async limit => {
      const names = [(await create()).name, (await create()).name, (await create()).name]
      const foreign = newName()
      await side.putForeign(foreign)
      const { views } = await listAll(limit)
      const listed = views.map(view => view.name)
      expect(listed).toEqual(expect.arrayContaining(names))
      expect(new Set(listed).size).toBe(listed.length)
      expect(listed).not.toContain(foreign)
    })
    it('lists the state, too', async () => {
      const { name, uid } = await anEnded()
      const { views } = await listAll(500)
      const identity = { uid, jobId: `j-${name}`, team: 'payments', attempt: 2 }
      expect(views.find(view => view.name === name)).toMatchObject({ ...identity, operatorState: 'COMPLETED' })
    })
    it('watches an application to its end, from where a list left off', async () => {
      const { name, uid, seen } = await anEnded()
      const ours = seen.filter(view => view.name === name)
      expect(ours.every(view => view.uid === uid && view.jobId === `j-${name}`)).toBe(true)
      expect(ours.map(view => view.operatorState)).toContain('RUNNING')
      expect(await get(name)).toMatchObject({ application: { operatorState: 'COMPLETED' } })
    })
    it('watches from anywhere in the past without missing a change', async () => {
      const { name, from } = await anEnded()
      const isOver = (view: ApplicationView): boolean => view.name === name && view.operatorState === 'COMPLETED'
      const again = await watchUntil(from, views => views.some(isOver))
      expect(again.filter(view => view.name === name).map(view => view.operatorState)).toContain('RUNNING')
    })
    it('tells of a delete by somebody else', async () => {
      const { name, uid } = await create()
      const { resourceVersion } = await listAll(500)
      await side.cluster.delete(side.namespace, name, uid)
      const seen = await watchUntil(resourceVersion, views => views.some(view => view.name === name))
      expect(seen.find(view => view.name === name)).toMatchObject({ uid, jobId: `j-${name}` })
    })
    it('is silent about what is not the gateway’s', async () => {
      const { resourceVersion } = await listAll(500)
      const foreign = newName()
      await side.putForeign(foreign)
      const { name } = await create()
      await side.letRun(name)
      const seen = await watchUntil(resourceVersion, views => views.some(view => view.name === name))
      expect(seen.map(view => view.name)).not.toContain(foreign)
    })

    it('lists no pods of what has none', async () => {
      expect(await side.cluster.listPods(side.namespace, `${prefix}-contract-nothing`)).toEqual({
        outcome: 'listed',
        pods: [],
      })
    })
    it('lists no failed executors of what has lost none', async () => {
      const { name } = await anEnded()
      expect(await side.cluster.listExecutorFailures(side.namespace, name)).toEqual({ outcome: 'listed', messages: [] })
    })
    it('lists the driver of an application, with its owner', async () => {
      const { name, uid } = await anEnded()
      const answer = await side.cluster.listPods(side.namespace, name)
      const pods: readonly PodView[] = answer.outcome === 'listed' ? answer.pods : []
      expect(pods.filter(pod => pod.role === 'driver')).toMatchObject([
        { ownerUid: uid, phase: 'Succeeded', deleting: false },
      ])
    })
  })
}
