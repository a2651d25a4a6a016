/**
 * What every ClusterWindow keeps to: it tells what a create would answer and leaves nothing behind, and reads the logs of a
 * driver before, while and after it runs.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { ClusterWindow, LogQuery } from '../../shared/operations/api-ports.ts'
import type { SparkCluster } from '../../shared/operations/ports.ts'
import { rendered } from './spark-cluster.contract.ts'
import type { ClusterSide } from './spark-cluster.contract.ts'

/** A window, and the cluster behind it. */
export interface WindowSide extends Pick<ClusterSide, 'namespace' | 'serviceAccount' | 'image'> {
  readonly window: ClusterWindow
  readonly cluster: Pick<SparkCluster, 'create' | 'get'>
}

/** A Spark job of a second, on a machine that is busy. */
const SOON = { timeout: 180_000, interval: 200 }
const ALL: LogQuery = { limitBytes: 1_000_000 }
const STAMPED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z /

/** Runs the suite over one cluster; names begin with `prefix`, so that runs do not meet. */
export function clusterWindowContract(implementation: string, open: () => Promise<WindowSide>, prefix = 'w'): void {
  describe(`ClusterWindow: ${implementation}`, () => {
    let side: WindowSide
    beforeAll(async () => {
      side = await open()
    })
    const named = (name: string): string => `${prefix}-window-${name}`
    const application = (name: string, spec: JsonObject = {}): JsonObject => {
      const object = rendered(side, named(name))
      return { ...object, spec: { ...(object['spec'] as JsonObject), ...spec } }
    }
    const driverOf = async (name: string) => {
      const answer = await side.window.listPods(side.namespace, named(name))
      return answer.outcome === 'listed' ? answer.pods.find(pod => pod.role === 'driver') : undefined
    }
    const readLog = (name: string, query: LogQuery = ALL) => {
      const place = { namespace: side.namespace, pod: `${named(name)}-driver`, container: 'spark-kubernetes-driver' }
      return side.window.readLog(place, query)
    }
    const linesOf = async (name: string, query?: LogQuery): Promise<string[]> => {
      const answer = await readLog(name, query)
      if (answer.outcome !== 'read') throw new Error(`not read: ${JSON.stringify(answer)}`)
      return answer.text.split('\n').filter(line => line !== '')
    }

    it('says created for what would be, and creates nothing', async () => {
      const answer = await side.window.tryCreate(side.namespace, application('tried'))
      expect(answer).toMatchObject({ outcome: 'created' })
      expect(await side.cluster.get(side.namespace, named('tried'))).toEqual({ outcome: 'absent' })
    })
    it('says exists where the name is taken', async () => {
      const taken = await side.cluster.create(side.namespace, application('taken', { suspend: true }))
      expect(taken).toMatchObject({ outcome: 'created' })
      expect(await side.window.tryCreate(side.namespace, application('taken'))).toEqual({ outcome: 'exists' })
    })
    it.each<[string, JsonObject]>([
      ['an unknown field', { exeuctor: {} }],
      ['a value that is not in its list', { type: 'Pyton' }],
      ['a value of a wrong type', { driver: { cores: 'one' } }],
      ['a setting that the operator forbids', { sparkConf: { 'spark.master': 'local' } }],
    ])('says refused for %s, as a create would', async (_, spec) => {
      const tried = await side.window.tryCreate(side.namespace, application('refused', spec))
      expect(tried).toMatchObject({ outcome: 'refused' })
      expect(await side.cluster.create(side.namespace, application('refused', spec))).toEqual(tried)
    })

    it('finds no log of a pod that is not there', async () => {
      expect(await readLog('nothing')).toEqual({ outcome: 'absent' })
    })
    it('waits for the log of a driver that has no node', async () => {
      const { driver: ordinary } = application('nowhere')['spec'] as { driver: JsonObject }
      const driver = { ...ordinary, nodeSelector: { 'example.org/no-such': 'node' } }
      await side.cluster.create(side.namespace, application('nowhere', { driver }))
      await vi.waitFor(async () => expect(await driverOf('nowhere')).toMatchObject({ phase: 'Pending' }), SOON)
      expect(await readLog('nowhere')).toMatchObject({ outcome: 'waiting' })
    })
    it('reads the whole log of an ended driver, its last lines, and what came since a time', async () => {
      await side.cluster.create(side.namespace, application('logged'))
      await vi.waitFor(async () => expect(await driverOf('logged')).toMatchObject({ phase: 'Succeeded' }), SOON)
      const lines = await linesOf('logged')
      expect(lines.length).toBeGreaterThan(3)
      for (const line of lines) expect(line).toMatch(STAMPED)
      expect(await linesOf('logged', { ...ALL, tailLines: 2 })).toEqual(lines.slice(-2))
      const sinceTime = lines.at(-1)?.split(' ')[0] ?? ''
      expect(await linesOf('logged', { ...ALL, sinceTime })).toContain(lines.at(-1))
      const cut = await readLog('logged', { limitBytes: 100 })
      const whole = await readLog('logged')
      if (cut.outcome !== 'read' || whole.outcome !== 'read') throw new Error('the log is gone')
      expect(Buffer.byteLength(cut.text)).toBeLessThanOrEqual(100)
      expect(whole.text.startsWith(cut.text)).toBe(true)
    })
  })
}
