/** What every ShippedLogs promises: the place's own lines, from a time or from the end, and nobody else's. */
import { describe, expect, it } from 'vitest'
import type { PodLogPlace } from '../../shared/domain/pod-log-streams.ts'
import type { ShippedAnswer, ShippedLogs } from '../../shared/operations/read-shipped-log.ts'

export interface ShippedSide {
  readonly logs: ShippedLogs
  /** Ships lines of a container, oldest first. */
  ship(stream: string, lines: readonly { readonly at: number; readonly text: string }[]): Promise<void>
}

/** CloudWatch takes no events that are older than two weeks. */
const NOW = Math.floor(Date.now() / 1000) * 1000 - 60_000
const line = (millisecond: number, text: string) => ({ at: NOW + millisecond, text })
const place: PodLogPlace = { cluster: 'main', namespace: 'team-a', objectName: 'etl-k4-a1', role: 1 }
const EXECUTOR = 'team-a.etl-k4-a1.spark-pi-9533a5a1fdc369a1-exec-1.spark-kubernetes-executor'
const DRIVER = 'team-a.etl-k4-a1.etl-k4-a1-driver.spark-kubernetes-driver'

const textsOf = (answer: ShippedAnswer): readonly string[] | string =>
  answer.outcome === 'read' ? answer.lines.map(({ text }) => text) : answer.outcome

/** `open` gives an empty log group, for the cluster `main`. */
export function shippedLogsContract(name: string, open: () => Promise<ShippedSide>): void {
  describe(`shipped logs of ${name}`, () => {
    it('are those of the executor that is asked for, whatever its program calls itself', async () => {
      const { logs, ship } = await open()
      await ship(EXECUTOR, [line(0, 'one'), line(1, 'two')])
      await ship(EXECUTOR.replace('exec-1.', 'exec-11.'), [line(0, 'eleven')])
      await ship(DRIVER, [line(0, 'driver')])
      const all = { since: 0, seen: 0 }
      const one = await logs.read(place, all)
      expect(one).toMatchObject({ pod: 'spark-pi-9533a5a1fdc369a1-exec-1', lines: [{ at: NOW }, { at: NOW + 1 }] })
      expect(textsOf(one)).toEqual(['one', 'two'])
      expect(textsOf(await logs.read({ ...place, role: 11 }, all))).toEqual(['eleven'])
      expect(textsOf(await logs.read({ ...place, role: 'driver' }, all))).toEqual(['driver'])
      expect(textsOf(await logs.read({ ...place, role: 2 }, all))).toBe('absent')
    })

    it('of another team, another application or another container are never an answer', async () => {
      const { logs, ship } = await open()
      const strangers = [
        EXECUTOR.replace('team-a.', 'team-b.'),
        EXECUTOR.replace('etl-k4-a1.', 'etl-k4-a10.'),
        EXECUTOR.replace('etl-k4-a1.', 'etl-k4-a1-b.'),
        EXECUTOR.replace('spark-kubernetes-executor', 'sidecar'),
        `${EXECUTOR}.more`,
        DRIVER.replace('team-a.', 'team-b.'),
        DRIVER.replace('etl-k4-a1-driver', 'etl-k4-a2-driver'),
        `from-kube.${EXECUTOR}`,
      ]
      for (const stream of strangers) await ship(stream, [line(0, 'secret')])
      for (const role of ['driver', 1] as const) {
        expect(await logs.read({ ...place, role }, { since: 0, seen: 0 })).toEqual({ outcome: 'absent' })
        expect(await logs.read({ ...place, role }, { tailLines: 9 })).toEqual({ outcome: 'absent' })
      }
    })

    it('are read from a time on, without what was seen of that moment', async () => {
      const { logs, ship } = await open()
      await ship(EXECUTOR, [line(0, 'a'), line(5, 'b'), line(5, 'c'), line(5, 'd'), line(9, 'e')])
      expect(textsOf(await logs.read(place, { since: NOW + 5, seen: 0 }))).toEqual(['b', 'c', 'd', 'e'])
      expect(textsOf(await logs.read(place, { since: NOW + 5, seen: 2 }))).toEqual(['d', 'e'])
      expect(await logs.read(place, { since: NOW + 9, seen: 1 })).toMatchObject({ lines: [], more: false })
      expect(await logs.read(place, { since: NOW + 10, seen: 0 })).toMatchObject({ lines: [], more: false })
    })

    it('are read from their end, oldest first', async () => {
      const { logs, ship } = await open()
      const lines = Array.from({ length: 8 }, (_, index) => line(index, String(index)))
      await ship(EXECUTOR, lines)
      expect(textsOf(await logs.read(place, { tailLines: 5 }))).toEqual(['3', '4', '5', '6', '7'])
      expect(textsOf(await logs.read(place, { tailLines: 50 }))).toEqual(lines.map(({ text }) => text))
    })

    it('of a cluster that ships nothing are absent', async () => {
      const { logs, ship } = await open()
      await ship(EXECUTOR, [line(0, 'a')])
      expect(textsOf(await logs.read({ ...place, cluster: 'other' }, { tailLines: 1 }))).toBe('absent')
    })
  })
}
