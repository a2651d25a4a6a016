/** A recorded HTTP request to AWS → the IAM actions it needs, each with its resource. */
import type { RecordedRequest } from '../bundles/recording-proxy.ts'

/** One right that a request needs. */
export interface AwsCall {
  /** `dynamodb:PutItem`. */
  readonly action: string
  /** An ARN. */
  readonly resource: string
}

/** Where the calls happened, for ARNs. */
export interface AwsPlace {
  readonly region: string
  readonly account: string
  /** Queue names of the embedded stack have no gateway's name in front. */
  readonly queuePrefix: string
}

/** Throws for a request that it does not know: a new kind of call must get its mapping here. */
export function callsOf(request: RecordedRequest, place: AwsPlace): AwsCall[] {
  const read = READERS[request.service]
  if (read === undefined) throw new Error(`no mapping for service ${request.service}`)
  return read(request, place)
}

const READERS: Readonly<Record<string, (request: RecordedRequest, place: AwsPlace) => AwsCall[]>> = {
  dynamodb: readDynamoDb,
  sqs: readSqs,
  s3: readS3,
  events: readEvents,
  eks: readEks,
  sts: readSts,
  logs: readLogs,
}

type Parts = Readonly<Record<string, unknown>>

/** A transaction is authorised part by part; a batch by table. */
function readDynamoDb({ target, body }: RecordedRequest, { region, account }: AwsPlace): AwsCall[] {
  const operation = target?.split('.')[1] ?? ''
  const input = JSON.parse(body) as Parts
  const arn = (table: unknown): string => `arn:aws:dynamodb:${region}:${account}:table/${String(table)}`
  switch (operation) {
    case 'TransactWriteItems':
      return (input['TransactItems'] as Record<string, Parts>[]).flatMap(item =>
        Object.entries(item).map(([kind, part]) => ({
          action: `dynamodb:${kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`}`,
          resource: arn(part['TableName']),
        })),
      )
    case 'TransactGetItems':
      return (input['TransactItems'] as { Get: Parts }[]).map(({ Get }) => ({
        action: 'dynamodb:GetItem',
        resource: arn(Get['TableName']),
      }))
    case 'BatchGetItem':
    case 'BatchWriteItem':
      return Object.keys(input['RequestItems'] as object).map(table => ({
        action: `dynamodb:${operation}`,
        resource: arn(table),
      }))
    default: {
      const index = input['IndexName'] as string | undefined
      const resource = index === undefined ? arn(input['TableName']) : `${arn(input['TableName'])}/index/${index}`
      return [{ action: `dynamodb:${operation}`, resource }]
    }
  }
}

/** A batch needs the right of one message. */
function readSqs({ target, body }: RecordedRequest, { region, account, queuePrefix }: AwsPlace): AwsCall[] {
  const operation = target?.split('.')[1] ?? ''
  const { QueueUrl } = JSON.parse(body) as { QueueUrl: string }
  const name = new URL(QueueUrl).pathname.split('/').at(-1) ?? ''
  const resource = `arn:aws:sqs:${region}:${account}:${queuePrefix}${name}`
  return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource }]
}

function readS3({ method, path }: RecordedRequest): AwsCall[] {
  const [rawPath = '', query = ''] = path.split('?')
  const [bucket = '', ...key] = rawPath.slice(1).split('/').map(decodeURIComponent)
  const resource = `arn:aws:s3:::${bucket}/${key.join('/')}`
  if (method === 'PUT') return [{ action: 's3:PutObject', resource }]
  if (method !== 'GET') throw new Error(`no mapping for S3 ${method}`)
  return [{ action: query.includes('versionId=') ? 's3:GetObjectVersion' : 's3:GetObject', resource }]
}

function readEvents({ target, body }: RecordedRequest, { region, account }: AwsPlace): AwsCall[] {
  if (!target?.endsWith('.PutEvents')) throw new Error(`no mapping for ${target}`)
  const { Entries } = JSON.parse(body) as { Entries: { EventBusName: string }[] }
  return Entries.map(({ EventBusName }) => ({
    action: 'events:PutEvents',
    resource: `arn:aws:events:${region}:${account}:event-bus/${EventBusName}`,
  }))
}

function readEks({ method, path }: RecordedRequest, { region, account }: AwsPlace): AwsCall[] {
  const [, name] = /^\/clusters\/([^/?]+)$/.exec(path) ?? []
  if (method !== 'GET' || name === undefined) throw new Error(`no mapping for EKS ${method} ${path}`)
  return [{ action: 'eks:DescribeCluster', resource: `arn:aws:eks:${region}:${account}:cluster/${name}` }]
}

function readSts({ body }: RecordedRequest): AwsCall[] {
  const parameters = new URLSearchParams(body)
  const action = parameters.get('Action')
  if (action !== 'AssumeRole') throw new Error(`no mapping for STS ${action}`)
  return [{ action: 'sts:AssumeRole', resource: parameters.get('RoleArn') ?? '' }]
}

/** A group is a resource under its ARN with a colon and what follows: of DescribeLogStreams nothing does. */
function readLogs({ target, body }: RecordedRequest, { region, account }: AwsPlace): AwsCall[] {
  const operation = target?.split('.')[1] ?? ''
  const input = JSON.parse(body) as Parts
  const group = `arn:aws:logs:${region}:${account}:log-group:${String(input['logGroupName'])}`
  const stream = input['logStreamName'] as string | undefined
  return [
    {
      action: `logs:${operation}`,
      resource: stream === undefined ? `${group}:` : `${group}:log-stream:${stream}`,
    },
  ]
}
