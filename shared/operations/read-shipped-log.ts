/**
 * readShippedLog: the log of a pod that is gone, from where the platform ships the logs of all pods. Its times are milliseconds,
 * those of a pod nanoseconds: who goes on here from a pod's cursor gets the lines of that one millisecond again, and misses none.
 */
import type { PodLogPlace } from '../domain/pod-log-streams.ts'
import type { LogCursor, LogLine, LogRequest } from './job-log.ts'
import type { ClusterTrouble } from './ports.ts'

export type ShippedQuery =
  /** The newest lines, at most so many. */
  | { readonly tailLines: number }
  /** From this time on (epoch milliseconds), without the first `seen` lines of exactly that millisecond. */
  | { readonly since: number; readonly seen: number }

export type ShippedAnswer =
  | {
      readonly outcome: 'read'
      readonly pod: string
      /** Oldest first; `at` in epoch milliseconds. */
      readonly lines: readonly { readonly at: number; readonly text: string }[]
      /** There are further lines now. */
      readonly more: boolean
    }
  /** Nothing was ever shipped, or it is too old, or the cluster ships nothing. */
  | { readonly outcome: 'absent' }
  | ClusterTrouble

export interface ShippedLogs {
  /** Lines of the program's container only, about 1 MB at most. Another place's lines are never part of the answer. */
  read(place: PodLogPlace, query: ShippedQuery): Promise<ShippedAnswer>
}

export type ShippedLog =
  | {
      readonly outcome: 'read'
      readonly pod: string
      readonly lines: readonly LogLine[]
      readonly next?: LogCursor
      readonly more: boolean
    }
  | Exclude<ShippedAnswer, { readonly outcome: 'read' }>

/** `logs` absent: nothing is shipped. */
export async function readShippedLog(
  logs: ShippedLogs | undefined,
  place: PodLogPlace,
  { tail, since }: Pick<LogRequest, 'tail' | 'since'>,
): Promise<ShippedLog> {
  if (logs === undefined) return { outcome: 'absent' }
  const from = since === undefined ? { since: 0, seen: 0 } : inMilliseconds(since)
  const answer = await logs.read(place, since === undefined && tail !== undefined ? { tailLines: tail } : from)
  if (answer.outcome !== 'read') return answer
  const { pod, more } = answer
  const lines = answer.lines.map(({ at, text }) => ({ at: new Date(at).toISOString(), text }))
  // Pages without anything new, and still no end: going on behind that millisecond is all that is left.
  const stuck = more && lines.length === 0 ? { time: new Date(from.since + 1).toISOString(), seen: 0 } : since
  const next = cursorBehind(answer.lines, from) ?? stuck
  return { outcome: 'read', pod, lines, more, ...(next !== undefined && { next }) }
}

/** What was seen of a finer moment is not known to have been all of its millisecond. */
function inMilliseconds({ time, seen }: LogCursor): { readonly since: number; readonly seen: number } {
  const at = Date.parse(time)
  const isWhole = /^[^.]*(?:\.\d{1,3}0*)?Z$/.test(time)
  return { since: at, seen: isWhole ? seen : 0 }
}

function cursorBehind(
  lines: readonly { readonly at: number }[],
  from: { readonly since: number; readonly seen: number },
): LogCursor | undefined {
  const last = lines.at(-1)?.at
  if (last === undefined) return undefined
  const before = last === from.since ? from.seen : 0
  return { time: new Date(last).toISOString(), seen: before + lines.filter(({ at }) => at === last).length }
}
