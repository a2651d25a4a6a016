/**
 * The REST API of EventBridge Scheduler: create, update, get, delete and list schedules. Signatures are not checked (it
 * listens on the loopback address for the local stack), and groups need not exist before their first schedule.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ScheduleExpressionError } from './schedule-expression-error.ts'
import { scheduleKey, type ScheduleStore } from './schedule-store.ts'
import type { ScheduleDefinition, ScheduleRecord } from './schedule.ts'

/** What the API works on. */
export interface ScheduleApiDependencies {
  readonly port: number
  readonly store: ScheduleStore
  readonly put: (kind: ScheduleRecord['kind'], definition: ScheduleDefinition) => string
  readonly arnOf: (record: ScheduleRecord) => string
}

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly errorType?: string
}

type Dates = { [Field in 'StartDate' | 'EndDate']?: number | string }
interface ScheduleInput extends Dates {
  GroupName?: string
  ScheduleExpression?: string
  ScheduleExpressionTimezone?: string
  State?: string
  Description?: string
  ActionAfterCompletion?: string
  FlexibleTimeWindow?: { Mode?: string }
  Target?: {
    Arn?: string
    RoleArn?: string
    Input?: string
    RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number }
  }
}

/** A request needs far less; the input of a schedule is at most 256 KB in AWS. */
const maximumBodyBytes = 1024 * 1024
const defaultPageSize = 100

