/** The two shapes in which S3 tells of a new object → dropped objects. What is no such event is a bug or a forgery: it throws. */
import type { DroppedObject } from '../../shared/operations/submit-dropped-spec.ts'
import { parseObject, UnknownMessageError } from '../../shared/runtime/batch.ts'

export function readDrops(body: string): readonly DroppedObject[] {
  const event = parseObject(body)
  // S3 sends this once when the notification is set up.
  if (event?.['Event'] === 's3:TestEvent') return []
  if (Array.isArray(event?.['Records'])) return event['Records'].flatMap(fromNotification)
  if (event?.['source'] === 'aws.s3' && event['detail-type'] === 'Object Created') return [fromEventBridge(event)]
  throw new UnknownMessageError('this is neither an S3 notification nor an "Object Created" event')
}

function fromNotification(record: unknown): DroppedObject[] {
  const name = text(record, 'eventName') ?? ''
  if (!/^(s3:)?ObjectCreated:/.test(name)) return []
  const object = part(part(record, 's3'), 'object')
  // S3 encodes keys in notifications as in a form: space as `+`.
  const key = decodeURIComponent((text(object, 'key') ?? '').replaceAll('+', ' '))
  return [
    {
      ...dropped(
        text(part(part(record, 's3'), 'bucket'), 'name'),
        key,
        text(object, 'versionId'),
        text(object, 'sequencer'),
        object['size'],
      ),
      ...putBy(
        text(part(record, 'userIdentity'), 'principalId'),
        text(part(record, 'requestParameters'), 'sourceIPAddress'),
      ),
    },
  ]
}

function fromEventBridge(event: Record<string, unknown>): DroppedObject {
  const detail = part(event, 'detail')
  const object = part(detail, 'object')
  return {
    ...dropped(
      text(part(detail, 'bucket'), 'name'),
      text(object, 'key') ?? '',
      text(object, 'version-id'),
      text(object, 'sequencer'),
      object['size'],
    ),
    ...putBy(text(detail, 'requester'), text(detail, 'source-ip-address')),
  }
}

/** As the event says: for the audit trail, and for no decision. */
const putBy = (principal: string | undefined, sourceIp: string | undefined) => ({
  ...(principal !== undefined && { principal }),
  ...(sourceIp !== undefined && { sourceIp }),
})

function dropped(
  bucket: string | undefined,
  key: string,
  versionId: string | undefined,
  sequencer: string | undefined,
  size: unknown,
): DroppedObject {
  const versioned = versionId !== undefined && versionId !== '' && versionId !== 'null'
  const version = versioned ? versionId : sequencer
  if (bucket === undefined || key === '' || version === undefined)
    throw new UnknownMessageError('the event names no bucket, key, or version')
  return { bucket, key, version, versioned, ...(typeof size === 'number' && { size }) }
}

function part(value: unknown, name: string): Record<string, unknown> {
  const inner = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}
}

function text(value: unknown, name: string): string | undefined {
  const inner = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof inner === 'string' ? inner : undefined
}
