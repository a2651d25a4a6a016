/** The API's way to shipped logs: apart from the rest, loaded with the first request for the log of a pod that is gone. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { assumedCredentials } from '../adapters/assumed-credentials.ts'
import { CloudWatchShippedLogs } from '../adapters/cloudwatch-shipped-logs.ts'
import type { ShippedPlace } from '../adapters/cloudwatch-shipped-logs.ts'
import type { Cluster } from '../domain/platform/platform.ts'
import type { ShippedLogs } from '../operations/read-shipped-log.ts'
import type { Config } from './config.ts'

/** Each cluster's group in its own region, asked by this function's identity or by the role that the cluster's account has for it. */
export function wireShippedLogs(config: Config): ShippedLogs {
  // Of the SQS client only region and keys are used, as in wire-archive.ts.
  const own = new SQSClient(config.aws?.sqs ?? {}).config
  const made = new Map<string, ShippedPlace>()
  const make = (group: string, { region, assume }: Cluster): ShippedPlace => ({
    group,
    region,
    credentials: assume === undefined ? () => own.credentials() : keysOf(assume),
    random: { next: () => Math.random() },
  })
  const keysOf = ({ api, externalId }: NonNullable<Cluster['assume']>) =>
    assumedCredentials(
      {
        credentials: () => own.credentials(),
        region: () => own.region(),
        clock: { now: () => Date.now() },
        ...(config.aws?.sts?.endpoint !== undefined && { endpoint: config.aws.sts.endpoint }),
      },
      { roleArn: api, sessionName: 'sparkgate-api', ...(externalId !== undefined && { externalId }) },
    )
  return new CloudWatchShippedLogs(name => {
    const cluster = Object.hasOwn(config.platform.clusters, name) ? config.platform.clusters[name] : undefined
    if (cluster?.podLogGroup === undefined) return undefined
    const place = made.get(name) ?? make(cluster.podLogGroup, cluster)
    made.set(name, place)
    return place
  })
}
