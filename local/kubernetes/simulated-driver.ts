/**
 * What a simulated driver does, decided by the spec alone: by the base name of the main file and its arguments, as
 * with the example programs of the real test cluster. One table, so that tests and demos can look up a failure.
 *
 * | program | what happens |
 * | --- | --- |
 * | `exit_with.py CODE [early]` | exits with CODE, with `early` before there is a Spark context |
 * | `sleep.py SECONDS` | works for SECONDS |
 * | `pi.py`, a main class that ends in `SparkPi` | a few seconds, then success |
 * | `allocate.py MIB [SECONDS]` | OOMKilled (137) if MIB exceeds the driver's memory and overhead, else works for SECONDS |
 * | `driver_oom.py` | OOMKilled (137) |
 * | `driver_heap.py` | Java heap space seen from Python: exit 1 |
 * | `executor_oom.py always` / `once` | executors OOMKilled; the job fails with 1 / survives |
 * | `lose_driver.py SECONDS` | after SECONDS the driver's node is drained: exit 143, and the pod goes |
 * | `raise.py`, `python_exception.py` | an uncaught Python exception: exit 1 |
 * | `missing….py`, `no-such-….py` (`….jar`) | the file is not in the image: exit 2 (1) |
 * | a main class with `NotFound` or `NoSuchClass` | exit 101 |
 * | anything else | succeeds after about 5 s |
 */
import { basename } from 'node:path/posix'
import type { SparkApplicationSpec } from './kubernetes-object.ts'
import { podResources } from './spark-resources.ts'

export interface ContainerExit {
  readonly code: number
  /** `Completed`, `Error` or `OOMKilled`. */
  readonly reason: string
}

export interface DriverPlan {
  /** As Spark code names the application; executor pods are named after it. Undefined: the SparkApplication's name. */
  readonly appName?: string
  /** Set: ends this many seconds after its start, without a Spark context and executors. */
  readonly earlySeconds?: number
  /** From the first running executor to the end of the work. */
  readonly workSeconds: number
  /** The pod is drained away instead of ending itself. */
  readonly drained: boolean
  readonly exit: ContainerExit
  /** How executors end; by default with success. */
  readonly executorExit: ContainerExit
  /** What the program itself prints last. */
  readonly output: readonly string[]
}

/** Recorded: 2 to 3 s from the container's start to the end of a program that makes no Spark context. */
const EARLY_SECONDS = 2
const DEFAULT_WORK_SECONDS = 5
const SHORT_WORK_SECONDS = 3
/** No simulated program works longer than this (30 days), whatever its argument says. */
const MAX_WORK_SECONDS = 30 * 86_400

const SUCCESS: ContainerExit = { code: 0, reason: 'Completed' }
const OOM_KILLED: ContainerExit = { code: 137, reason: 'OOMKilled' }
const WORKS: DriverPlan = {
  workSeconds: DEFAULT_WORK_SECONDS,
  drained: false,
  exit: SUCCESS,
  executorExit: SUCCESS,
  output: [],
}

