/**
 * Really runs an application with a local Spark: `spark-submit --master local[2]`, its own folders, its output as the
 * pod's log, its exit code as the container's. Used where the main file of the spec exists on this machine.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Pod, SparkApplication } from './kubernetes-object.ts'
import type { PodLogs } from './pod-logs.ts'
import type { ContainerExit } from './simulated-driver.ts'
import { parseMemoryMiB } from './spark-resources.ts'

export interface RealDriverOptions {
  readonly sparkHome: string
  /** Where files of the image are on this machine: prefix in the container → folder here. */
  readonly imageFiles: Readonly<Record<string, string>>
  readonly logs: PodLogs
  /** More runs than this at once wait as Pending pods. */
  readonly maxRuns: number
}

/** After SIGTERM a run gets this long to end by itself. */
const KILL_GRACE_MS = 5000
/** A run that takes longer is ended like one that was deleted (24 h). */
const MAX_RUN_MS = 86_400_000
/** What a run inherits of our environment; nothing else, so no credentials. */
const INHERITED = ['PATH', 'JAVA_HOME', 'LANG', 'LC_ALL', 'TZ', 'PYSPARK_PYTHON', 'PYSPARK_DRIVER_PYTHON']
/** Keys of sparkConf that make no sense without a cluster, or that fields of ours decide. */
const DROPPED_CONF = /^spark\.(kubernetes\.|master$|submit\.deployMode$|driver\.memory$|executor\.|dynamicAllocation\.)/

export class RealDrivers {
  readonly #options: RealDriverOptions
  readonly #children = new Map<string, ChildProcess>()
  /** Slots that were given to pods whose process has not started yet. */
  readonly #reserved = new Set<string>()

  constructor(options: RealDriverOptions) {
    this.#options = options
  }

  /** Is the main file of this application on this machine? */
  canRun(app: SparkApplication): boolean {
    const path = this.#hostPath(app.spec.mainApplicationFile)
    return path !== undefined && existsSync(path)
  }

