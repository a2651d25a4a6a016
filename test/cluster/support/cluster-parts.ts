/**
 * Kills and restarts parts of a cluster that ../shared/cluster started on this machine, known by the pid files in its state folder:
 * for the judge and for the recorder of traces.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from './wait-for.ts'

/** `node` is the machine: containerd, kubelet and every container end with it, and only a new cluster brings it back. */
export type ClusterPart = 'operator' | 'operator-webhook' | 'kube-apiserver' | 'node'

export interface KilledPart {
  /** Starts it again just as it was. */
  restart(): void
}

const END_SECONDS = 20

/** The state folder of ../shared/cluster; undefined on any other cluster. */
export const partsFolder = (): string | undefined => process.env['SPARKGATE_CLUSTER_STATE']

/** Ends a part and what it started (the operator's spark-submits, as the end of its container would). */
export async function killPart(part: ClusterPart, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<KilledPart> {
  const pid = pidOf(part)
  const [program = '', ...args] = nulSeparated(`/proc/${pid}/cmdline`)
  const env = Object.fromEntries(nulSeparated(`/proc/${pid}/environ`).map(splitOnce))
  for (const each of [pid, ...descendantsOf(pid)]) kill(each, signal)
  await waitFor(`${part} to end`, END_SECONDS, async () => (hasEnded(pid) ? true : undefined))
  return {
    restart() {
      const log = openSync(join(folder(), 'logs', `${part}.log`), 'a')
      const child = spawn(program, args, { env, detached: true, stdio: ['ignore', log, log] })
      child.unref()
      if (child.pid === undefined) throw new Error(`${part} does not start`)
      // As ../shared/cluster writes it: its `status` and `down` know the part again.
      writeFileSync(join(folder(), 'pids', part), `${child.pid} ${statOf(child.pid)?.startTime}\n`)
    },
  }
}

/** Process ids of the operator's spark-submits under way. */
export const submits = (): number[] => (partsFolder() === undefined ? [] : descendantsOf(pidOf('operator')))

function folder(): string {
  const found = partsFolder()
  if (found === undefined) throw new Error('only parts of ../shared/cluster can be killed')
  return found
}

const pidOf = (part: ClusterPart): number => Number(readFileSync(join(folder(), 'pids', part), 'utf8').split(' ')[0])

const nulSeparated = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\0')
    .filter(text => text !== '')

function splitOnce(text: string): [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

function kill(pid: number, signal: 'SIGKILL' | 'SIGTERM'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** State, parent and start time of a process (proc(5), fields 3, 4 and 22); undefined when there is none. */
function statOf(pid: number): { state: string; parent: number; startTime: string } | undefined {
  const path = `/proc/${pid}/stat`
  try {
    if (!existsSync(path)) return undefined
    const fields = readFileSync(path, 'utf8')
      .replace(/^.*\) /, '')
      .trim()
      .split(' ')
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' }
  } catch {
    // It ended between the look at the folder and the read.
    return undefined
  }
}

const hasEnded = (pid: number): boolean => ['Z', undefined].includes(statOf(pid)?.state)

function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .map(Number)
    .filter(each => each > 0)
    .map(each => ({ pid: each, parent: statOf(each)?.parent }))
  const children = parents.filter(each => each.parent === pid).map(each => each.pid)
  return children.flatMap(child => [child, ...descendantsOf(child)])
}
