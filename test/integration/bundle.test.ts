/** A bundle is what runs in AWS: built, imported in a fresh Node process with nothing but its environment, and called. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulators } from '../../local/emulators.ts'
import type { Emulators } from '../../local/emulators.ts'
import { defaultPlatform, KEYS, REGION } from '../../local/local-platform.ts'
import { sealPlatform } from '../../shared/domain/platform/sealed-platform.ts'
import { bundleForLambda } from '../../scripts/esbuild-lambda.ts'
import type { Bundle } from '../../scripts/esbuild-lambda.ts'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)

let folder: string
let emulators: Emulators
let bundle: Bundle

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sparkgate-bundle-'))
  writeFileSync(join(folder, 'platform.json'), sealPlatform(defaultPlatform()))
  bundle = await bundleForLambda(join(root, 'functions', 'api', 'main.ts'), join(folder, 'api'))
  emulators = await startEmulators({
    platform: defaultPlatform(),
    dataDir: join(folder, 'data'),
    keep: 'memory',
    speed: 20,
    spark: 'off',
  })
})

afterAll(async () => {
  await emulators.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the bundle of the api function', () => {
  it('accepts a job with nothing but its environment variables, and answers the same job when asked again', async () => {
    const event = readFileSync(join(root, 'events', 'api', 'submit.json'), 'utf8')
    const [first, second] = await answersOf([event, event])
    expect(first?.statusCode).toBe(202)
    expect(second?.headers['idempotent-replayed']).toBe('true')
    expect(JSON.parse(second?.body ?? '').id).toBe(JSON.parse(first?.body ?? '').id)
  })

  it('reads YAML and points at each mistake in it', async () => {
    const submit = JSON.parse(readFileSync(join(root, 'events', 'api', 'submit.json'), 'utf8'))
    const spec = readFileSync(join(root, 'events', 'specs', 'invalid-many-mistakes.yaml'), 'utf8')
    const [answer] = await answersOf([JSON.stringify({ ...submit, body: spec, isBase64Encoded: false })])
    expect(answer?.statusCode).toBe(422)
    const { errors } = JSON.parse(answer?.body ?? '') as { errors: { line?: number }[] }
    expect(errors.length).toBeGreaterThan(5)
  })

  it('says which variables are missing', async () => {
    await expect(run(process.execPath, [bundle.file], { env: {} })).rejects.toThrow(/TABLE_NAME/)
  })

  it('is the same bytes when it is built again elsewhere', async () => {
    const again = await bundleForLambda(join(root, 'functions', 'api', 'main.ts'), join(folder, 'other', 'place'))
    expect(readFileSync(again.file, 'utf8')).toBe(readFileSync(bundle.file, 'utf8'))
  })

  it('has none of the code that looks for credentials elsewhere', () => {
    const inputs = Object.keys(bundle.metafile.inputs).join('\n')
    expect(inputs).toContain('credential-provider-env')
    expect(inputs).not.toMatch(/credential-provider-(ini|sso|imds|process|login)/)
  })
})

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the handler answers to each event, in one new process. */
async function answersOf(events: readonly string[]): Promise<Answer[]> {
  const { endpoints } = emulators
  const program = `
    const { handler } = await import(${JSON.stringify(bundle.file)})
    const answers = []
    for (const event of ${JSON.stringify(events)})
      answers.push(await handler(JSON.parse(event), { awsRequestId: 'bundle-test', getRemainingTimeInMillis: () => 10_000 }))
    process.stdout.write('\\nANSWERS ' + JSON.stringify(answers))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    env: {
      TABLE_NAME: endpoints.tableName,
      RECONCILE_QUEUE_URL: endpoints.queues.reconcile,
      OBSERVE_QUEUE_URL: endpoints.queues.observe,
      EVENT_BUS_NAME: 'sparkgate',
      PLATFORM_FILE: join(folder, 'platform.json'),
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: KEYS.people.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.people.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodbUrl,
      AWS_ENDPOINT_URL_SQS: endpoints.sqsUrl,
    },
  })
  return JSON.parse(stdout.split('\nANSWERS ')[1] ?? '[]') as Answer[]
}