  /** Takes a slot for the pod; false while all are taken. */
  hasSlot(podUid: string): boolean {
    if (this.#reserved.has(podUid)) return true
    if (this.#reserved.size >= this.#options.maxRuns) return false
    this.#reserved.add(podUid)
    return true
  }

  /** Starts spark-submit; `onExit` is called once. Undefined where it could not be started (the log says why). */
  start(
    app: SparkApplication,
    pod: Pod,
    onExit: (exit: ContainerExit) => void,
  ): { readonly pid: number; readonly folder: string } | undefined {
    const { uid } = pod.metadata
    const folder = mkdtempSync(join(tmpdir(), 'sparkgate-run-'))
    mkdirSync(join(folder, 'local'))
    const log = (line: string): void => this.#options.logs.append(uid, [line], new Date())
    const child = spawn(join(this.#options.sparkHome, 'bin', 'spark-submit'), this.#arguments(app), {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#environment(app, folder),
    })
    this.#children.set(uid, child)
    createInterface({ input: child.stdout }).on('line', log)
    createInterface({ input: child.stderr }).on('line', log)
    const limit = setTimeout(() => this.kill(uid), MAX_RUN_MS)
    const finish = (code: number, reason: string): void => {
      clearTimeout(limit)
      if (!this.#children.delete(uid)) return
      this.#reserved.delete(uid)
      rmSync(folder, { recursive: true, force: true })
      onExit({ code, reason })
    }
    child.once('error', error => {
      log(`could not start spark-submit: ${error.message}`)
      finish(127, 'Error')
    })
    child.once('close', (code, signal) => {
      const exitCode = code ?? (signal === 'SIGKILL' ? 137 : 143)
      finish(exitCode, exitCode === 0 ? 'Completed' : 'Error')
    })
    return child.pid === undefined ? undefined : { pid: child.pid, folder }
  }

  /** SIGTERM to the whole group, SIGKILL if that does not help; also gives back a slot that was not used yet. */
  kill(podUid: string): void {
    const child = this.#children.get(podUid)
    if (child === undefined) this.#reserved.delete(podUid)
    if (child?.pid === undefined) return
    const { pid } = child
    signalGroup(pid, 'SIGTERM')
    const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_GRACE_MS)
    child.once('close', () => clearTimeout(timer))
  }

  /** Does the pod's process still live? */
  isRunning(podUid: string): boolean {
    return this.#children.has(podUid)
  }

  /** Ends a process that an earlier life of this cluster left behind, if it is really that one. */
  endLeftover(process: { readonly pid: number; readonly folder: string } | undefined): void {
    if (process === undefined) return
    const { pid, folder } = process
    const shown = spawnSync('ps', ['-p', String(pid), '-ww', '-o', 'command='], { encoding: 'utf8' })
    if ((shown.stdout ?? '').includes(folder)) signalGroup(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }

  /** Ends every run and waits for it. */
  async close(): Promise<void> {
    const children = [...this.#children.values()]
    const closed = children.map(child => new Promise<void>(resolve => void child.once('close', () => resolve())))
    for (const child of children) if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    await Promise.all(closed)
  }

  #arguments(app: SparkApplication): string[] {
    const { spec } = app
    const conf: Record<string, string> = { 'spark.ui.showConsoleProgress': 'false', 'spark.ui.enabled': 'false' }
    for (const [key, value] of Object.entries(spec.sparkConf ?? {})) {
      if (!DROPPED_CONF.test(key)) conf[key] = this.#mapped(value)
    }
    for (const [key, value] of Object.entries(spec.hadoopConf ?? {})) conf[`spark.hadoop.${key}`] = value
    const memory =
      spec.driver.memory === undefined ? [] : ['--driver-memory', `${Math.ceil(parseMemoryMiB(spec.driver.memory))}m`]
    const list = (option: string, files: readonly string[] | undefined): string[] =>
      files === undefined || files.length === 0
        ? []
        : [option, files.map(file => this.#hostPath(file) ?? file).join(',')]
    return [
      '--master',
      'local[2]',
      '--name',
      app.metadata.name,
      ...(spec.mainClass === undefined || spec.type === 'Python' ? [] : ['--class', spec.mainClass]),
      ...memory,
      ...list('--jars', spec.deps?.jars),
      ...list('--files', spec.deps?.files),
      ...list('--py-files', spec.deps?.pyFiles),
      ...Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      this.#hostPath(spec.mainApplicationFile) ?? '',
      ...(spec.arguments ?? []).map(argument => this.#mapped(argument)),
    ]
  }

  #environment(app: SparkApplication, folder: string): Record<string, string> {
    const inherited = INHERITED.flatMap(name =>
      process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
    )
    const own = (app.spec.driver.env ?? []).flatMap(one =>
      one.value === undefined ? [] : [[one.name, one.value] as const],
    )
    return {
      ...Object.fromEntries([...inherited, ...own]),
      HOME: folder,
      SPARK_HOME: this.#options.sparkHome,
      SPARK_LOCAL_DIRS: join(folder, 'local'),
      SPARK_LOCAL_IP: '127.0.0.1',
      // Names the process as ours: `endLeftover` looks for the folder in the command line.
      SPARK_SUBMIT_OPTS: `-Dsparkgate.run=${folder} -Djava.io.tmpdir=${join(folder, 'local')}`,
      TMPDIR: join(folder, 'local'),
    }
  }

  /** A file of the image on this machine; undefined for other schemes (s3a://, https://). */
  #hostPath(file: string): string | undefined {
    const path = file.replace(/^(local|file):\/\//, '')
    return path.startsWith('/') ? this.#mapped(path) : undefined
  }

  #mapped(text: string): string {
    const scheme = /^(?:local|file):\/\//.exec(text)?.[0] ?? ''
    const path = text.slice(scheme.length)
    for (const [prefix, folder] of Object.entries({
      ...this.#options.imageFiles,
      '/opt/spark/': `${this.#options.sparkHome}/`,
    })) {
      if (path.startsWith(prefix)) return `${scheme === '' ? '' : 'file://'}${folder}${path.slice(prefix.length)}`
    }
    return text
  }
}

/** The group may be gone already, which is what we want. */
function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
