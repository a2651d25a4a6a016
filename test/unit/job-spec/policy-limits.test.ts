import { describe, expect, test } from 'vitest'
import type { PolicyDocument } from '../../../shared/domain/job-spec/policy/policy-schema.ts'
import { resolvePolicy } from '../../../shared/domain/job-spec/policy/resolve-policy.ts'
import { errorsOf, makeDocument, parseValue, withValue, type Steps } from './spec-documents.ts'

type Change = readonly [steps: Steps, value: unknown]
const conf = (key: string, value: string): Change => [['spec', 'sparkConf', key], value]

/** The small document with some values changed, under `open` with these limits. */
function messages(limits: PolicyDocument['limits'], changes: readonly Change[]): readonly string[] {
  const document = changes.reduce((made, [steps, value]) => withValue(made, steps, value), makeDocument())
  const policy = resolvePolicy({ extends: 'open', limits: { ...limits } }, {})
  return errorsOf(parseValue(document, policy)).map(({ rule, path, message }) => `${rule} ${path} ${message}`)
}

describe('limits of one job', () => {
  test.each<readonly [string, PolicyDocument['limits'], readonly Change[]]>([
    [
      'cores of the driver',
      { driverCores: 2 },
      [
        [['spec', 'driver', 'cores'], 3],
        [['spec', 'driver', 'coreLimit'], '3'],
      ],
    ],
    ['memory of the driver with overhead', { driverMemory: '2Gi' }, []],
    ['memory of the driver by its limit', { driverMemory: '8Gi' }, [[['spec', 'driver', 'memoryLimit'], '20g']]],
    ['the least overhead', { driverMemory: '3Gi' }, [conf('spark.driver.minMemoryOverhead', '4g')]],
    ['cores of an executor', { executorCores: 1 }, []],
    ['memory of an executor', { executorMemory: '4Gi' }, []],
    [
      'off-heap memory',
      { executorMemory: '6Gi' },
      [conf('spark.memory.offHeap.enabled', 'true'), conf('spark.memory.offHeap.size', '4g')],
    ],
    ['the most executors of dynamic allocation', { executors: 7 }, []],
    ['executors without end', { executors: 1_000 }, [[['spec', 'dynamicAllocation', 'maxExecutors'], undefined]]],
    [
      'executors by settings',
      { executors: 10 },
      [
        [['spec', 'dynamicAllocation'], undefined],
        conf('spark.dynamicAllocation.enabled', 'TRUE'),
        conf('spark.dynamicAllocation.maxExecutors', '11'),
      ],
    ],
    ['executors of streaming', { executors: 10 }, [conf('spark.streaming.dynamicAllocation.enabled', 'true')]],
    ['cores of all', { totalCores: 16 }, []],
    ['memory of all', { totalMemory: '40Gi' }, []],
    ['devices of all', { gpus: 7 }, []],
    ['devices by a setting', { gpus: 10 }, [conf('spark.executor.resource.gpu.amount', '2')]],
    [
      'what sidecars ask for',
      { totalCores: 20 },
      [[['spec', 'executor', 'sidecars'], [{ name: 'a', image: 'a:1', resources: { requests: { cpu: '2' } } }]]],
    ],
    ['arguments', { arguments: 1 }, []],
    ['bytes of arguments', { argumentBytes: 15 }, [[['spec', 'arguments'], ['üüüüüüüü']]]],
  ])('%s', (_, limits, changes) => {
    const found = messages(limits, changes)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^policy-limit spec\.?/)
    expect(messages({}, changes)).toEqual([])
  })

  test('take what is exactly as much as they allow', () => {
    const limits = { driverCores: 1, executorCores: 2, executorMemory: '5Gi', executors: 8, totalCores: 17, gpus: 8 }
    expect(messages(limits, [])).toEqual([])
  })

  test('count what a layer gives', () => {
    const document = withValue(makeDocument(), ['spec', 'executor', 'memory'], undefined)
    const policy = resolvePolicy({ extends: 'open', limits: { executorMemory: '2Gi' } }, {})
    expect(errorsOf(parseValue(document, policy)).map(({ rule }) => rule)).toEqual(['policy-limit'])
  })

  test('say how much is allowed', () => {
    const policy = resolvePolicy({ extends: 'open', limits: { executors: 5 } }, {})
    expect(errorsOf(parseValue(makeDocument(), policy))).toMatchObject([
      { path: 'spec.dynamicAllocation.maxExecutors', allowed: 'Up to 5', message: expect.stringContaining('8') },
    ])
  })
})
