/** SpecInbox on S3: reads one version of an object, bounded, and writes reports beside it. */
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import type { InboxObject, SpecInbox } from '../operations/ports.ts'
import { S3Error } from './s3-error.ts'
import { describeCall, S3Http } from './s3-http.ts'
import type { S3Call, S3Settings } from './s3-http.ts'

/** S3's words for "not there": a deleted version answers NoSuchVersion, a delete marker MethodNotAllowed or 404. */
const MISSING = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound', 'MethodNotAllowed'])
/** 403 and archived objects will not change by themselves. */
const UNREADABLE = new Set(['AccessDenied', 'Forbidden', 'InvalidObjectState'])
/** A PUT answers with headers alone. */
const MAX_PUT_ANSWER_BYTES = 64 * 1024

/** Throws S3Error for what neither the writer of the spec nor a later try would change by itself. */
export class S3Inbox implements SpecInbox {
  private readonly http: S3Http

  constructor(settings: S3Settings) {
    this.http = new S3Http(settings)
  }

  async read(
    at: { readonly bucket: string; readonly key: string; readonly version: string },
    maxBytes: number,
  ): Promise<InboxObject> {
    const call: S3Call = { method: 'GET', object: at, maxBytes }
    const answer = await this.http.call(call)
    switch (answer.outcome) {
      case 'done':
        return { outcome: 'read', bytes: answer.bytes }
      case 'too-large':
        return { outcome: 'too-large', size: answer.size }
      case 'refused': {
        const { code, message } = answer.refusal
        if (MISSING.has(code)) return { outcome: 'missing' }
        if (UNREADABLE.has(code)) return { outcome: 'unreadable', message: `${code}: ${message}` }
        throw new S3Error(describeCall(call), answer.refusal)
      }
    }
  }

  async writeReport(at: { readonly bucket: string; readonly key: string }, report: JsonObject): Promise<void> {
    const body = `${JSON.stringify(report, undefined, 2)}\n`
    const call: S3Call = { method: 'PUT', object: at, body, maxBytes: MAX_PUT_ANSWER_BYTES }
    const answer = await this.http.call(call)
    if (answer.outcome === 'refused') throw new S3Error(describeCall(call), answer.refusal)
  }

  /** Ends idle connections. */
  close(): void {
    this.http.close()
  }
}
