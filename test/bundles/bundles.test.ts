/** That the suite on bundles is one: nothing but files of the bundles is loaded, every function runs, and a broken bundle is noticed. */
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import type { FunctionBundles } from '../../infra/functions.ts'
import { FUNCTION_NAMES } from '../../shared/runtime/function-table.ts'
import {
  E2E_TEST_MILLISECONDS,
  eventually,
  readEvent,
  startTestStack,
  testPlatform,
} from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'
import { startBundledFunctions } from './bundled-functions.ts'
import type { BundledFunctions } from './bundled-functions.ts'

const SPARK_PI = readEvent('specs/spark-pi.yaml')
const SCHEDULES = { nightly: { team: 'payments', expression: 'at(2099-01-01T03:00:00)', spec: SPARK_PI } }

vi.setConfig({ testTimeout: E2E_TEST_MILLISECONDS })

const bundles = (): FunctionBundles => {
  const built = inject('bundles')
  if (built === undefined) throw new Error('vitest.bundles.config.ts provides the bundles')
  return built
}

describe('a job of each trigger', () => {
  let stack: TestStack
  let functions: BundledFunctions
  const calls = new Map<string, number>()
  beforeAll(async () => {
    stack = await startTestStack({
      platform: testPlatform({}, SCHEDULES),
      onInvocation: ({ functionName }) => calls.set(functionName, (calls.get(functionName) ?? 0) + 1),
      runFunctions: async setting => (functions = await startBundledFunctions(setting, bundles())),
    })
    await stack.drop('payments/pi.yaml', SPARK_PI)
    await stack.lambda.invoke('schedule-fired', { schedule: 'nightly', scheduledTime: '2026-11-21T03:00:00Z' })
    await stack.untilState(await stack.accepted('pi', SPARK_PI), 'SUCCEEDED')
    await stack.untilReport('payments/pi.yaml', 'result')
  })
  afterAll(() => stack.close())

  it.each(FUNCTION_NAMES)('has %s run out of its bundle, and nothing else', async name => {
    const folder = pathToFileURL(`${bundles()[name]}/`).href
    const process = functions.processes[name]
    await eventually(() => expect(process.invocations()).toBeGreaterThan(0))
    expect(process.loadedFiles()).toContain(`${folder}index.mjs`)
    expect(process.loadedFiles().filter(file => !file.startsWith(folder))).toEqual([])
  })
  it('has every call answered by them', async () => {
    // Calls end at any time: numbers of the same moment are compared.
    await eventually(() => {
      for (const name of FUNCTION_NAMES)
        expect([name, functions.processes[name].invocations()]).toEqual([name, calls.get(name)])
    })
  })
})

describe('a broken bundle', () => {
  /** The function api with another first file, which may import the real one. */
  const apiWith = (index: string): FunctionBundles => {
    const folder = mkdtempSync(join(tmpdir(), 'sparkgate-broken-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    cpSync(bundles().api, folder, { recursive: true })
    renameSync(join(folder, 'index.mjs'), join(folder, 'real.mjs'))
    writeFileSync(join(folder, 'index.mjs'), `import './real.mjs'\n${index}\n`)
    return { ...bundles(), api: folder }
  }
  it('does not start when it cannot be imported, and accepts no job when its handler throws', async () => {
    const unloadable = apiWith('throw new Error("broken on purpose")')
    const throwing = apiWith('export const handler = () => Promise.reject(new Error("broken on purpose"))')
    const stack = await startTestStack({
      runFunctions: async setting => {
        await expect(startBundledFunctions(setting, unloadable)).rejects.toThrow('broken on purpose')
        return startBundledFunctions(setting, throwing)
      },
    })
    onTestFinished(() => stack.close())
    expect((await stack.submit('broken', SPARK_PI)).status).toBe(500)
  })
})
