/** `kubectl` of the cluster under test, as its administrator: for what the gateway's own client cannot do, such as patches. */
import { spawnSync } from 'node:child_process'

/** Longer than any webhook, on a busy machine. */
const TIMEOUT_MILLISECONDS = 60_000

export interface Spoken {
  readonly status: number | null
  readonly stdout: string
  /** Both streams. */
  readonly output: string
}

/** Uses KUBECONFIG, which scripts/test-cluster.ts sets. */
export function kubectl(...args: readonly string[]): Spoken {
  const command = process.env['SPARKGATE_CLUSTER_KUBECTL'] ?? 'kubectl'
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: TIMEOUT_MILLISECONDS })
  return { status, stdout, output: `${stdout}${stderr}` }
}

/** Its standard output; throws where it did not succeed. */
export function kubectlMust(...args: readonly string[]): string {
  const { status, stdout, output } = kubectl(...args)
  if (status !== 0) throw new Error(`kubectl ${args.join(' ').slice(0, 200)}: ${output}`)
  return stdout
}
