/**
 * One command at a time where two at once would spoil what both do. The lock is a file with the id of its process beside the
 * profiles. It is a courtesy, not a guarantee: who waited too long goes on without it.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { profilesFile } from './stored-profiles.ts'

const LOOK_MILLISECONDS = 100
/** 40 s in all: a refresh has three requests of at most 10 s. */
const MAX_LOOKS = 400
/** A process id may be given anew: an old lock is nobody's. */
const OLD_MILLISECONDS = 60_000

/** Runs `work` while no other command of this person runs such work. */
export async function whileAlone<Result>(work: () => Promise<Result>): Promise<Result> {
  const lock = `${profilesFile()}.lock`
  mkdirSync(dirname(lock), { recursive: true, mode: 0o700 })
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    if (take(lock)) {
      try {
        return await work()
      } finally {
        rmSync(lock, { force: true })
      }
    }
    if (isLeftOver(lock)) rmSync(lock, { force: true })
    else await wait(LOOK_MILLISECONDS)
  }
  return work()
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Ctrl-C left it, or the machine went down. */
function isLeftOver(lock: string): boolean {
  const stats = statSync(lock, { throwIfNoEntry: false })
  if (stats === undefined) return false
  return Date.now() - stats.mtimeMs > OLD_MILLISECONDS || !isRunning(holderOf(lock))
}

/** NaN where it was not said yet, or the lock is gone. */
function holderOf(lock: string): number {
  try {
    return Number.parseInt(readFileSync(lock, 'utf8'), 10)
  } catch {
    return Number.NaN
  }
}

function isRunning(pid: number): boolean {
  if (Number.isNaN(pid)) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: somebody else's, but it runs.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
