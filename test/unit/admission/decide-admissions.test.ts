/** Admission: the order, the limits, and that nobody waits for ever. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideAdmissions, effectivePriority } from '../../../shared/domain/admission/decide-admissions.ts'
import type {
  AdmissionInput,
  ClusterRoom,
  Lane,
  QueuedJob,
  TeamRoom,
} from '../../../shared/domain/admission/decide-admissions.ts'
import { NO_USAGE } from '../../../shared/domain/admission/claim.ts'
import type { Limits } from '../../../shared/domain/admission/claim.ts'
import { PRIORITIES } from '../../../shared/domain/job-spec/canonical-spec.ts'
import type { Priority } from '../../../shared/domain/job-spec/canonical-spec.ts'

const NOW = 1_000_000_000

const makeJob = (jobId: string, team: string, changes: Partial<QueuedJob> = {}): QueuedJob => ({
  jobId,
  team,
  priority: 'normal',
  readyAt: NOW - 1_000,
  size: { cores: 2, memoryMiB: 4_096 },
  ...changes,
})
const makeLane = (jobs: readonly QueuedJob[], clusters: readonly string[] = ['main']): Lane => ({
  team: jobs[0]?.team ?? '',
  clusters,
  jobs,
})
const makeTeam = (limits: Limits = {}, changes: Partial<TeamRoom> = {}): TeamRoom => ({
  usage: NO_USAGE,
  limits,
  ...changes,
})
const makeCluster = (changes: Partial<ClusterRoom> = {}): ClusterRoom => ({
  usage: NO_USAGE,
  limits: {},
  turns: 100,
  ...changes,
})
const decide = (changes: Partial<AdmissionInput>) =>
  decideAdmissions({
    now: NOW,
    lanes: [],
    teams: new Map([
      ['a', makeTeam()],
      ['b', makeTeam()],
    ]),
    clusters: new Map([['main', makeCluster()]]),
    most: 100,
    ...changes,
  })
const idsOf = (result: ReturnType<typeof decide>) => result.admitted.map(({ job }) => job.jobId)

test('passes that run at once and see equal clusters do not all choose the same', () => {
  const names = ['alpha', 'beta', 'gamma', 'delta']
  const clusters = new Map(names.map(name => [name, makeCluster()]))
  const chosen = Array.from({ length: 200 }, (_, index) => {
    const result = decide({ lanes: [makeLane([makeJob(`job-${index}`, 'a')], names)], clusters })
    return result.admitted[0]?.cluster
  })
  // 50 each if it were even; luck alone leaves 30 to 70.
  for (const name of names) expect(chosen.filter(each => each === name).length).toBeGreaterThan(30)
})

describe('the order of admission', () => {
  test('a higher priority goes first, then the older job', () => {
    const low = makeLane([makeJob('old-low', 'a', { priority: 'low', readyAt: NOW - 5_000 })])
    const high = makeLane([makeJob('high', 'a', { priority: 'high' }), makeJob('high-2', 'a', { priority: 'high' })])
    expect(idsOf(decide({ lanes: [low, high] }))).toEqual(['high', 'high-2', 'old-low'])
  })

  test('the team that uses less of its limits goes first, job by job', () => {
    const lanes = ['a', 'b'].map(team =>
      makeLane([1, 2, 3].map(n => makeJob(`${team}${n}`, team, { readyAt: team === 'a' ? 1 : 2 }))),
    )
    const limits = { jobs: 10 }
    const result = decide({
      lanes,
      teams: new Map([
        ['a', makeTeam(limits)],
        ['b', makeTeam(limits)],
      ]),
      most: 4,
    })
    expect(idsOf(result)).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  test('a long wait raises a low priority above a fresh high one of a team that already runs much', () => {
    const waited = makeJob('waited', 'b', { priority: 'low', readyAt: NOW - 1_300_000 })
    expect(effectivePriority(waited, NOW)).toBe(PRIORITIES.indexOf('high'))
    const busy = makeTeam({ jobs: 10 }, { usage: { ...NO_USAGE, jobs: 5 } })
    const result = decide({
      lanes: [makeLane([makeJob('fresh', 'a', { priority: 'high' })]), makeLane([waited])],
      teams: new Map([
        ['a', busy],
        ['b', makeTeam({ jobs: 10 })],
      ]),
      most: 1,
    })
    expect(idsOf(result)).toEqual(['waited'])
  })

  test('a large job that has waited longest keeps its full cluster for itself', () => {
    const full = makeCluster({ limits: { cores: 10 }, usage: { jobs: 1, cores: 6, memoryMiB: 0 } })
    const large = makeJob('large', 'a', { size: { cores: 8, memoryMiB: 1 }, readyAt: NOW - 400_000 })
    const small = makeJob('small', 'b')
    const clusters = new Map([['main', full]])
    expect(idsOf(decide({ lanes: [makeLane([large]), makeLane([small])], clusters }))).toEqual([])
    const young = { ...large, readyAt: NOW - 1_000 }
    expect(idsOf(decide({ lanes: [makeLane([young]), makeLane([small])], clusters }))).toEqual(['small'])
  })
})

describe('limits', () => {
  test.each([
    ['team-limit', { teams: new Map([['a', makeTeam({ jobs: 0 })]]) }, 'Team a: 0 of 0 jobs are in use.'],
    ['team-paused', { teams: new Map([['a', makeTeam({}, { paused: 'Paused by ops.' })]]) }, 'Paused by ops.'],
    [
      'cluster-limit',
      { clusters: new Map([['main', makeCluster({ limits: { cores: 1 } })]]) },
      'Cluster main: 0 of 1 cores are in use.',
    ],
    [
      'cluster-closed',
      { clusters: new Map([['main', makeCluster({ closed: 'draining' })]]) },
      'Cluster main: draining.',
    ],
    ['cluster-closed', { clusters: new Map() }, 'Cluster main is not in the platform file.'],
    [
      'rate',
      { clusters: new Map([['main', makeCluster({ turns: 0 })]]) },
      'Cluster main: its operator takes no more submissions just now.',
    ],
  ] as const)('say why a job waits: %s', (kind, change, why) => {
    const { admitted, blocked } = decide({ lanes: [makeLane([makeJob('j', 'a')])], ...change })
    expect(admitted).toEqual([])
    expect(blocked).toMatchObject([{ kind, why }])
  })

  test('a full team does not hold up the others', () => {
    const lanes = [makeLane([makeJob('a1', 'a'), makeJob('a2', 'a')]), makeLane([makeJob('b1', 'b')])]
    const teams = new Map([
      ['a', makeTeam({ jobs: 1 })],
      ['b', makeTeam()],
    ])
    expect(idsOf(decide({ lanes, teams })).toSorted()).toEqual(['a1', 'b1'])
  })
})

describe('the choice of a cluster', () => {
  test('the emptier one is chosen, and the record says so', () => {
    const clusters = new Map([
      ['main', makeCluster({ limits: { cores: 100 }, usage: { jobs: 9, cores: 90, memoryMiB: 0 } })],
      ['spare', makeCluster({ limits: { cores: 100 } })],
      ['sick', makeCluster({ closed: 'its API server does not answer' })],
    ])
    const { admitted } = decide({ lanes: [makeLane([makeJob('j', 'a')], ['main', 'sick', 'spare'])], clusters })
    expect(admitted).toMatchObject([
      {
        cluster: 'spare',
        why: 'Cluster spare had the most room (100 % free). Cluster sick: its API server does not answer.',
      },
    ])
  })
})

test('a cluster that did not answer of late is the last choice, and still one', () => {
  const doubtful = makeCluster({ doubtful: true, turns: 1 })
  const lanes = [makeLane([makeJob('one', 'a')], ['main', 'spare'])]
  const both = decide({
    lanes,
    clusters: new Map([
      ['main', doubtful],
      ['spare', makeCluster({ limits: { jobs: 2 } })],
    ]),
  })
  expect(both.admitted).toMatchObject([{ cluster: 'spare' }])
  const alone = decide({
    lanes,
    clusters: new Map([
      ['main', doubtful],
      ['spare', makeCluster({ closed: 'off' })],
    ]),
  })
  expect(alone.admitted).toMatchObject([{ cluster: 'main' }])
})

describe('whatever the queue', () => {
  const sizes = fc.record({ cores: fc.integer({ min: 1, max: 20 }), memoryMiB: fc.integer({ min: 1, max: 20 }) })
  const limits = fc.record({ jobs: fc.integer({ min: 0, max: 6 }), cores: fc.integer({ min: 0, max: 40 }) })
  const queues = fc.array(
    fc.record({
      team: fc.constantFrom('a', 'b', 'c'),
      clusters: fc.subarray(['one', 'two'], { minLength: 1 }),
      priority: fc.constantFrom<Priority>(...PRIORITIES),
      jobs: fc.array(fc.record({ size: sizes, age: fc.integer({ min: 0, max: 2_000_000 }) }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
    { maxLength: 8 },
  )

  test('no limit is broken, no turn is given twice, and each job is admitted or one of its lane says why not', () => {
    fc.assert(
      fc.property(queues, limits, limits, fc.integer({ min: 0, max: 5 }), (queue, teamLimits, clusterLimits, turns) => {
        const lanes = queue.map(({ team, clusters, priority, jobs }, lane) => ({
          team,
          clusters,
          jobs: jobs.map(({ size, age }, index) =>
            makeJob(`${lane}-${index}`, team, { size, priority, readyAt: NOW - age }),
          ),
        }))
        const teams = new Map(['a', 'b', 'c'].map(name => [name, makeTeam(teamLimits)]))
        const clusters = new Map(['one', 'two'].map(name => [name, makeCluster({ limits: clusterLimits, turns })]))
        const { admitted, blocked } = decide({ lanes, teams, clusters })
        for (const name of ['one', 'two']) {
          const here = admitted.filter(({ cluster }) => cluster === name)
          expect(here.length).toBeLessThanOrEqual(Math.min(turns, clusterLimits.jobs))
          expect(here.reduce((sum, { job }) => sum + job.size.cores, 0)).toBeLessThanOrEqual(clusterLimits.cores)
        }
        for (const team of ['a', 'b', 'c']) {
          expect(admitted.filter(({ job }) => job.team === team).length).toBeLessThanOrEqual(teamLimits.jobs)
        }
        expect(new Set(admitted.map(({ job }) => job.jobId)).size).toBe(admitted.length)
        for (const { job, cluster } of admitted) {
          expect(lanes.find(lane => lane.jobs.includes(job))?.clusters).toContain(cluster)
        }
        for (const lane of lanes) {
          const left = lane.jobs.filter(job => !admitted.some(each => each.job === job))
          expect(blocked.some(each => each.lane === lane)).toBe(left.length > 0)
        }
      }),
    )
  })
})
