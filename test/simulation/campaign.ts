/**
 * A campaign: many tasks on a few threads, with a watchdog for code that never gives up its thread. Results come in the order
 * of the tasks, so that the whole campaign has one hash.
 */
import { Worker } from 'node:worker_threads'
import type { ThreadData } from './campaign-thread.ts'
import { newProgress, readProgress } from './progress.ts'
import type { Task, TaskResult } from './tasks.ts'

/** The machine of a check has two cores. */
const THREADS = 2
/** A run takes milliseconds; one that takes so long is a loop without an await that waits. */
const HANG_MILLISECONDS = 30_000
const WATCH_MILLISECONDS = 1_000

const NOTHING: TaskResult = {
  singles: 0,
  pairs: 0,
  ofPairs: 0,
  seeds: 0,
  steps: 0,
  effects: 0,
  faults: 0,
  deadLetters: 0,
  slowestEndSeconds: 0,
  hash: '00000000',
  found: [],
}

export interface CampaignOptions {
  readonly tasks: readonly Task[]
  /** Id of a rule that is switched off. */
  readonly without?: string
  readonly threads?: number
  /** Whether to go on after this result. */
  readonly onResult?: (task: Task, result: TaskResult, done: number) => 'go-on' | 'stop'
}

/** Runs the tasks; the answer has a result for each that was run. Throws when the simulation itself is broken. */
export async function runCampaign(options: CampaignOptions): Promise<readonly TaskResult[]> {
  const results: TaskResult[] = []
  const waiting = options.tasks.map((task, index) => ({ task, index }))
  let done = 0
  const work = async (): Promise<void> => {
    let thread = new Thread(options.without)
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { task, index } = next
        const result = await thread.run(task)
        if (result.found.some(({ invariant }) => invariant === 'hang')) {
          await thread.close()
          thread = new Thread(options.without)
        }
        results[index] = result
        if (options.onResult?.(task, result, ++done) === 'stop') waiting.length = 0
      }
    } finally {
      await thread.close()
    }
  }
  await Promise.all(Array.from({ length: options.threads ?? THREADS }, work))
  return results.filter(result => result !== undefined)
}

class Thread {
  private readonly progress = newProgress()
  private readonly worker: Worker
  private failure: Error | undefined

  constructor(without: string | undefined) {
    const workerData: ThreadData = { progress: this.progress, ...(without !== undefined && { without }) }
    this.worker = new Worker(new URL('./campaign-thread.ts', import.meta.url), { workerData })
    // It may fail while it loads, before anybody waits for it.
    this.worker.on('error', (error: Error) => {
      this.failure = error
    })
  }

  run(task: Task): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure)
      let seen = -1
      let since = performance.now()
      const watch = setInterval(() => {
        const { count, seed, faults } = readProgress(this.progress)
        if (count !== seen) [seen, since] = [count, performance.now()]
        else if (performance.now() - since > HANG_MILLISECONDS) {
          const message = 'the code never gives up its thread: an endless loop of promises'
          const scenario = task.kind === 'seeds' ? 'random' : task.scenario
          end()
          resolve({ ...NOTHING, found: [{ scenario, seed, faults, invariant: 'hang', message }] })
        }
      }, WATCH_MILLISECONDS)
      const onMessage = (answer: { readonly result?: TaskResult; readonly error?: string }): void => {
        end()
        if (answer.result !== undefined) resolve(answer.result)
        else reject(new Error(answer.error))
      }
      const onError = (error: Error): void => {
        end()
        reject(error)
      }
      const end = (): void => {
        clearInterval(watch)
        this.worker.off('message', onMessage).off('error', onError)
      }
      this.worker.on('message', onMessage).on('error', onError)
      this.worker.postMessage(task, [])
    })
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }
}

/** The sum of results, with one hash over theirs in order. */
export function sumOf(results: readonly TaskResult[]): TaskResult {
  const sum = (of: (result: TaskResult) => number): number => results.reduce((total, result) => total + of(result), 0)
  return {
    singles: sum(each => each.singles),
    pairs: sum(each => each.pairs),
    ofPairs: sum(each => each.ofPairs),
    seeds: sum(each => each.seeds),
    steps: sum(each => each.steps),
    effects: sum(each => each.effects),
    faults: sum(each => each.faults),
    deadLetters: sum(each => each.deadLetters),
    slowestEndSeconds: Math.max(0, ...results.map(each => each.slowestEndSeconds)),
    hash: hashOf(results.map(each => each.hash).join()),
    found: results.flatMap(each => each.found),
  }
}

function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
