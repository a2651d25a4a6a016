/** The real cluster that may stand beside the checkout (../shared/cluster), and whether this machine lets it run. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const FOLDER = resolve(import.meta.dirname, '..', '..', 'shared', 'cluster')

/** One of its commands: `up`, `down`, `status`. */
export const sharedCluster = (command: 'up' | 'down' | 'status'): string => join(FOLDER, command)

/** Why it cannot be started here; undefined if it can. */
export function whyNotShared(): string | undefined {
  if (!existsSync(sharedCluster('up'))) return 'there is no ../shared/cluster'
  if (process.getuid?.() !== 0) return '../shared/cluster needs root'
  // Its node lives in namespaces of its own, which some containers' root may not make.
  const tried = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], { stdio: 'ignore' })
  return tried.status === 0 ? undefined : '../shared/cluster needs namespaces, and this machine lets nobody make them'
}
