/** What every action of the embedded S3 is given, and what it gives back. */
import type { S3Database } from './s3-database.ts'
import type { S3Notifications } from './s3-notifications.ts'
import type { S3Payload, S3Request } from './s3-request.ts'
import type { S3Store } from './s3-store.ts'

export interface S3Context {
  readonly database: S3Database
  readonly store: S3Store
  readonly notifications: S3Notifications
  /** Names of buckets and when they were made, milliseconds since 1970. */
  readonly buckets: ReadonlyMap<string, number>
  readonly region: string
  readonly maxObjectBytes: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A request on a bucket that exists. */
export interface BucketRequest extends S3Request, S3Payload {
  readonly bucket: string
  readonly requestId: string
}

/** A request on an object. */
export interface ObjectRequest extends BucketRequest {
  readonly key: string
}

export interface S3Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text is XML. */
  readonly body?: Buffer | string
}
