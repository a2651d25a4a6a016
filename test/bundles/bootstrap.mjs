/**
 * What Lambda's runtime does around a bundle, in a process of its own: imports it, then runs events for its parent.
 * `AWS_STANDS_AT` leads requests for the hosts of S3, STS and CloudWatch Logs to an emulator; everything else comes from the environment as in AWS.
 * `TIMES` (JSON, by name) are read into the bundle in place of its own: tests that wait for a create window wait four seconds.
 */
import http from 'node:http'
import https from 'node:https'
import { registerHooks } from 'node:module'

const { BUNDLE_FILE, AWS_STANDS_AT, AWS_REGION, TIMES = '{}' } = process.env
const agent = new http.Agent({ keepAlive: true })
/** Called without the SDK, which would take its endpoint from the environment; S3 also by the names of buckets. */
const isOfAws = hostname =>
  ['s3', 'sts', 'logs'].some(service => `.${hostname}`.endsWith(`.${service}.${AWS_REGION}.amazonaws.com`))
const realRequest = https.request
https.request = (options, ...more) => {
  if (!isOfAws(options.hostname)) return realRequest(options, ...more)
  const { hostname, port } = new URL(AWS_STANDS_AT)
  // The Host header stays AWS's: it is signed.
  return http.request({ ...options, protocol: 'http:', hostname, port, agent }, ...more)
}

const realFetch = globalThis.fetch
globalThis.fetch = async (url, init) => {
  const { hostname, pathname, search } = new URL(url)
  if (!isOfAws(hostname)) return realFetch(url, init)
  const { method, headers, signal } = init
  const answer = await new Promise((resolve, reject) => {
    const sent = https.request({ hostname, path: pathname + search, method, headers, signal }, resolve)
    sent.on('error', reject).end(init.body)
  })
  return new Response(answer, {
    status: answer.statusCode,
    headers: { 'content-type': answer.headers['content-type'] },
  })
}

/** Every file of the function that Node has loaded: the proof that it is the bundle, and no source. */
const loaded = []
const times = Object.entries(JSON.parse(TIMES))
const replaced = Object.fromEntries(times.map(([name]) => [name, 0]))
registerHooks({
  load(url, context, next) {
    const module = next(url, context)
    if (!url.startsWith('file:')) return module
    loaded.push(url)
    let source = Buffer.from(module.source).toString('utf8')
    for (const [name, value] of times) {
      source = source.replaceAll(new RegExp(`\\b${name}:\\d[\\d.e]*(?=[,}])`, 'g'), () => {
        replaced[name] += 1
        return `${name}:${value}`
      })
    }
    return { ...module, source }
  },
})

const startedAt = performance.now()
const { handler } = await import(BUNDLE_FILE)
for (const [name, count] of Object.entries(replaced))
  if (count !== 1) throw new Error(`${BUNDLE_FILE} has ${count} places that set ${name}, not one`)
process.on('message', async ({ id, event, requestId, deadline }) => {
  const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => deadline - Date.now() }
  try {
    const value = await handler(event, context)
    process.send({ id, value: value ?? null, loaded })
  } catch (error) {
    process.send({ id, error: { name: error.name, message: error.message, stack: error.stack }, loaded })
  }
})
process.send({ readyMilliseconds: performance.now() - startedAt, loaded })
