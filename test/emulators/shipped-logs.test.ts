/** The contract of ShippedLogs on a CloudWatch Logs of somebody else. */
import { CloudWatchShippedLogs } from '../../shared/adapters/cloudwatch-shipped-logs.ts'
import { shippedLogsContract } from '../contract/shipped-logs.contract.ts'
import { EMULATOR, urlOf } from './endpoints.ts'

const endpoint = urlOf('ministack')
const { region, credentials } = EMULATOR

/** What the log shipper does; nobody checks its signature here, and the scope names account and region. */
async function call(action: string, input: object): Promise<void> {
  const scope = `${credentials.accessKeyId}/20261121/${region}/logs/aws4_request`
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `Logs_20140328.${action}`,
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`,
  }
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(input) })
  if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`)
}

shippedLogsContract('ministack', async () => {
  const logGroupName = `/sparkgate/${crypto.randomUUID()}/pods`
  await call('CreateLogGroup', { logGroupName })
  const at = {
    group: logGroupName,
    region,
    credentials: async () => credentials,
    random: { next: () => 0 },
    endpoint,
  }
  return {
    logs: new CloudWatchShippedLogs(cluster => (cluster === 'main' ? at : undefined)),
    async ship(logStreamName, lines) {
      await call('CreateLogStream', { logGroupName, logStreamName })
      const logEvents = lines.map(({ at: timestamp, text: message }) => ({ timestamp, message }))
      await call('PutLogEvents', { logGroupName, logStreamName, logEvents })
    },
  }
})