/** Pure: the same spec always gives the same plan. */
export function planDriver(spec: SparkApplicationSpec): DriverPlan {
  const file = basename(spec.mainApplicationFile)
  const args = spec.arguments ?? []
  if (/^(missing|no-such-)/.test(file)) return missingFile(spec.mainApplicationFile)
  if (/NotFound|NoSuchClass/.test(spec.mainClass ?? '') && spec.type !== 'Python') {
    return endsEarly(error(101), [`Error: Failed to load class ${spec.mainClass}.`])
  }
  switch (file) {
    case 'exit_with.py':
      return exitWith(Number(args[0] ?? 0), args[1] === 'early')
    case 'sleep.py':
      return { ...WORKS, workSeconds: seconds(args[0], DEFAULT_WORK_SECONDS), output: ['sleeping with 10 rows'] }
    case 'pi.py':
      return { ...WORKS, appName: 'pythonpi', workSeconds: SHORT_WORK_SECONDS, output: ['Pi is roughly 3.141480'] }
    case 'allocate.py':
      return allocate(spec, Number(args[0] ?? 0), seconds(args[1], SHORT_WORK_SECONDS))
    case 'driver_oom.py':
      return endsEarly(OOM_KILLED, [], 5)
    case 'driver_heap.py':
      return { ...WORKS, exit: error(1), output: HEAP_SPACE_OUTPUT }
    case 'executor_oom.py':
      return executorOom(args[0] === 'once')
    case 'lose_driver.py':
      return { ...WORKS, workSeconds: seconds(args[0], DEFAULT_WORK_SECONDS), drained: true }
    case 'raise.py':
    case 'python_exception.py':
      return {
        ...WORKS,
        workSeconds: SHORT_WORK_SECONDS,
        exit: error(1),
        output: pythonException(spec.mainApplicationFile),
      }
    default:
      return spec.mainClass?.endsWith('SparkPi') === true
        ? {
            ...WORKS,
            appName: 'spark-pi',
            workSeconds: SHORT_WORK_SECONDS,
            output: ['Pi is roughly 3.141111141111141'],
          }
        : WORKS
  }
}

function error(code: number): ContainerExit {
  return { code, reason: 'Error' }
}

function endsEarly(exit: ContainerExit, output: readonly string[], earlySeconds = EARLY_SECONDS): DriverPlan {
  return { ...WORKS, earlySeconds, exit, output }
}

function exitWith(code: number, early: boolean): DriverPlan {
  const exit = code === 0 ? SUCCESS : error(code)
  const output = [`exiting with ${code} on purpose`]
  return early ? endsEarly(exit, output) : { ...WORKS, exit, output }
}

function allocate(spec: SparkApplicationSpec, mib: number, workSeconds: number): DriverPlan {
  if (mib > podResources(spec, 'driver').memoryMiB) return endsEarly(OOM_KILLED, [], 5)
  return { ...WORKS, workSeconds, output: [`allocated ${mib} MiB`] }
}

function executorOom(once: boolean): DriverPlan {
  // Under cgroup v1 the kernel kills the Python worker; the executor ends by SIGTERM and only `reason` tells (recorded).
  const reason = 'OOMKilled'
  return once
    ? { ...WORKS, executorExit: { code: 0, reason }, output: ['rows 1'] }
    : { ...WORKS, exit: error(1), executorExit: { code: 143, reason }, output: EXECUTOR_LOST_OUTPUT }
}

function missingFile(file: string): DriverPlan {
  const path = file.replace(/^local:\/\//, '')
  return file.endsWith('.py')
    ? endsEarly(error(2), [`python3: can't open file '${path}': [Errno 2] No such file or directory`])
    : endsEarly(error(1), [`Exception in thread "main" java.nio.file.NoSuchFileException: ${path}`])
}

function seconds(text: string | undefined, fallback: number): number {
  const given = Number(text ?? fallback)
  return Number.isFinite(given) && given >= 0 ? Math.min(given, MAX_WORK_SECONDS) : fallback
}

function pythonException(file: string): string[] {
  const path = file.replace(/^local:\/\//, '')
  return [
    'Traceback (most recent call last):',
    `  File "${path}", line 7, in <module>`,
    '    raise ValueError("no such column: amount")',
    'ValueError: no such column: amount',
  ]
}

const HEAP_SPACE_OUTPUT = [
  'java.lang.OutOfMemoryError: Java heap space',
  'Traceback (most recent call last):',
  '  File "/opt/spark/python/lib/py4j-0.10.9.9-src.zip/py4j/clientserver.py", line 540, in send_command',
  '    raise Py4JNetworkError(',
  'py4j.protocol.Py4JNetworkError: Answer from Java side is empty',
]
const EXECUTOR_LOST_OUTPUT = [
  'org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 2 times, most recent failure: ' +
    'Lost task 0.1 in stage 0.0 (TID 1) (executor 1): org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)',
  'Caused by: java.io.EOFException',
]
