/** Requests of AWS SDKs that leave this process, by service and operation: Node tells of every HTTP request that it begins. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'

/** `DynamoDB.PutItem`, `SQS.SendMessage`, `EventBridge.PutEvents`; what names no operation (S3, clusters) is left out. */
export function countAwsRequests() {
  const counts = new Map<string, number>()
  const note = (message: unknown): void => {
    const target = (message as { readonly request: ClientRequest }).request.getHeader('x-amz-target')
    const [, service, operation] = /^(DynamoDB|AmazonSQS|AWSEvents)\w*\.(\w+)$/.exec(String(target)) ?? []
    if (service === undefined || operation === undefined) return
    // Reads of the stream and long polls are Lambda's own.
    if (/Shard|Records|DescribeStream|ReceiveMessage/.test(operation)) return
    const name = `${service.replace(/^Amazon|^AWS/, '')}.${operation}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  subscribe('http.client.request.start', note)
  return {
    counts: counts as ReadonlyMap<string, number>,
    stop: () => unsubscribe('http.client.request.start', note),
  }
}