/** Serves on 127.0.0.1. */
export async function startScheduleApi(
  dependencies: ScheduleApiDependencies,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => void serve(dependencies, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(dependencies.port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(
  dependencies: ScheduleApiDependencies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let answer: Answer
  try {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = /^\/schedules(?:\/([^/]+))?$/.exec(url.pathname)
    answer = path
      ? await route(dependencies, request, url.searchParams, decodeURIComponent(path[1] ?? ''))
      : refuse(404, 'ResourceNotFoundException', `${url.pathname} is not served; /schedules/{Name} is.`)
  } catch (error) {
    const isCallerError =
      error instanceof ScheduleExpressionError || error instanceof SyntaxError || error instanceof RangeError
    const message = error instanceof Error ? error.message : String(error)
    answer = isCallerError
      ? refuse(400, 'ValidationException', message)
      : refuse(500, 'InternalServerException', message)
  }
  const headers = {
    'content-type': 'application/json',
    ...(answer.errorType && { 'x-amzn-errortype': answer.errorType }),
  }
  response.writeHead(answer.status, headers).end(JSON.stringify(answer.body))
}

async function route(
  { store, put, arnOf }: ScheduleApiDependencies,
  request: IncomingMessage,
  query: URLSearchParams,
  name: string,
): Promise<Answer> {
  if (name === '') {
    return request.method === 'GET'
      ? listSchedules(store, arnOf, query)
      : refuse(405, 'ValidationException', 'GET only.')
  }
  const input = request.method === 'POST' || request.method === 'PUT' ? await readInput(request) : {}
  const groupName = input.GroupName ?? query.get('groupName') ?? 'default'
  const key = scheduleKey('schedule', name, groupName)
  const record = store.get(key)
  if (request.method === 'POST' && record) return refuse(409, 'ConflictException', `Schedule ${name} already exists.`)
  if (request.method !== 'POST' && !record) {
    return refuse(404, 'ResourceNotFoundException', `Schedule ${name} does not exist.`)
  }
  switch (request.method) {
    case 'POST':
    case 'PUT':
      return { status: 200, body: { ScheduleArn: put('schedule', parseInput(name, groupName, input)) } }
    case 'DELETE':
      store.delete(key)
      return { status: 200, body: {} }
    case 'GET':
      return { status: 200, body: renderSchedule(record as ScheduleRecord, arnOf) }
    default:
      return refuse(405, 'ValidationException', `${request.method} is not served.`)
  }
}

async function readInput(request: IncomingMessage): Promise<ScheduleInput> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maximumBodyBytes) throw new RangeError(`The body has more than ${maximumBodyBytes} bytes.`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as ScheduleInput
}

function parseInput(name: string, groupName: string, input: ScheduleInput): ScheduleDefinition {
  const { Target: target, State: state = 'ENABLED', ActionAfterCompletion: action } = input
  for (const text of [name, groupName]) {
    if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(text)) throw new RangeError(`"${text}" is not 1 to 64 of 0-9 a-z A-Z - _ .`)
  }
  if (!input.ScheduleExpression || !target?.Arn) throw new RangeError('ScheduleExpression and Target.Arn are required.')
  if (!input.FlexibleTimeWindow?.Mode) throw new RangeError('FlexibleTimeWindow.Mode is required (OFF or FLEXIBLE).')
  if (state !== 'ENABLED' && state !== 'DISABLED') throw new RangeError(`State is ENABLED or DISABLED, not ${state}.`)
  const optional = {
    input: target.Input,
    roleArn: target.RoleArn,
    description: input.Description,
    startDate: parseDate(input.StartDate),
    endDate: parseDate(input.EndDate),
    actionAfterCompletion: action === 'DELETE' ? ('DELETE' as const) : undefined,
    maximumRetryAttempts: target.RetryPolicy?.MaximumRetryAttempts,
    maximumEventAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds,
  }
  const timezone = input.ScheduleExpressionTimezone ?? 'UTC'
  const required = { name, groupName, expression: input.ScheduleExpression, timezone, state, target: target.Arn }
  return { ...required, ...withoutUndefined(optional) } as ScheduleDefinition
}

/** The protocol sends epoch seconds; texts are accepted for people who use curl. */
function parseDate(value: number | string | undefined): Date | undefined {
  if (value === undefined) return undefined
  const date = new Date(typeof value === 'number' ? value * 1000 : value)
  if (Number.isNaN(date.getTime())) throw new RangeError(`"${value}" is not a date.`)
  return date
}

function renderSchedule(record: ScheduleRecord, arnOf: ScheduleApiDependencies['arnOf']): Record<string, unknown> {
  const { definition } = record
  return withoutUndefined({
    Arn: arnOf(record),
    Name: definition.name,
    GroupName: definition.groupName ?? 'default',
    ScheduleExpression: definition.expression,
    ScheduleExpressionTimezone: definition.timezone ?? 'UTC',
    State: definition.state,
    Description: definition.description,
    StartDate: definition.startDate && definition.startDate.getTime() / 1000,
    EndDate: definition.endDate && definition.endDate.getTime() / 1000,
    ActionAfterCompletion: definition.actionAfterCompletion ?? 'NONE',
    FlexibleTimeWindow: { Mode: 'OFF' },
    CreationDate: record.createdAt / 1000,
    LastModificationDate: record.modifiedAt / 1000,
    Target: withoutUndefined({
      Arn: definition.target,
      RoleArn: definition.roleArn,
      Input: definition.input,
      RetryPolicy: {
        MaximumRetryAttempts: definition.maximumRetryAttempts ?? 185,
        MaximumEventAgeInSeconds: definition.maximumEventAgeSeconds ?? 86_400,
      },
    }),
  })
}

/** Pages by name: the token is the last key of the page before. */
function listSchedules(store: ScheduleStore, arnOf: ScheduleApiDependencies['arnOf'], query: URLSearchParams): Answer {
  const pageSize = Math.min(Number(query.get('MaxResults')) || defaultPageSize, defaultPageSize)
  const after = Buffer.from(query.get('NextToken') ?? '', 'base64url').toString()
  const keyOf = ({ definition }: ScheduleRecord): string => `${definition.groupName ?? 'default'}/${definition.name}`
  const matching = store
    .list()
    .filter(record => record.kind === 'schedule' && keyOf(record) > after)
    .filter(
      ({ definition }) =>
        (query.get('ScheduleGroup') ?? definition.groupName ?? 'default') === (definition.groupName ?? 'default'),
    )
    .filter(({ definition }) => definition.name.startsWith(query.get('NamePrefix') ?? ''))
    .filter(({ definition }) => (query.get('State') ?? definition.state) === definition.state)
    .toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
  const page = matching.slice(0, pageSize)
  const last = page.at(-1)
  const Schedules = page.map(record => {
    const { Arn, Name, GroupName, State, CreationDate, LastModificationDate } = renderSchedule(record, arnOf)
    return {
      Arn,
      Name,
      GroupName,
      State,
      CreationDate,
      LastModificationDate,
      Target: { Arn: record.definition.target },
    }
  })
  const token =
    last && matching.length > page.length ? { NextToken: Buffer.from(keyOf(last)).toString('base64url') } : {}
  return { status: 200, body: { Schedules, ...token } }
}

function refuse(status: number, errorType: string, message: string): Answer {
  return { status, errorType, body: { Message: message } }
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
