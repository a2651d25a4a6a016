/** JobArchive on S3: one object a batch, below the prefix that the platform file names. */
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import type { JobArchive } from '../operations/ports.ts'
import { S3Error } from './s3-error.ts'
import { describeCall, S3Http } from './s3-http.ts'
import type { S3Call, S3Settings } from './s3-http.ts'

const MAX_PUT_ANSWER_BYTES = 64 * 1024

export class S3Archive implements JobArchive {
  private readonly http: S3Http
  private readonly bucket: string

  constructor(settings: S3Settings, bucket: string) {
    this.http = new S3Http(settings)
    this.bucket = bucket
  }

  async write(name: string, lines: readonly JsonObject[]): Promise<void> {
    const body = lines.map(line => `${JSON.stringify(line)}\n`).join('')
    const object = { bucket: this.bucket, key: name }
    const call: S3Call = { method: 'PUT', object, body, maxBytes: MAX_PUT_ANSWER_BYTES }
    const answer = await this.http.call(call)
    if (answer.outcome === 'refused') throw new S3Error(describeCall(call), answer.refusal)
  }
}

/** Where no archive is configured. */
export const noArchive: JobArchive = { write: async () => {} }
