/**
 * PutEvents as EventBridge judges it: each entry for itself, so that some may be taken and others not.
 * Fact: EventBridge API reference, PutEvents and PutEventsResultEntry; entries of up to 1 MB together since January 2026.
 */
import { randomUUID } from 'node:crypto'

const MAX_ENTRIES = 10
const MAX_TOTAL_BYTES = 1024 * 1024
/** A timestamp counts 14 bytes, whatever it says. */
const TIMESTAMP_BYTES = 14

/** An event as rules and targets see it. */
export interface BusEvent {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  /** ISO 8601, whole seconds. */
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** An event and the name of the bus it was put on. */
export interface AcceptedEvent {
  readonly eventBusName: string
  readonly event: BusEvent
}

export type ResultEntry = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string }

/** The whole call is refused. */
export class InvalidPutEvents extends Error {}

interface Entry {
  readonly Source?: unknown
  readonly DetailType?: unknown
  readonly Detail?: unknown
  readonly EventBusName?: unknown
  readonly Resources?: unknown
  readonly Time?: unknown
}

/** Judges the entries: one result for each, in order, and the events that were accepted. Throws InvalidPutEvents. */
export function judgeEntries(
  body: Readonly<Record<string, unknown>>,
  context: { region: string; nowMs: number },
): { results: ResultEntry[]; accepted: AcceptedEvent[] } {
  const entries = body['Entries']
  if (!Array.isArray(entries) || entries.length < 1 || entries.length > MAX_ENTRIES) {
    throw new InvalidPutEvents(
      `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MAX_ENTRIES}`,
    )
  }
  const bytes = (entries as Entry[]).reduce((sum, entry) => sum + measureEntry(entry), 0)
  if (bytes > MAX_TOTAL_BYTES) {
    throw new InvalidPutEvents('Total size of the entries in the request is over the limit.')
  }
  const accepted: AcceptedEvent[] = []
  const results = (entries as Entry[]).map((entry): ResultEntry => {
    const error = findError(entry)
    if (error !== undefined) return error
    const event = renderEvent(entry, context)
    accepted.push({ event, eventBusName: readBusName(entry.EventBusName) })
    return { EventId: event.id }
  })
  return { results, accepted }
}

function findError(entry: Entry): ResultEntry | undefined {
  if (!isText(entry.Source)) return invalidArgument('Source')
  if (!isText(entry.DetailType)) return invalidArgument('DetailType')
  if (!isText(entry.Detail)) return invalidArgument('Detail')
  if (parseDetail(entry.Detail) === undefined)
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
  if (entry.Source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' }
  }
  return undefined
}

function renderEvent(entry: Entry, { region, nowMs }: { region: string; nowMs: number }): BusEvent {
  const timeMs = typeof entry.Time === 'number' ? entry.Time * 1000 : nowMs
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': String(entry.DetailType),
    source: String(entry.Source),
    account: '000000000000',
    time: new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region,
    resources: Array.isArray(entry.Resources) ? (entry.Resources as string[]) : [],
    detail: parseDetail(entry.Detail) ?? {},
  }
}

/** Undefined when it is no JSON object. */
function parseDetail(text: unknown): Record<string, unknown> | undefined {
  try {
    const detail: unknown = JSON.parse(String(text))
    return typeof detail === 'object' && detail !== null && !Array.isArray(detail)
      ? (detail as Record<string, unknown>)
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A bus may be named by its ARN. */
function readBusName(name: unknown): string {
  return isText(name) ? name.replace(/^arn:.*:event-bus\//, '') : 'default'
}

function measureEntry(entry: Entry): number {
  const texts = [
    entry.Source,
    entry.DetailType,
    entry.Detail,
    ...(Array.isArray(entry.Resources) ? entry.Resources : []),
  ]
  const textBytes = texts.reduce<number>((sum, text) => sum + (isText(text) ? Buffer.byteLength(text) : 0), 0)
  return textBytes + (entry.Time === undefined ? 0 : TIMESTAMP_BYTES)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function invalidArgument(name: string): ResultEntry {
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  }
}
