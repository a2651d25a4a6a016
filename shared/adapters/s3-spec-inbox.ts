/** SpecInbox on S3: reads one version of an object, bounded, and writes reports beside it. */
import { GetObjectCommand, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import type { InboxObject, SpecInbox } from '../operations/ports.ts'

/** S3's words for "not there": a deleted version answers NoSuchVersion, a delete marker MethodNotAllowed or 404. */
const MISSING = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound', 'MethodNotAllowed'])
/** 403 and archived objects will not change by themselves. */
const UNREADABLE = new Set(['AccessDenied', 'Forbidden', 'InvalidObjectState'])

export class S3SpecInbox implements SpecInbox {
  private readonly client: S3Client

  constructor(client: S3Client) {
    this.client = client
  }

  async read(
    at: { readonly bucket: string; readonly key: string; readonly version: string },
    maxBytes: number,
  ): Promise<InboxObject> {
    try {
      const { Body, ContentLength } = await this.client.send(
        new GetObjectCommand({ Bucket: at.bucket, Key: at.key, ...(at.version !== '' && { VersionId: at.version }) }),
      )
      if (Body === undefined) return { outcome: 'read', bytes: new Uint8Array() }
      if ((ContentLength ?? 0) > maxBytes) {
        // The rest of the body is never read.
        if ('destroy' in Body && typeof Body.destroy === 'function') (Body.destroy as () => void).call(Body)
        return { outcome: 'too-large', size: ContentLength ?? 0 }
      }
      return { outcome: 'read', bytes: await Body.transformToByteArray() }
    } catch (error) {
      if (!(error instanceof S3ServiceException)) throw error
      if (MISSING.has(error.name)) return { outcome: 'missing' }
      if (UNREADABLE.has(error.name)) return { outcome: 'unreadable', message: `${error.name}: ${error.message}` }
      throw error
    }
  }

  async writeReport(at: { readonly bucket: string; readonly key: string }, report: JsonObject): Promise<void> {
    const body = `${JSON.stringify(report, undefined, 2)}\n`
    await this.client.send(
      new PutObjectCommand({ Bucket: at.bucket, Key: at.key, Body: body, ContentType: 'application/json' }),
    )
  }
}
