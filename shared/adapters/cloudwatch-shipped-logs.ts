/**
 * ShippedLogs on CloudWatch Logs: one group a cluster, one stream a container. An executor's stream is found by its
 * application's prefix, since a program may choose how its executors' names begin; a driver's name is known.
 */
import { driverPodOf, PROGRAM_CONTAINERS } from '../domain/pod-names.ts'
import { podOfStream, streamPrefixOf } from '../domain/pod-log-streams.ts'
import type { PodLogPlace } from '../domain/pod-log-streams.ts'
import type { ShippedAnswer, ShippedLogs, ShippedQuery } from '../operations/read-shipped-log.ts'
import { AssumeRoleError } from './assumed-credentials.ts'
import { callCloudWatch, isPassing } from './cloudwatch-http.ts'
import type { CloudWatchAction, CloudWatchSettings } from './cloudwatch-http.ts'

/** Where a cluster's logs are, and with whose keys. */
export interface ShippedPlace extends CloudWatchSettings {
  readonly group: string
}

/** The most that DescribeLogStreams gives in one answer, and how many answers are asked for: 1,000 containers. */
const STREAMS_A_PAGE = 50
const MAX_STREAM_PAGES = 20
/** The most of one GetLogEvents, which also ends at 1 MB. */
const EVENTS_A_PAGE = 10_000
/** A page may be empty, or short, before the end. */
const MAX_EVENT_PAGES = 6
/** No further page is asked for behind this; with the last one an answer stays far below a function's 6 MB. */
const ENOUGH_BYTES = 512 * 1024
const RETRY_AFTER_SECONDS = 5

export class CloudWatchShippedLogs implements ShippedLogs {
  private readonly placeOf: (cluster: string) => ShippedPlace | undefined

  /** `placeOf` answers undefined for a cluster that ships nothing. */
  constructor(placeOf: (cluster: string) => ShippedPlace | undefined) {
    this.placeOf = placeOf
  }

  async read(place: PodLogPlace, query: ShippedQuery): Promise<ShippedAnswer> {
    const shipped = this.placeOf(place.cluster)
    if (shipped === undefined) return { outcome: 'absent' }
    try {
      const stream = await findStream(shipped, place)
      const pod = stream === undefined ? undefined : podOfStream(stream, place)
      if (stream === undefined || pod === undefined) return { outcome: 'absent' }
      const read = 'tailLines' in query ? readTail(shipped, stream, query) : readFrom(shipped, stream, query)
      return { outcome: 'read', pod, ...(await read) }
    } catch (error) {
      if (error instanceof Refusal) return answerOf(error)
      if (error instanceof AssumeRoleError) return { outcome: 'denied', message: error.message }
      throw error
    }
  }
}

/** What CloudWatch refused for good, or until its last try. */
class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Keys that are wrong, late or without the right: somebody of the platform must act. */
const DENIED =
  /^(?:AccessDenied|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|InvalidSignature|MissingAuthentication|IncompleteSignature|OptInRequired)/

function answerOf({ code, message }: Refusal): ShippedAnswer {
  if (code === 'ResourceNotFoundException') return { outcome: 'absent' }
  const said = `CloudWatch Logs: ${code}: ${message}`
  if (DENIED.test(code)) return { outcome: 'denied', message: said }
  if (isPassing(code)) return { outcome: 'unavailable', message: said, retryAfterSeconds: RETRY_AFTER_SECONDS }
  throw new Error(said)
}

async function call<Body>(at: ShippedPlace, action: CloudWatchAction, input: Readonly<Record<string, unknown>>) {
  const answer = await callCloudWatch(at, action, { logGroupName: at.group, ...input })
  if (answer.outcome === 'refused') throw new Refusal(answer.code, answer.message)
  return answer.body as Body
}

interface Streams {
  readonly logStreams?: readonly { readonly logStreamName?: string }[]
  readonly nextToken?: string
}

async function findStream(at: ShippedPlace, place: PodLogPlace): Promise<string | undefined> {
  const prefix = streamPrefixOf(place)
  if (place.role === 'driver') return `${prefix}${driverPodOf(place)}.${PROGRAM_CONTAINERS.driver}`
  let nextToken: string | undefined
  for (let page = 0; page < MAX_STREAM_PAGES; page++) {
    const asked = { logStreamNamePrefix: prefix, limit: STREAMS_A_PAGE, ...(nextToken !== undefined && { nextToken }) }
    const answer = await call<Streams>(at, 'DescribeLogStreams', asked)
    const names = (answer.logStreams ?? []).map(({ logStreamName }) => logStreamName ?? '')
    const found = names.find(name => podOfStream(name, place) !== undefined)
    nextToken = answer.nextToken
    if (found !== undefined || nextToken === undefined) return found
  }
  return undefined
}

interface Events {
  readonly events?: readonly { readonly timestamp?: number; readonly message?: string }[]
  readonly nextForwardToken?: string
  readonly nextBackwardToken?: string
}

interface Line {
  readonly at: number
  readonly text: string
}

type Read = Promise<{ readonly lines: readonly Line[]; readonly more: boolean }>

const linesOf = ({ events = [] }: Events): readonly Line[] =>
  events.map(({ timestamp = 0, message = '' }) => ({ at: timestamp, text: message.replace(/\n$/, '') }))

/** The token of the answer is that of the question where a stream ends: nothing else says so. */
async function readFrom(
  at: ShippedPlace,
  stream: string,
  { since, seen }: { readonly since: number; readonly seen: number },
): Read {
  const lines: Line[] = []
  let bytes = 0
  let skipped = 0
  let nextToken: string | undefined
  for (let page = 0; page < MAX_EVENT_PAGES && bytes < ENOUGH_BYTES; page++) {
    const answer = await call<Events>(at, 'GetLogEvents', {
      logStreamName: stream,
      startFromHead: true,
      limit: EVENTS_A_PAGE,
      startTime: since,
      ...(nextToken !== undefined && { nextToken }),
    })
    for (const line of linesOf(answer)) {
      if (line.at === since && skipped++ < seen) continue
      lines.push(line)
      bytes += Buffer.byteLength(line.text)
    }
    if (answer.nextForwardToken === undefined || answer.nextForwardToken === nextToken) return { lines, more: false }
    nextToken = answer.nextForwardToken
  }
  return { lines, more: true }
}

async function readTail(at: ShippedPlace, stream: string, { tailLines }: { readonly tailLines: number }): Read {
  let lines: readonly Line[] = []
  let nextToken: string | undefined
  for (let page = 0; page < MAX_EVENT_PAGES && lines.length < tailLines; page++) {
    const answer = await call<Events>(at, 'GetLogEvents', {
      logStreamName: stream,
      startFromHead: false,
      limit: Math.min(EVENTS_A_PAGE, tailLines - lines.length),
      ...(nextToken !== undefined && { nextToken }),
    })
    lines = [...linesOf(answer), ...lines]
    if (answer.nextBackwardToken === undefined || answer.nextBackwardToken === nextToken) break
    nextToken = answer.nextBackwardToken
  }
  return { lines, more: false }
}
