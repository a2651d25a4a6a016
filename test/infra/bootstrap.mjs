/**
 * What Lambda's runtime does around a bundle, in a process of its own: imports it, then runs one event at a time for its parent.
 * `S3_STANDS_AT` leads requests for the hosts of S3 and STS to an emulator; everything else comes from the environment as in AWS.
 */
import http from 'node:http'
import https from 'node:https'

const { BUNDLE_FILE, S3_STANDS_AT, AWS_REGION } = process.env
const agent = new http.Agent({ keepAlive: true })
/** Called without the SDK, which would take its endpoint from the environment. */
const HOSTS = new Set(['s3', 'sts'].map(service => `${service}.${AWS_REGION}.amazonaws.com`))
const realRequest = https.request
https.request = (options, ...more) => {
  if (!HOSTS.has(options.hostname)) return realRequest(options, ...more)
  const { hostname, port } = new URL(S3_STANDS_AT)
  // The Host header stays AWS's: it is signed.
  return http.request({ ...options, protocol: 'http:', hostname, port, agent }, ...more)
}

const startedAt = performance.now()
const { handler } = await import(BUNDLE_FILE)
process.on('message', async ({ id, event, requestId, deadline }) => {
  const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => deadline - Date.now() }
  try {
    const value = await handler(event, context)
    process.send({ id, value: value ?? null })
  } catch (error) {
    process.send({ id, error: { name: error.name, message: error.message, stack: error.stack } })
  }
})
process.send({ readyMilliseconds: performance.now() - startedAt })
