/** The stage of a running job: what a driver's own lines say about it, and how seldom it is asked for. */
import { describe, expect, it } from 'vitest'
import type { JobAnswer } from '../../cli/api-answers.ts'
import { UnreachableError } from '../../cli/api-client.ts'
import type { ApiClient } from '../../cli/api-client.ts'
import { CommandFailure, EXIT } from '../../cli/arguments.ts'
import type { ProgressLine } from '../../cli/progress-line.ts'
import { tailLogs } from '../../cli/tail-logs.ts'
import { readStage, stageOfOne, stagesInTurn } from '../../cli/read-stage.ts'
import { foldStages, newestStage, NO_STAGES, stageText } from '../../cli/spark-stage.ts'

const shown = (lines: readonly string[]): string | undefined => {
  const stage = newestStage(foldStages(NO_STAGES, lines))
  return stage && stageText(stage)
}

/** Of a program with a shuffle and one that fails, PySpark 4.0.5 at level INFO; hosts and paths shortened. */
const MAP_BEGINS = [
  '26/11/21 22:24:44 INFO DAGScheduler: Got job 0 (collect at /opt/etl.py:5) with 3 output partitions',
  '26/11/21 22:24:44 INFO DAGScheduler: Submitting ShuffleMapStage 0 (PairwiseRDD[2] at reduceByKey at /opt/etl.py:5), which has no missing parents',
  '26/11/21 22:24:44 INFO DAGScheduler: Submitting 6 missing tasks from ShuffleMapStage 0 (PairwiseRDD[2] at reduceByKey at /opt/etl.py:5) (first 15 tasks are for partitions Vector(0, 1, 2, 3, 4, 5))',
  '26/11/21 22:24:44 INFO TaskSchedulerImpl: Adding task set 0.0 with 6 tasks resource profile 0',
  '26/11/21 22:24:44 INFO TaskSetManager: Starting task 0.0 in stage 0.0 (TID 0) (192.0.2.2,executor 1, partition 0, PROCESS_LOCAL, 9664 bytes) ',
]
const MAP_WORKS = [
  '26/11/21 22:24:47 INFO TaskSetManager: Finished task 1.0 in stage 0.0 (TID 1) in 3303 ms on 192.0.2.2 (executor 1) (1/6)',
  '26/11/21 22:24:47 INFO TaskSetManager: Starting task 3.0 in stage 0.0 (TID 3) (192.0.2.2,executor 1, partition 3, PROCESS_LOCAL, 9664 bytes) ',
  '26/11/21 22:24:47 INFO TaskSetManager: Finished task 0.0 in stage 0.0 (TID 0) in 3416 ms on 192.0.2.2 (executor 1) (2/6)',
]
const MAP_ENDS = [
  '26/11/21 22:24:49 INFO TaskSchedulerImpl: Removed TaskSet 0.0 whose tasks have all completed, from pool ',
  '26/11/21 22:24:49 INFO DAGScheduler: ShuffleMapStage 0 (reduceByKey at /opt/etl.py:5) finished in 5306 ms',
]
const FAILS = [
  '26/11/21 22:24:51 INFO DAGScheduler: Submitting 2 missing tasks from ResultStage 2 (PythonRDD[7] at count at /opt/etl.py:7) (first 15 tasks are for partitions Vector(0, 1))',
  '26/11/21 22:24:51 ERROR TaskSetManager: Task 1 in stage 2.0 failed 4 times; aborting job',
  '26/11/21 22:24:51 INFO DAGScheduler: ResultStage 2 (count at /opt/etl.py:7) failed in 414 ms due to Job aborted due to stage failure: Task 1 in stage 2.0 failed 4 times',
]

describe('a driver’s log', () => {
  it('tells how many tasks a stage has, how many are done, and when it is over', () => {
    expect(shown(MAP_BEGINS)).toBe('stage 0: 0/6 tasks')
    expect(shown([...MAP_BEGINS, ...MAP_WORKS])).toBe('stage 0: 2/6 tasks')
    expect(shown([...MAP_BEGINS, ...MAP_WORKS, ...MAP_ENDS])).toBeUndefined()
  })
  it('tells as much from any line on, as its last lines do', () => expect(shown(MAP_WORKS)).toBe('stage 0: 2/6 tasks'))
  it('of several stages at once tells the newest', () => {
    const beside = (stage: number) =>
      `INFO DAGScheduler: Submitting 20 missing tasks from ResultStage ${stage} (x) (first)`
    expect(shown([...MAP_BEGINS, beside(3)])).toBe('stage 3: 0/20 tasks, and 1 more stage')
    expect(shown([beside(7), ...MAP_BEGINS, beside(3)])).toBe('stage 7: 0/20 tasks, and 2 more stages')
  })
  it('tells that a stage failed', () => {
    expect(shown(FAILS.slice(0, 2))).toBe('stage 2: 0/2 tasks')
    expect(shown(FAILS)).toBeUndefined()
  })
  it('tells the tasks of a stage’s second try', () => {
    const again = '26/11/21 11:00:12 INFO DAGScheduler: Submitting 1 missing tasks from ShuffleMapStage 0 (x) (first 15'
    const done = MAP_WORKS[0]?.replace('stage 0.0', 'stage 0.1').replace('(1/6)', '(0/1)') ?? ''
    expect(shown([...MAP_BEGINS, ...MAP_WORKS, ...MAP_ENDS, again, done])).toBe('stage 0: 0/1 tasks')
  })
  it('of Spark 3.5, and in JSON, says the same', () => {
    const older = [
      '23/10/01 11:00:12 INFO DAGScheduler: ResultStage 0 (reduce at SparkPi.scala:38) finished in 0.812 s',
    ]
    expect(shown([...MAP_WORKS, ...older])).toBeUndefined()
    const message = MAP_WORKS[2]?.split('TaskSetManager: ')[1]
    const json = JSON.stringify({ ts: '2026-11-21T11:00:11Z', level: 'INFO', msg: message, logger: 'TaskSetManager' })
    expect(shown([json])).toBe('stage 0: 2/6 tasks')
  })
  it('without such lines tells nothing, however long they are', () => {
    expect(shown(['WARN NativeCodeLoader: Unable to load native-hadoop library', ''])).toBeUndefined()
    expect(shown(['Stage 1 ('.repeat(200_000)])).toBeUndefined()
  })
})

