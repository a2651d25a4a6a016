/** JobArchive and LogArchive on S3, in the bucket that the platform file names: `jobs/` has one object a batch, `logs/` one an attempt. */
import type { JsonObject } from '../domain/job-spec/canonical-spec.ts'
import type { JobArchive, LogArchive, LogName } from '../operations/ports.ts'
import { S3Error } from './s3-error.ts'
import { describeCall, S3Http } from './s3-http.ts'
import type { S3Call, S3Settings } from './s3-http.ts'

const MAX_PUT_ANSWER_BYTES = 64 * 1024
/** What is kept has at most 1 MiB. */
const MAX_LOG_BYTES = 2 * 1024 * 1024
/** S3 answers 403, not 404, to whoever may not list: the API's role may list the bucket, so that a missing log is told as missing. */
const MISSING = new Set(['NoSuchKey', 'NotFound'])

export class S3Archive implements JobArchive, LogArchive {
  private readonly http: S3Http
  private readonly bucket: string

  constructor(settings: S3Settings, bucket: string) {
    this.http = new S3Http(settings)
    this.bucket = bucket
  }

  async write(name: string, lines: readonly JsonObject[]): Promise<void> {
    await this.put(name, lines.map(line => `${JSON.stringify(line)}\n`).join(''), 'application/json')
  }

  async keep(log: LogName, text: string): Promise<void> {
    await this.put(keyOf(log), text, 'text/plain; charset=utf-8')
  }

  async read(log: LogName): Promise<string | undefined> {
    const call: S3Call = {
      method: 'GET',
      object: { bucket: this.bucket, key: keyOf(log) },
      maxBytes: MAX_LOG_BYTES,
    }
    const answer = await this.http.call(call)
    if (answer.outcome === 'done') return Buffer.from(answer.bytes).toString('utf8')
    if (answer.outcome === 'refused' && !MISSING.has(answer.refusal.code))
      throw new S3Error(describeCall(call), answer.refusal)
    return undefined
  }

  private async put(key: string, body: string, contentType: string): Promise<void> {
    const object = { bucket: this.bucket, key }
    const call: S3Call = { method: 'PUT', object, body, contentType, maxBytes: MAX_PUT_ANSWER_BYTES }
    const answer = await this.http.call(call)
    if (answer.outcome === 'refused') throw new S3Error(describeCall(call), answer.refusal)
  }
}

/** Team first, so that a bucket policy or a lifecycle rule can name one team's. */
const keyOf = ({ team, jobId, attempt }: LogName): string => `logs/${team}/${jobId}/attempt-${attempt}-driver.log`

/** Where no archive is configured. */
export const noArchive: JobArchive = { write: async () => {} }
