/** One thread of a campaign: takes tasks, answers results, and keeps in shared memory which run it is at. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Task } from './tasks.ts'
import { switchOff } from './without-rule.ts'

export interface ThreadData {
  readonly without?: string
  readonly progress: SharedArrayBuffer
}

const { without, progress } = workerData as ThreadData
if (without !== undefined) switchOff(without)
// Only now: what this imports is loaded without the rule.
const { runTask } = await import('./tasks.ts')
const { writeProgress } = await import('./progress.ts')

parentPort?.on('message', (task: Task) => {
  const onRun = writeProgress(progress)
  runTask(task, onRun).then(
    result => parentPort?.postMessage({ result }, []),
    error => parentPort?.postMessage({ error: error instanceof Error ? error.stack : String(error) }, []),
  )
})