const RUNNING = { id: 'j1', state: 'RUNNING', attempt: 1, attempts: [] } as unknown as JobAnswer
const linesAt = (lines: readonly string[]) => ({ lines: lines.map(text => ({ at: '', text })) })

/** A gateway that has these answers, the last of them again and again. */
function gateway(...answers: readonly unknown[]) {
  const asked: string[] = []
  const api = {
    send: async ({ path, repeat }: { path: string; repeat: string }) => {
      const answer = answers[Math.min(asked.push(`${path} ${repeat}`), answers.length) - 1]
      if (answer instanceof Error) throw answer
      return { status: 200, headers: new Headers(), body: answer }
    },
  } as unknown as ApiClient
  return { api, asked }
}

describe('the stage of a job', () => {
  it('is read from the end of its driver’s log, in one try', async () => {
    const { api, asked } = gateway(linesAt(MAP_WORKS))
    expect(await readStage(api, RUNNING)).toEqual({ stage: 0, tasksDone: 2, tasks: 6, others: 0 })
    expect(asked).toEqual(['/v1/jobs/j1/logs?role=driver&attempt=1&tail=200 unwanted'])
  })
  it.each([
    ['a gateway that is away', new UnreachableError('no answer', EXIT.toolFailed)],
    ['a log that is not there', new CommandFailure('gone', EXIT.notFound)],
    ['an identity without the right', new CommandFailure('no', EXIT.noPermission)],
    ['an answer that is no log', undefined],
  ])('is unknown to %s, which is no failure', async (_, answer) =>
    expect(await readStage(gateway(answer).api, RUNNING)).toBeUndefined(),
  )
  it('is not asked for while nothing runs', async () => {
    const { api, asked } = gateway(linesAt(MAP_WORKS))
    expect(await readStage(api, { ...RUNNING, state: 'PENDING' })).toBeUndefined()
    expect(asked).toEqual([])
  })
  it('is asked for every few seconds, and ten times less often where nothing is told', async () => {
    const { api, asked } = gateway(linesAt(MAP_WORKS), linesAt([]))
    let now = 0
    const look = (at: number) => {
      now = at
      return stageOf(RUNNING)
    }
    const stageOf = stageOfOne(api, 5_000, () => now)
    const looks = [0, 4_999, 5_000, 54_999]
    const told: unknown[] = []
    for (const at of looks) told.push((await look(at))?.tasksDone)
    expect([told, asked.length]).toEqual([[2, 2, undefined, undefined], 2])
    await look(55_000)
    expect(asked).toHaveLength(3)
  })
  it('is never asked for again after a refusal, until there is another attempt', async () => {
    const { api, asked } = gateway(new CommandFailure('no', EXIT.noPermission), linesAt(MAP_WORKS))
    const stageOf = stageOfOne(api, 0, () => Number.MAX_SAFE_INTEGER)
    await stageOf(RUNNING)
    expect(await stageOf(RUNNING)).toBeUndefined()
    expect(asked).toHaveLength(1)
    expect(await stageOf({ ...RUNNING, attempt: 2 })).toMatchObject({ tasksDone: 2 })
  })
  it('is told by a log that is followed anyway, to who looks at the line', async () => {
    const page = { ...linesAt([...MAP_BEGINS, ...MAP_WORKS]), next: '2026-11-21T22:24:47Z~1', more: false }
    const written: string[] = []
    const stream = { write: (text: string) => written.push(text) } as never
    const job = { ...RUNNING, attempts: [{ number: 1, objectName: 'x', runningAt: '2026-11-21T22:24:40Z' }] }
    const progress = (isTerminal: boolean) =>
      ({ isTerminal, around: (write: () => void) => write() }) as unknown as ProgressLine
    const { run } = tailLogs(gateway(page).api, 'j1', {}, stream)
    expect(await run(job, progress(true))).toEqual({ stage: 0, tasksDone: 2, tasks: 6, others: 0 })
    expect(await run(job, progress(false))).toBeUndefined()
    expect(written.slice(0, 8)).toEqual([...MAP_BEGINS, ...MAP_WORKS].map(text => `${text}\n`))
  })
  it('of a table’s jobs is asked for one by one, in turn, and forgotten with them', async () => {
    const { api, asked } = gateway(linesAt(MAP_WORKS))
    const stagesOf = stagesInTurn(api)
    const jobs = ['j1', 'j2', 'j3'].map(id => ({ ...RUNNING, id }))
    const done = { ...RUNNING, id: 'j0', state: 'SUCCEEDED' }
    for (let look = 0; look < 4; look++) await stagesOf([done, ...jobs])
    expect(asked.map(path => /j\d/.exec(path)?.[0])).toEqual(['j1', 'j2', 'j3', 'j1'])
    expect([...(await stagesOf(jobs.slice(2)).then(known => known.keys()))]).toEqual(['j3'])
  })
})
