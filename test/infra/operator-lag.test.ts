/** The line that the metric OperatorLag is made of: a run of the whole gateway ends before the first watch that measures it. */
import type { SQSEvent } from 'aws-lambda'
import { expect, it } from 'vitest'
import { createHandler } from '../../functions/observe-cluster/handler.ts'
import { LOG_FILTERS } from '../../infra/log-metrics.ts'
import type { ObserverState } from '../../shared/operations/ports.ts'
import { silentLog } from '../support/silent-log.ts'
import { matchesPattern } from './log-pattern.ts'

const filter = LOG_FILTERS.find(({ metric }) => metric === 'OperatorLag')

/** What the function logs of a cluster with this state; a message of an old sequence does nothing else. */
async function linesWith(state: ObserverState): Promise<string[]> {
  const lines: string[] = []
  const log = {
    ...silentLog,
    info: (message: string, fields: object) => void lines.push(JSON.stringify({ message, ...fields })),
  }
  const deps = { observers: { get: async () => state }, log }
  const body = JSON.stringify({ version: 1, cluster: 'main', sequence: 1 })
  const event = { Records: [{ messageId: '1', body }] } as unknown as SQSEvent
  const context = { awsRequestId: 'x', getRemainingTimeInMillis: () => 60_000 }
  await createHandler(deps as unknown as Parameters<typeof createHandler>[0])(
    event,
    context as never,
    undefined as never,
  )
  return lines
}

const STATE: ObserverState = { cluster: 'main', sequence: 7, active: true, tickedAt: 0 }

it('holds the smoothed lag of a cluster, and is counted with its value', async () => {
  const lines = await linesWith({ ...STATE, lagMilliseconds: 1_500 })
  const counted = lines.filter(line => matchesPattern(filter?.pattern ?? '', line))
  expect(counted.map(line => (JSON.parse(line) as Record<string, unknown>)[filter?.field ?? ''])).toEqual([1_500])
})

it('is not counted for a cluster whose operator has submitted nothing yet', async () => {
  const lines = await linesWith(STATE)
  expect(lines.some(line => matchesPattern('{ $.message = "observed" }', line))).toBe(true)
  expect(lines.filter(line => matchesPattern(filter?.pattern ?? '', line))).toEqual([])
})
