/** What is said about jobs: where they stand, why, what helps; what is sent for a spec, and where a platform file is wrong. */
import { describe, expect, it } from 'vitest'
import type { JobAnswer } from '../../cli/api-answers.ts'
import { explanationOf } from '../../cli/explain-job.ts'
import { filterQuery } from '../../cli/job-query.ts'
import { jobTable } from '../../cli/list-command.ts'
import { locator } from '../../cli/locate-path.ts'
import { factLines } from '../../cli/show-object.ts'
import { jobLines, progressText, waitingText } from '../../cli/show-job.ts'
import { readSubmission } from '../../cli/submission.ts'
import { signRequest } from '../../cli/sign-request.ts'
import { FAILURES } from '../../shared/domain/reason.ts'
import { JOB_STATES } from '../../shared/domain/job-state.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const job = (more: Partial<JobAnswer> = {}): JobAnswer => ({
  id: 'jaaaaaaaaaaaaaaaaaaaaaaaa',
  name: 'etl',
  team: 'lab',
  state: 'RUNNING',
  reason: 'RUNNING',
  message: 'The driver runs.',
  attempt: 1,
  cluster: 'main',
  namespace: 'team-lab',
  retry: { maxAttempts: 3 },
  createdAt: '2026-11-21T11:00:00Z',
  updatedAt: '2026-11-21T11:58:00Z',
  stateSince: '2026-11-21T11:30:00Z',
  attempts: [],
  ...more,
})
const attempt = { number: 1, objectName: 'etl-a1', runningAt: '2026-11-21T11:00:00Z' }

describe('a job', () => {
  it('is told with its place, times and attempts', () => {
    const remedies = [{ role: 'driver', beforeMiB: 1024, afterMiB: 1536 }]
    const ended = { ...attempt, endedAt: '2026-11-21T11:10:30Z', outcome: 'FAILED', reason: 'DRIVER_OUT_OF_MEMORY' }
    const shown = job({
      observedAt: '2026-11-21T11:50:00Z',
      stale: true,
      attempts: [ended, { ...attempt, number: 2, remedies }],
    })
    expect(jobLines(shown, NOW)).toEqual([
      'jaaaaaaaaaaaaaaaaaaaaaaaa  etl  RUNNING (RUNNING)',
      '  why         The driver runs.',
      '  where       main/team-lab, team lab',
      '  since       RUNNING 30m ago, submitted 1h ago',
      '  seen        10m ago, which is stale',
      '  ATTEMPT  OBJECT  RAN      OUTCOME  REASON',
      '  1        etl-a1  10m 30s  FAILED   DRIVER_OUT_OF_MEMORY',
      '  2        etl-a1  1h                                      driver memory 1024 → 1536 MiB',
    ])
  })
  it.each([
    [
      { position: 3, waitingFor: 'Team lab uses 40 of 40 cores.' },
      'place 3 in the queue: Team lab uses 40 of 40 cores.',
    ],
    [{ position: 1001, orMore: true, waitingFor: 'The driver runs.' }, 'place 1001 or later in the queue'],
    [{ waitingFor: 'Job x.' }, 'Job x.'],
    [{}, undefined],
  ])('that waits (%j) is said to be at %j', (more, text) => expect(waitingText(job(more))).toBe(text))
  it.each([
    [{ executors: { RUNNING: 4, PENDING: 6 } }, 'executors 4/10 (6 pending)'],
    [{ progress: { executorsRunning: 2, executorsMost: 8 }, executors: { RUNNING: 2 } }, 'executors 2/8'],
    [{ progress: { executorsRunning: 0, executorsMost: 3 } }, 'executors 0/3'],
    [{}, undefined],
  ])('that works (%j) is said to be at %j', (more, text) => expect(progressText(job(more))).toBe(text))
  it('of a watched table has its progress in the last column', () => {
    const [head, row] = jobTable([job()], NOW, 200, () => 'stage 3: 14/20 tasks')
    expect([head?.endsWith('PROGRESS'), row?.endsWith('stage 3: 14/20 tasks')]).toEqual([true, true])
    expect(jobTable([job()], NOW, 200)[0]).not.toContain('PROGRESS')
  })
  it('tells the stage that it is at before its executors', () => {
    const stage = { stage: 3, tasksDone: 14, tasks: 20, others: 0 }
    expect(progressText(job(), stage)).toBe('stage 3: 14/20 tasks')
    const shown = jobLines(job({ progress: { executorsRunning: 2, executorsMost: 8 } }), NOW, stage)
    expect(shown).toContain('  progress    stage 3: 14/20 tasks, executors 2/8')
  })
})

