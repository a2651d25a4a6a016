/** What every ReconcileQueue and ObserveQueue keeps to: what was sent arrives, not before its delay, and as what the functions read. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobRef } from '../../shared/domain/job.ts'
import { ADMIT_TASK, REMOVE_TASK } from '../../shared/operations/ports.ts'
import type { ObserveQueue, ReconcileQueue } from '../../shared/operations/ports.ts'

/** Deliveries are polled for; a second of it is the shortest delay that SQS has. */
const SOON = { timeout: 10_000, interval: 20 }

/** A queue from both ends. */
export interface QueueEnds<Queue, Message> {
  readonly queue: Queue
  /** Takes out what can be received now, as the functions read it. */
  receive(): Promise<readonly Message[]>
  /** A queue of the same kind that does not take anything. */
  readonly broken: Queue
}

/** What asks for something else than a look at a job. */
export interface ReconcileEnds extends QueueEnds<ReconcileQueue, JobRef> {
  /** Takes out what can be received now and names a task; without its version. */
  receiveTasks(): Promise<readonly Readonly<Record<string, unknown>>[]>
}

const refs = (count: number): JobRef[] =>
  Array.from({ length: count }, (_, index) => ({
    team: `team-${index % 3}`,
    jobId: `j${String(index).padStart(24, '0')}`,
  }))

/** Runs the suite; `open` gives an empty queue. */
export function reconcileQueueContract(implementation: string, open: () => Promise<ReconcileEnds>): void {
  describe(`ReconcileQueue: ${implementation}`, () => {
    let ends: ReconcileEnds
    beforeEach(async () => {
      ends = await open()
    })
    const arrivals = async (count: number): Promise<JobRef[]> => {
      const received: JobRef[] = []
      await vi.waitFor(async () => {
        received.push(...(await ends.receive()))
        expect(received.length).toBeGreaterThanOrEqual(count)
      }, SOON)
      return received.toSorted((a, b) => a.jobId.localeCompare(b.jobId))
    }

    it.each([1, 2, 10, 11, 25])('brings each of %i jobs once', async count => {
      await ends.queue.send(refs(count), 0)
      expect(await arrivals(count)).toEqual(refs(count))
      expect(await ends.receive()).toEqual([])
    })
    it('sends nothing for no jobs', async () => {
      await ends.queue.send([], 0)
      expect(await ends.receive()).toEqual([])
    })
    it('carries the id and nothing else of what it is given', async () => {
      const [ref] = refs(1)
      await ends.queue.send([{ ...ref, state: 'RUNNING' } as unknown as JobRef], 0)
      expect(await arrivals(1)).toEqual([ref])
    })
    it('takes the longest delay there is', async () => {
      await ends.queue.send(refs(2), 900)
      expect(await ends.receive()).toEqual([])
    })
    it('brings a delayed look when its time has come', async () => {
      await ends.queue.send(refs(1), 1)
      expect(await ends.receive()).toEqual([])
      expect(await arrivals(1)).toEqual(refs(1))
    })
    it('asks for the removal of an object by all that names it', async () => {
      const orphan = { cluster: 'main', namespace: 'team-a', name: 'j-a1', uid: 'uid-1' }
      await ends.queue.askForRemoval(orphan)
      await vi.waitFor(async () => expect(await ends.receiveTasks()).toEqual([{ task: REMOVE_TASK, ...orphan }]), SOON)
    })
    it('asks for a pass over the queue, at once or later', async () => {
      await ends.queue.askForPass(0)
      await vi.waitFor(async () => expect(await ends.receiveTasks()).toEqual([{ task: ADMIT_TASK }]), SOON)
      await ends.queue.askForPass(900)
      expect(await ends.receiveTasks()).toEqual([])
    })
    it.each([1, 2, 11])('throws where %i could not be sent', async count => {
      await expect(ends.broken.send(refs(count), 0)).rejects.toBeInstanceOf(Error)
    })
  })
}

/** Runs the suite; `open` gives an empty queue. */
export function observeQueueContract(
  implementation: string,
  open: () => Promise<QueueEnds<ObserveQueue, { readonly cluster: string; readonly sequence: number }>>,
): void {
  describe(`ObserveQueue: ${implementation}`, () => {
    it('brings the cluster and the sequence', async () => {
      const { queue, receive } = await open()
      await queue.send({ cluster: 'main', sequence: 42 }, 0)
      await vi.waitFor(async () => expect(await receive()).toEqual([{ cluster: 'main', sequence: 42 }]), SOON)
      expect(await receive()).toEqual([])
    })
    it('holds a delayed tick back', async () => {
      const { queue, receive } = await open()
      await queue.send({ cluster: 'main', sequence: 1 }, 900)
      expect(await receive()).toEqual([])
    })
    it('throws where it could not be sent', async () => {
      const { broken } = await open()
      await expect(broken.send({ cluster: 'main', sequence: 1 }, 0)).rejects.toBeInstanceOf(Error)
    })
  })
}
