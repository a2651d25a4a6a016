/** The command as people and scripts start it: a process with its words, its environment and its streams. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

/** How a command ended. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly input?: string
  /** Instead of what the machine has; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Called with what was written so far, whenever more is. */
  readonly onOutput?: (child: ChildProcess, written: string) => void
}

/** Runs `sparkgate` from the sources, without colours. */
export function runSparkgate(args: readonly string[], { input, env, onOutput }: RunOptions = {}): Promise<Ran> {
  return new Promise(resolve => {
    const { FORCE_COLOR: _, ...inherited } = process.env
    const child = spawn(process.execPath, ['cli/sparkgate.ts', ...args], {
      env: { ...inherited, NO_COLOR: '1', ...env },
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      onOutput?.(child, out + err)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
      onOutput?.(child, out + err)
    })
    child.on('close', code => resolve({ code, out, err }))
    child.stdin.on('error', () => undefined) // Not every command reads it to the end.
    child.stdin.end(input ?? '')
  })
}