describe('an explanation', () => {
  it('has the remedy of every failure', () => {
    for (const [reason, { remedy }] of Object.entries(FAILURES)) {
      const { why, todo } = explanationOf(job({ state: 'FAILED', reason, message: 'Said.', attempts: [attempt] }))
      expect({ reason, why, todo }).toMatchObject({ why: ['Said.'], todo: expect.arrayContaining([remedy]) })
    }
  })
  it('tells of every state what happens next, and what one can do', () => {
    for (const state of Object.keys(JOB_STATES)) {
      const { why, next, todo } = explanationOf(job({ state, reason: 'SOMETHING_NEW' }))
      expect({ state, why: why.length > 0, next: next !== '', todo: todo.length > 0 }).toEqual({
        state,
        why: true,
        next: true,
        todo: true,
      })
    }
  })
  it('says whether the gateway would try again', () => {
    const failed = (reason: string) => explanationOf(job({ state: 'FAILED', reason, attempts: [attempt] })).next
    expect(failed('DRIVER_LOST')).toContain('1 attempt of 3')
    expect(failed('MAIN_CLASS_NOT_FOUND')).toContain('would end the same way')
  })
  it('of a job that tries again tells why the last attempt failed', () => {
    const lost = { ...attempt, outcome: 'FAILED', reason: 'DRIVER_LOST', message: 'The node went away.' }
    const { why, todo } = explanationOf(job({ state: 'QUEUED', reason: 'BACKING_OFF', attempts: [lost] }))
    expect(why).toContain('Attempt 1 ended with DRIVER_LOST: The node went away.')
    expect(todo).toContain(FAILURES.DRIVER_LOST.remedy)
  })
})

describe('what is sent for a spec', () => {
  const pasted = async (...words: string[]) =>
    (await readSubmission({ positionals: [], options: {}, pasted: words })).text
  it('of pasted words is a line that a shell would read as the same words', async () => {
    expect(await pasted('spark-submit', '--conf', 'a=b c', "it's", '', '$HOME', '*.jar')).toBe(
      String.raw`spark-submit --conf 'a=b c' 'it'\''s' '' '$HOME' '*.jar'`,
    )
    expect(await pasted('/opt/spark/bin/spark-submit', 'x.jar')).toBe('/opt/spark/bin/spark-submit x.jar')
    expect(await pasted('--class', 'X', 'x.jar')).toBe('spark-submit --class X x.jar')
    expect(await pasted('spark-submit --class X "a b.jar"')).toBe('spark-submit --class X "a b.jar"')
  })
  it.each([
    ['events/specs/spark-pi.yaml', 'application/yaml'],
    ['events/specs/long-running.json', 'application/json'],
    ['events/specs/short-form-python.yaml', 'application/json'],
    ['events/specs/pi.spark-submit', 'text/x-spark-submit'],
  ])('%s goes as %s', async (file, contentType) => {
    expect((await readSubmission({ positionals: [file], options: {} })).contentType).toBe(contentType)
  })
  it('is never more than a spec may have', async () => {
    await expect(readSubmission({ positionals: ['/dev/zero'], options: {} })).rejects.toMatchObject({ exitCode: 2 })
  })
})

describe('the filters of a list', () => {
  it('become the query, with times as the gateway reads them', () => {
    const query = filterQuery({ state: 'FAILED', label: 'owner=a b', since: '2h', limit: '5' }, NOW)
    expect(query.toString()).toBe('state=FAILED&label=owner%3Da+b&since=2026-11-21T10%3A00%3A00.000Z')
  })
})

describe('a signed request', () => {
  it('has the headers of Signature Version 4, and keeps its own', async () => {
    const url = new URL('https://abc.execute-api.eu-central-1.amazonaws.com/prod/v1/jobs?state=RUNNING')
    const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' }
    const headers = await signRequest(
      { method: 'GET', url, headers: { accept: 'application/json' }, body: undefined },
      keys,
      'eu-central-1',
    )
    expect(headers).toMatchObject({ accept: 'application/json', 'x-amz-security-token': 'session' })
    expect(headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=accept;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
    )
  })
})

describe('an object of the gateway', () => {
  it('is a line for each field, however it is nested', () => {
    expect(
      factLines({ name: 'a', size: { cores: 2, of: { it: { deep: 1 } } }, list: ['x', { y: 1 }], none: null }),
    ).toEqual([
      'name        a',
      'size.cores  2',
      'size.of.it  {"deep":1}',
      'list        x, {"y":1}',
      'none        null',
    ])
  })
})

describe('a platform file', () => {
  const text =
    'clusters:\n  main: {eksName: a}\nteams:\n  lab:\n    clusters: [main, other]\n    defaults:\n      sparkConf:\n        spark.a.b: 1\n'
  it.each([
    ['teams.lab.clusters.1', { line: 5, column: 22 }],
    ['teams.lab.clusters[0]', { line: 5, column: 16 }],
    ['teams.lab.defaults.sparkConf.spark.a.b', { line: 8, column: 9 }],
    ['teams.lab.missing.field', { line: 4, column: 3 }],
    ['clusters.main.eksName', { line: 2, column: 10 }],
    ['$', { line: 1, column: 1 }],
  ])('has %s at %j', (path, place) => expect(locator(text)(path)).toEqual(place))
})
