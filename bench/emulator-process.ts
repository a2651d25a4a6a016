/**
 * The emulators in a process of their own, so that what a bench measures is not what the emulators cost: start, control,
 * audit log, stop. Everything is in a temporary folder that `close` removes.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { Endpoints } from '../local/emulators.ts'
import type { AuditEntry } from '../local/kubernetes/audit-log.ts'
import type { ClusterControl } from '../local/kubernetes/cluster-control.ts'

export interface EmulatorProcess {
  readonly endpoints: Endpoints
  /** For state of the gateway; removed with the rest. */
  readonly folder: string
  control<Name extends keyof ClusterControl>(op: Name, ...args: Parameters<ClusterControl[Name]>): Promise<unknown>
  /** All requests that the embedded Kubernetes API got; throws where its memory has lost some. */
  audit(): Promise<readonly AuditEntry[]>
  close(): Promise<void>
}

const START_MILLISECONDS = 60_000

/** `speed` 1 is the recorded cadence of a real operator. Rejects when the process ends before it is ready. */
export async function startEmulatorProcess(platform: Platform, speed: number): Promise<EmulatorProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-bench-'))
  const platformFile = join(folder, 'platform.json')
  writeFileSync(platformFile, JSON.stringify(platform))
  const program = join(import.meta.dirname, '..', 'local', 'emulators-main.ts')
  const args = [program, '--data', join(folder, 'emulators'), '--platform', platformFile, '--speed', String(speed)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const endpoints = JSON.parse(await firstLine(child)) as Endpoints
  return {
    endpoints,
    folder,
    async control(op, ...args) {
      const response = await fetch(`${endpoints.kubernetesControlUrl}/control`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ op, args }),
      })
      if (!response.ok) throw new Error(`control ${op}: HTTP ${response.status}`)
      return ((await response.json()) as { result: unknown }).result
    },
    async audit() {
      const response = await fetch(`${endpoints.kubernetesControlUrl}/audit`)
      const { entries, dropped } = (await response.json()) as { entries: AuditEntry[]; dropped: number }
      if (dropped > 0) throw new Error(`the audit log lost ${dropped} entries: count less at a time`)
      return entries
    },
    async close() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no output')
  const lines = createInterface({ input: child.stdout })
  const line = once(lines, 'line', { signal: AbortSignal.timeout(START_MILLISECONDS) }) as Promise<[string]>
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the emulators ended with ${String(code)} before they were ready`)
  })
  return (await Promise.race([line, gone]))[0]
}
