/**
 * readJobLog: the log of a job's driver or of one of its executors, live from the pod; when that is gone, a driver's from the
 * archive, and anybody's from where the cluster ships its logs. A cursor makes pages and following the same thing: each answer
 * says where the next one goes on.
 */
import { clusterOfAttempt } from '../domain/job.ts'
import type { Attempt, Job } from '../domain/job.ts'
import type { PodView } from '../domain/observed.ts'
import { driverPodOf, PROGRAM_CONTAINERS } from '../domain/pod-names.ts'
import type { ClusterWindow, ClusterWindows } from './api-ports.ts'
import type { JobLog, LogCursor, LogLine, LogRequest } from './job-log.ts'
import type { LogArchive } from './ports.ts'
import { readShippedLog } from './read-shipped-log.ts'
import type { ShippedLogs } from './read-shipped-log.ts'

/** Of one answer; a function's answer may have 6 MB, and quoting can double a line. */
const MAX_LOG_BYTES = 1024 * 1024

/** `archive` absent: nothing is kept; `shipped` absent: nothing is shipped. */
export async function readJobLog(
  clusters: ClusterWindows,
  archive: LogArchive | undefined,
  job: Job,
  request: LogRequest,
  shipped?: ShippedLogs,
): Promise<JobLog> {
  const number = request.attempt ?? job.attempts.at(-1)?.number
  const attempt = job.attempts.find(each => each.number === number)
  if (attempt === undefined) return absent(noAttempt(job, request.attempt))
  const live = await readLive(clusters, job, attempt, request)
  // What is shipped of a pod that may only be out of reach is late, and live lines are to come.
  if (live.outcome === 'read' || (live.outcome !== 'absent' && attempt.endedAt === undefined)) return live
  const isKept = request.role === 'driver' && attempt.endedAt !== undefined
  const log = { team: job.team, jobId: job.jobId, attempt: attempt.number }
  const text = isKept ? await archive?.read(log) : undefined
  if (text !== undefined && holds(linesOf(text), request)) return readKept(text, attempt, request)
  const found = await readElsewhere(shipped, job, attempt, request)
  if (found?.outcome === 'read') return found
  return text === undefined ? (found ?? live) : readKept(text, attempt, request)
}

/** Whether the end of a log is enough: the last lines, or those behind a place in it. Its beginning may be missing. */
function holds(kept: readonly LogLine[], { tail, since }: LogRequest): boolean {
  const [first] = kept
  if (since === undefined) return tail !== undefined && tail <= kept.length
  return first !== undefined && isFrom(since.time, first.at)
}

/** undefined: nothing was shipped. Named by the job's own record: no word of a request but the executor's number is part of it. */
async function readElsewhere(
  shipped: ShippedLogs | undefined,
  job: Job,
  attempt: Attempt,
  request: LogRequest,
): Promise<JobLog | undefined> {
  const { namespace } = job
  const place = {
    cluster: clusterOfAttempt(job, attempt),
    namespace,
    objectName: attempt.objectName,
    role: request.role,
  }
  const log = await readShippedLog(shipped, place, request)
  if (log.outcome === 'absent') return undefined
  if (log.outcome !== 'read') return log
  // The shipper is some seconds late: of an attempt that lives there may be more.
  const ended = !log.more && attempt.endedAt !== undefined
  return { ...log, source: 'archive', attempt: attempt.number, ended }
}

async function readLive(clusters: ClusterWindows, job: Job, attempt: Attempt, request: LogRequest): Promise<JobLog> {
  if (attempt.goneAt !== undefined)
    return absent(`The pods of attempt ${attempt.number} were removed at ${new Date(attempt.goneAt).toISOString()}.`)
  const cluster = clusterOfAttempt(job, attempt)
  const window = await clusters.of(cluster)
  if (window === undefined) return absent(`Cluster ${cluster} is not in the platform file any more.`)
  const listed = await window.listPods(job.namespace, attempt.objectName)
  if (listed.outcome !== 'listed') return listed
  const pod = findPod(listed.pods, request.role)
  if (pod === undefined) return noPod(job, attempt, request.role)
  return readPod(window, job, attempt, pod, request)
}

/** The same questions as to a pod: the newest lines, or those behind a cursor. */
function readKept(text: string, attempt: Attempt, { tail, since }: LogRequest): JobLog {
  const kept = linesOf(text)
  const from =
    since === undefined
      ? kept.slice(tail === undefined ? 0 : Math.max(0, kept.length - tail))
      : kept.filter(({ at }) => isFrom(at, since.time))
  const lines = unseen(from, since)
  const next = cursorAfter(lines, since)
  const about = { source: 'archive' as const, attempt: attempt.number, pod: driverPodOf(attempt) }
  return { outcome: 'read', ...about, lines, more: false, ended: true, ...(next !== undefined && { next }) }
}

