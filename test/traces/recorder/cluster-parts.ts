/**
 * Kills and restarts parts of ../shared/cluster, whose processes are listed in its state folder. On any other cluster the
 * scenarios that need this are left out.
 */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export type ClusterPart = 'operator' | 'operator-webhook' | 'kube-apiserver'

const POLL_MILLISECONDS = 20
const END_SECONDS = 20

/** The state folder of ../shared/cluster; undefined on any other cluster. */
export const partsFolder = (): string | undefined => process.env['SPARKGATE_CLUSTER_STATE']

/**
 * Ends a part with a signal, the operator with its spark-submits as the end of its container would; answers how to start it
 * again just as it was.
 */
export async function killPart(part: ClusterPart, signal: 'SIGKILL' | 'SIGTERM'): Promise<() => void> {
  const folder = partsFolder()
  if (folder === undefined) throw new Error('only parts of ../shared/cluster can be killed')
  const pid = pidOf(folder, part)
  const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  const env = Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter(each => each.includes('='))
      .map(each => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
  )
  for (const each of [pid, ...(part === 'operator' ? submits() : [])]) kill(each, signal)
  for (let look = 0; isAlive(pid); look++) {
    if (look * POLL_MILLISECONDS > END_SECONDS * 1000) throw new Error(`${part} does not end`)
    await pause(POLL_MILLISECONDS)
  }
  return () => {
    const log = openSync(join(folder, 'logs', `${part}.log`), 'a')
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log] })
    child.unref()
    if (child.pid === undefined) throw new Error(`${part} does not start`)
    writeFileSync(join(folder, 'pids', part), `${child.pid} ${statOf(child.pid)[19] ?? ''}\n`)
  }
}

/** Process ids of the operator's spark-submits under way. */
export function submits(): number[] {
  const folder = partsFolder()
  if (folder === undefined) return []
  const parent = String(pidOf(folder, 'operator'))
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => statOf(pid)[1] === parent)
}

const pidOf = (folder: string, part: ClusterPart): number =>
  Number(readFileSync(join(folder, 'pids', part), 'utf8').split(' ')[0])

/** Fields of /proc/PID/stat after the name: state, parent, … the 20th is the start time. Empty for no process. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .trim()
      .split(' ')
  } catch {
    return []
  }
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`) && statOf(pid)[0] !== 'Z'

function kill(pid: number, signal: 'SIGKILL' | 'SIGTERM'): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error
  }
}
