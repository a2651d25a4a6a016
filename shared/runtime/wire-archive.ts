/** S3 for the composition roots: the API loads this file with the first request that needs it. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { S3Archive } from '../adapters/s3-archive.ts'
import type { S3Settings } from '../adapters/s3-http.ts'
import type { Config } from './config.ts'

/** Where ended jobs and logs are kept; undefined: the platform file names no bucket for it. */
export function wireS3Archive(config: Config): S3Archive | undefined {
  const bucket = config.platform.archiveBucket
  return bucket === undefined ? undefined : new S3Archive(s3Settings(config), bucket)
}

/** Region and credentials are found as every SDK client finds them; of the SQS client only that is used (docs/adr/0007). */
export function s3Settings(config: Config): S3Settings {
  const settings = config.aws?.s3
  const { region, credentials } = new SQSClient(settings ?? {}).config
  const endpoint = settings?.endpoint
  const found = { region, credentials: () => credentials(), random: { next: () => Math.random() } }
  return { ...found, ...(endpoint !== undefined && { endpoint }) }
}
