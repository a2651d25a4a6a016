/**
 * Which stage a Spark program is at, read from what its driver logs at level INFO (Spark 3.5 and 4.0). Nobody else knows it: the
 * SparkApplication has no such field. A program may write the same words itself; what comes of it are three numbers on the
 * screen of somebody who may read its log.
 */

/** The newest of the stages that run. */
export interface StageProgress {
  readonly stage: number
  readonly tasksDone: number
  readonly tasks: number
  /** How many run beside it. */
  readonly others: number
}

/** Stages that run, by number: of a log's end those that it speaks of. */
export type RunningStages = ReadonlyMap<number, { readonly tasksDone: number; readonly tasks: number }>

export const NO_STAGES: RunningStages = new Map()

/** Spark's words stand at a line's beginning; what is longer is a plan or a program's own text. */
const MAX_LINE_LENGTH = 1_000
/** Programs run a few at once; the oldest give way. */
const MAX_STAGES = 100

const SUBMITTED = /\bSubmitting (\d{1,9}) missing tasks from \w*Stage (\d{1,9}) /
const TASK_FINISHED = /\bFinished task \S+ in stage (\d{1,9})\.\d+ .*? \((\d{1,9})\/(\d{1,9})\)/
/** `Removed TaskSet` is said once more for tasks that end late; a stage that is tried again is submitted again. */
const ENDED = /\bRemoved TaskSet (\d{1,9})\.\d|\b\w+Stage (\d{1,9}) \(.*\) (?:finished|failed) in /

/** The stages that run after these further lines of the log. */
export function foldStages(known: RunningStages, lines: Iterable<string>): RunningStages {
  const stages = new Map(known)
  for (const line of lines) {
    const text = line.slice(0, MAX_LINE_LENGTH)
    const submitted = SUBMITTED.exec(text)
    const finished = TASK_FINISHED.exec(text)
    const ended = ENDED.exec(text)
    if (submitted !== null) stages.set(Number(submitted[2]), { tasksDone: 0, tasks: Number(submitted[1]) })
    else if (finished !== null)
      stages.set(Number(finished[1]), { tasksDone: Number(finished[2]), tasks: Number(finished[3]) })
    else if (ended !== null) stages.delete(Number(ended[1] ?? ended[2]))
    if (stages.size > MAX_STAGES) stages.delete(Math.min(...stages.keys()))
  }
  return stages
}

/** Undefined where none is known to run: between two stages, or for a log without such lines. */
export function newestStage(stages: RunningStages): StageProgress | undefined {
  const running = [...stages].filter(([, { tasksDone, tasks }]) => tasksDone < tasks).toSorted(([a], [b]) => b - a)
  const [newest] = running
  return newest && { stage: newest[0], ...newest[1], others: running.length - 1 }
}

/** `stage 3: 14/20 tasks, and 2 more stages` */
export function stageText({ stage, tasksDone, tasks, others }: StageProgress): string {
  const more = others === 0 ? '' : `, and ${others} more stage${others === 1 ? '' : 's'}`
  return `stage ${stage}: ${tasksDone}/${tasks} tasks${more}`
}
