/** Kills and restarts parts of a cluster that ../shared/cluster started on this machine, known by their pid files. */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../support/wait-for.ts'

export type ClusterPart = 'operator' | 'kube-apiserver'

export interface KilledPart {
  /** Starts it again just as it was. */
  restart(): void
}

const END_SECONDS = 10

/** SIGKILL to a part and to what it started (the operator's spark-submits, as the end of its container would). */
export async function killPart(name: ClusterPart): Promise<KilledPart> {
  const state = process.env['SPARKGATE_CLUSTER_STATE'] ?? ''
  const pidFile = join(state, 'pids', name)
  const pid = Number(readFileSync(pidFile, 'utf8').split(' ')[0])
  const command = nulSeparated(`/proc/${pid}/cmdline`)
  const environment = Object.fromEntries(nulSeparated(`/proc/${pid}/environ`).map(splitOnce))
  for (const each of [pid, ...descendantsOf(pid)]) kill(each)
  await waitFor(`${name} to end`, END_SECONDS, async () => (hasEnded(pid) ? true : undefined))
  return {
    restart() {
      const log = openSync(join(state, 'logs', `${name}.log`), 'a')
      const [program = '', ...args] = command
      const child = spawn(program, args, { env: environment, detached: true, stdio: ['ignore', log, log] })
      child.unref()
      // As ../shared/cluster writes it: its `status` and `down` know the part again.
      writeFileSync(pidFile, `${child.pid} ${statOf(child.pid ?? 0)?.startTime}\n`)
    },
  }
}

const nulSeparated = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\0')
    .filter(text => text !== '')

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** State, parent and start time of a process (proc(5), fields 3, 4 and 22); undefined when there is none. */
function statOf(pid: number): { state: string; parent: number; startTime: string } | undefined {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return undefined
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' }
}

const hasEnded = (pid: number): boolean => ['Z', undefined].includes(statOf(pid)?.state)

function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .map(Number)
    .filter(each => each > 0)
    .map(each => ({ pid: each, parent: safeParent(each) }))
  const children = parents.filter(each => each.parent === pid).map(each => each.pid)
  return children.flatMap(child => [child, ...descendantsOf(child)])
}

function safeParent(pid: number): number | undefined {
  try {
    return statOf(pid)?.parent
  } catch {
    // It ended between the look at the folder and the read.
    return undefined
  }
}