/** Times of nodes may have offsets, and those of callers no fraction. */
function isFrom(time: string, start: string): boolean {
  const [at, from] = [Date.parse(time), Date.parse(start)]
  return at > from || (at === from && nanoseconds(time) >= nanoseconds(start))
}

const nanoseconds = (time: string): string => (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0')

const absent = (why: string): JobLog => ({ outcome: 'absent', why })

const noAttempt = (job: Job, asked: number | undefined): string =>
  asked === undefined
    ? `The job is ${job.state} and has had no attempt: nothing has been written.`
    : `The job has no attempt ${asked}; it has had ${job.attempts.length}.`

/** Spark names its executors `<application>-exec-<number>`. */
function findPod(pods: readonly PodView[], role: LogRequest['role']): PodView | undefined {
  if (role === 'driver') return pods.find(pod => pod.role === 'driver')
  return pods.find(pod => pod.role === 'executor' && pod.name.endsWith(`-exec-${role}`))
}

function noPod(job: Job, attempt: Attempt, role: LogRequest['role']): JobLog {
  const who = role === 'driver' ? 'driver' : `executor ${role}`
  if (attempt.endedAt !== undefined) return absent(`The pod of the ${who} of attempt ${attempt.number} is gone.`)
  if (role !== 'driver') return absent(`Attempt ${attempt.number} has no ${who} now: not yet, or not any more.`)
  const waitingFor = `Attempt ${attempt.number} has no driver yet (${job.state}): ${job.message}`
  return {
    outcome: 'read',
    source: 'pod',
    attempt: attempt.number,
    pod: '',
    lines: [],
    more: false,
    ended: false,
    waitingFor,
  }
}

async function readPod(
  window: ClusterWindow,
  job: Job,
  attempt: Attempt,
  pod: PodView,
  { role, tail, since }: LogRequest,
): Promise<JobLog> {
  const container = PROGRAM_CONTAINERS[role === 'driver' ? 'driver' : 'executor']
  const place = {
    namespace: job.namespace,
    pod: pod.name,
    ...(pod.containers.some(({ name }) => name === container) && { container }),
  }
  const answer = await window.readLog(place, {
    limitBytes: MAX_LOG_BYTES,
    ...(since === undefined ? tail !== undefined && { tailLines: tail } : { sinceTime: since.time }),
  })
  const about = { source: 'pod' as const, attempt: attempt.number, pod: pod.name }
  switch (answer.outcome) {
    case 'read': {
      const more = Buffer.byteLength(answer.text) >= MAX_LOG_BYTES
      const lines = unseen(linesOf(answer.text), since)
      const next = more && lines.length === 0 ? behind(since, answer.text) : cursorAfter(lines, since)
      // A pod that is over writes nothing more; one that is not may, whatever the job's record says.
      const ended = !more && (pod.phase === 'Succeeded' || pod.phase === 'Failed')
      return { outcome: 'read', ...about, lines, more, ended, ...(next !== undefined && { next }) }
    }
    case 'waiting': {
      const next = since === undefined ? {} : { next: since }
      return { outcome: 'read', ...about, lines: [], more: false, ended: false, waitingFor: answer.message, ...next }
    }
    case 'absent':
      return absent(`The pod ${pod.name} is gone.`)
    case 'denied':
    case 'unavailable':
      return answer
  }
}

/** Whole lines only: what was cut comes with the next page. */
function linesOf(text: string): readonly LogLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => {
      const space = line.indexOf(' ')
      return { at: line.slice(0, space), text: line.slice(space + 1) }
    })
}

/** The cluster answers from the cursor's time on, its own line included. */
function unseen(lines: readonly LogLine[], since: LogCursor | undefined): readonly LogLine[] {
  if (since === undefined) return lines
  let seen = 0
  return lines.filter(({ at }) => !isMoment(at, since.time) || ++seen > since.seen)
}

/** Shipped lines have milliseconds, and a cursor behind some of them means as many of those lines elsewhere. */
function isMoment(at: string, moment: string): boolean {
  if (!/\.\d{3}Z$/.test(moment)) return at === moment
  return Date.parse(at) === Date.parse(moment)
}

/** One page holds nothing new: a line longer than a page, or as many of one moment. Going on behind it is all that is left. */
function behind(since: LogCursor | undefined, text: string): LogCursor {
  const time = Date.parse(since?.time ?? text.slice(0, Math.max(0, text.indexOf(' '))))
  return { time: new Date((Number.isNaN(time) ? 0 : time) + 1).toISOString(), seen: 0 }
}

function cursorAfter(lines: readonly LogLine[], since: LogCursor | undefined): LogCursor | undefined {
  const last = lines.at(-1)
  if (last === undefined) return since
  const before = since?.time === last.at ? since.seen : 0
  return { time: last.at, seen: before + lines.filter(({ at }) => at === last.at).length }
}
