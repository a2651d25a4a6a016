import { describe, expect, it } from 'vitest'
import { readDrops } from '../../functions/object-created/read-drops.ts'
import { readFiring } from '../../functions/schedule-fired/read-firing.ts'

const notification = (object: object, eventName = 'ObjectCreated:Put') =>
  JSON.stringify({ Records: [{ eventName, s3: { bucket: { name: 'inbox' }, object } }] })

describe('S3 tells of a new object', () => {
  it('decodes keys as S3 encodes them', () => {
    const [drop] = readDrops(
      notification({ key: 'payments/a+b%20c%2B%25%C3%A9.yaml', versionId: 'v1', sequencer: '00A', size: 3 }),
    )
    expect(drop).toEqual({ bucket: 'inbox', key: 'payments/a b c+%é.yaml', version: 'v1', versioned: true, size: 3 })
  })
  it('falls back to the sequencer where the bucket has no versions', () => {
    expect(readDrops(notification({ key: 'payments/a.yaml', sequencer: '00A' }))).toMatchObject([
      { version: '00A', versioned: false },
    ])
  })
  it('reads EventBridge events, whose keys are not encoded', () => {
    const event = {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'inbox' }, object: { key: 'payments/a+b.yaml', 'version-id': 'v1', sequencer: '1' } },
    }
    expect(readDrops(JSON.stringify(event))).toMatchObject([
      { key: 'payments/a+b.yaml', version: 'v1', versioned: true },
    ])
  })
  it('ignores the test event and removals', () => {
    expect(readDrops(JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent' }))).toEqual([])
    expect(readDrops(notification({ key: 'x', versionId: 'v' }, 'ObjectRemoved:Delete'))).toEqual([])
  })
  it.each([
    ['no JSON'],
    ['[]'],
    ['{}'],
    ['{"Records":[{"eventName":"ObjectCreated:Put"}]}'],
    ['{"source":"aws.s3","detail-type":"Object Created"}'],
  ])('does not drop what it cannot read: %s', body => {
    expect(() => readDrops(body)).toThrow(/neither|names no/)
  })
})

describe('a schedule fires', () => {
  it('reads the payload of EventBridge Scheduler', () => {
    expect(readFiring({ schedule: 'nightly', scheduledTime: '2026-11-21T03:00:00Z' })).toEqual({
      schedule: 'nightly',
      scheduledTime: '2026-11-21T03:00:00Z',
    })
  })
  it('reads the Scheduled Event of a rule, with and without our prefix', () => {
    const event = (arn: string) => ({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      time: '2026-11-21T03:00:00Z',
      resources: [arn],
    })
    expect(readFiring(event('arn:aws:events:eu-central-1:111122223333:rule/sparkgate-nightly'))).toMatchObject({
      schedule: 'nightly',
    })
    expect(readFiring(event('arn:aws:events:eu-central-1:111122223333:rule/my-bus/nightly'))).toMatchObject({
      schedule: 'nightly',
    })
  })
  it.each([
    [undefined],
    [{}],
    [{ schedule: 7, scheduledTime: 'x' }],
    [{ 'detail-type': 'Scheduled Event', time: 'x', resources: [] }],
  ])('refuses %j', event => {
    expect(() => readFiring(event)).toThrow(/neither/)
  })
})
