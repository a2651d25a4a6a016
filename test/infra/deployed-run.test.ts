/**
 * What is deployed, run on one machine: the bundles as fresh processes, with infra's numbers, behind recording proxies. Their calls
 * are held against their roles, their log lines against the metric filters.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FUNCTION_NAMES, FUNCTIONS } from '../../shared/runtime/function-table.ts'
import type { FunctionName } from '../../shared/runtime/function-table.ts'
import { ROUTES } from '../../functions/api/routes.ts'
import { GRANTED_WITHOUT_USE } from '../../infra/granted-without-use.ts'
import { LOG_FILTERS } from '../../infra/log-metrics.ts'
import type { LogFilter } from '../../infra/log-metrics.ts'
import { startBundledGateway } from './bundled-gateway.ts'
import type { BundledGateway } from './bundled-gateway.ts'
import type { AwsCall } from './aws-call.ts'
import { isAllowed, isLike } from './iam-evaluator.ts'
import { matchesPattern } from './log-pattern.ts'
import { grantsOf, statementsOfFunction } from './roles.ts'
import { runScenario, scenarioPlatform } from './scenario.ts'
import { synthesise } from './template-model.ts'
import type { TemplateModel } from './template-model.ts'

/** With every option that adds rights. */
const NETWORK = {
  vpcId: 'vpc-0123456789abcdef0',
  cidr: '10.0.0.0/16',
  availabilityZones: ['eu-central-1a'],
  privateSubnetIds: ['subnet-0123456789abcdef0'],
  privateRouteTableIds: ['rtb-0123456789abcdef0'],
  endpoints: 'existing',
} as const
/** Twenty seconds on a free machine. */
const SCENARIO_MILLISECONDS = 300_000
/** Ten times what it takes on a free machine: this finds a bundle that waits for something, not a slow one (bench/). */
const IMPORT_MILLISECONDS = 3_000
const SWEEP_SOURCE = new URL('../../functions/sweep-jobs/handler.ts', import.meta.url)

let gateway: BundledGateway
let model: TemplateModel
let calls: Readonly<Record<FunctionName, readonly AwsCall[]>>

beforeAll(async () => {
  const platform = scenarioPlatform()
  model = synthesise(platform, { encryption: 'customer-managed', tracing: true, network: NETWORK })
  gateway = await startBundledGateway(platform)
  await runScenario(gateway)
  calls = Object.fromEntries(FUNCTION_NAMES.map(name => [name, gateway.callsOf(name)])) as unknown as typeof calls
}, SCENARIO_MILLISECONDS)
afterAll(() => gateway.close())

describe.each(FUNCTION_NAMES)('the role of %s', name => {
  it('allows every call that the function made', () => {
    const statements = statementsOfFunction(model, name)
    const refused = calls[name].filter(({ action, resource }) => !isAllowed(statements, action, resource))
    expect(distinct(refused)).toEqual([])
    expect(calls[name].length).toBeGreaterThan(0)
  })

  it('allows nothing besides that has no written reason', () => {
    const unused = grantsOf(model, name).filter(grant => !isUsed(name, grant))
    expect(distinct(unused.filter(grant => !hasReason(name, grant)))).toEqual([])
  })
})

it('gives no reason for what is used, and none for what nobody has', () => {
  const idle = GRANTED_WITHOUT_USE.flatMap(({ functions, actions, on = '' }) =>
    (functions === 'all' ? FUNCTION_NAMES : functions).flatMap(name => {
      const unused = grantsOf(model, name).filter(grant => grant.resource.endsWith(on) && !isUsed(name, grant))
      return actions
        .filter(action => !unused.some(grant => grant.action === action))
        .map(action => `${name}: ${action}`)
    }),
  )
  expect(idle).toEqual([])
})

describe('the bundles', () => {
  it.each(FUNCTION_NAMES)('%s answers with nothing but its environment variables', name => {
    const lines = linesOf(name)
    expect(lines.some(line => matchesPattern('{ $.message = "invocation ended" }', line))).toBe(true)
    expect(lines.filter(line => matchesPattern('{ $.message = "invocation failed" }', line))).toEqual([])
  })

  it.each(FUNCTION_NAMES)('%s answers its first call within its own time', name => {
    const took = gateway.processes[name].firstInvocationMilliseconds()
    expect(took).toBeGreaterThan(0)
    expect(took).toBeLessThan(FUNCTIONS[name].timeoutSeconds * 1000)
  })

  it.each(FUNCTION_NAMES)('%s is imported in a moment', name => {
    expect(gateway.processes[name].readyMilliseconds).toBeLessThan(IMPORT_MILLISECONDS)
  })
})

describe('the metric filters', () => {
  it.each(LOG_FILTERS.filter(isSeen))(
    'count lines that $log really writes as $metric: $pattern',
    ({ log, pattern }) => {
      expect(linesOf(log as FunctionName).filter(line => matchesPattern(pattern, line)).length).toBeGreaterThan(0)
    },
  )

  it('look for words of the source where a healthy run writes no such line', () => {
    const words = { SweepFull: SWEEP_SOURCE, Drift: SWEEP_SOURCE }
    for (const [metric, source] of Object.entries(words)) {
      const [, text = ''] = /"(.+)"/.exec(LOG_FILTERS.find(filter => filter.metric === metric)?.pattern ?? '') ?? []
      expect(readFileSync(source, 'utf8')).toContain(text)
    }
  })

  it('know the route of a submission', () => {
    const routes = LOG_FILTERS.filter(({ log }) => log === 'access-log').map(
      ({ pattern }) => /"(POST[^"]+)"/.exec(pattern)?.[1],
    )
    expect(routes.length).toBe(2)
    for (const route of routes) expect(Object.keys(ROUTES)).toContain(route)
  })
})

it('notices a call that is not allowed', () => {
  const statements = statementsOfFunction(model, 'api')
  expect(
    isAllowed(statements, 'dynamodb:DeleteTable', 'arn:aws:dynamodb:eu-central-1:111122223333:table/sparkgate'),
  ).toBe(false)
  expect(isAllowed(statements, 'dynamodb:GetItem', 'arn:aws:dynamodb:eu-central-1:111122223333:table/another')).toBe(
    false,
  )
})

const linesOf = (name: FunctionName): readonly string[] => gateway.processes[name].output

/** A healthy function writes no errors; an operator that is up begins at once; clusters answer; no watch ends in so short a time. */
const isSeen = ({ metric, log }: LogFilter): boolean =>
  log !== 'access-log' &&
  !['Errors', 'SweepFull', 'Drift', 'WaitingForOperator', 'ClusterTrouble', 'OperatorLag'].includes(metric)

/** Some call matched exactly this pattern. */
const isUsed = (name: FunctionName, grant: AwsCall): boolean =>
  calls[name].some(({ action, resource }) => action === grant.action && isLike(resource, grant.resource))

const hasReason = (name: FunctionName, { action, resource }: AwsCall): boolean =>
  GRANTED_WITHOUT_USE.some(
    ({ functions, actions, on = '' }) =>
      (functions === 'all' || functions.includes(name)) && actions.includes(action) && resource.endsWith(on),
  )

const distinct = (grants: readonly AwsCall[]): string[] =>
  [...new Set(grants.map(({ action, resource }) => `${action} ${resource}`))].toSorted()
