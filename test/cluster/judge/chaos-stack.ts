/**
 * The local stack in two processes that can be killed, AWS and gateway, with a way to the real cluster that can be cut, and a client
 * that survives both.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EksCluster } from '../../../local/eks-cluster.ts'
import type { Endpoints } from '../../../local/emulators.ts'
import { mintToken } from '../../../local/stack.ts'
import type { Platform } from '../../../shared/domain/platform/platform.ts'
import { startChild } from '../../crash/child.ts'
import type { Child } from '../../crash/child.ts'
import { waitFor } from '../support/wait-for.ts'
import type { JudgedJob } from './audit-judge.ts'
import { openWay } from './network-cut.ts'
import type { CuttableWay } from './network-cut.ts'

export interface ListedJob extends JudgedJob {
  readonly name: string
  readonly reason: string
  readonly message: string
}

/** After a kill a message is unseen for so long; sweeps find what is overdue before. */
const VISIBILITY_SECONDS = 20
/** A killed poller counts as one receive. */
const MAX_RECEIVES = 10
const REQUEST_MILLISECONDS = 10_000
/** Longest wait for one part of the run, on a busy machine of two cores. */
const PART_SECONDS = 420
/** Pages of 100 jobs; a run has some hundred jobs. */
const MAX_PAGES = 20

export class ChaosStack {
  readonly way: CuttableWay
  private readonly platform: Platform
  private readonly folder = mkdtempSync(join(tmpdir(), 'sparkgate-chaos-'))
  private emulators!: Child
  private gateway!: Child
  private endpoints!: Endpoints
  private apiUrl = ''
  private token = ''

  private constructor(platform: Platform, eks: EksCluster, way: CuttableWay) {
    this.platform = platform
    this.way = way
    writeFileSync(this.file('platform.json'), JSON.stringify(platform))
    writeFileSync(this.file('eks.json'), JSON.stringify(eksFile(eks, way.server)), { mode: 0o600 })
  }

  static async start(platform: Platform, eks: EksCluster): Promise<ChaosStack> {
    const stack = new ChaosStack(platform, eks, await openWay(eks.server))
    await stack.startEmulators()
    await stack.startGateway()
    return stack
  }

  async startEmulators(): Promise<void> {
    const queues = ['--visibility-seconds', String(VISIBILITY_SECONDS), '--max-receives', String(MAX_RECEIVES)]
    this.emulators = startChild('emulators-main.ts', ['--data', this.file('emulators'), ...this.shared(), ...queues])
    const line = await this.emulators.nextLine()
    writeFileSync(this.file('endpoints.json'), line)
    this.endpoints = JSON.parse(line) as Endpoints
    this.token = await mintToken(this.endpoints, this.platform, 'alpha')
  }

  async startGateway(): Promise<void> {
    const own = ['--data', this.file('gateway'), '--endpoints', this.file('endpoints.json')]
    this.gateway = startChild('gateway-main.ts', [...own, ...this.shared()])
    this.apiUrl = (JSON.parse(await this.gateway.nextLine()) as { apiUrl: string }).apiUrl
  }

  killGateway(): Promise<void> {
    return this.gateway.kill('SIGKILL')
  }

  async killEverything(): Promise<void> {
    await Promise.all([this.gateway.kill('SIGKILL'), this.emulators.kill('SIGKILL')])
  }

  /** False when there was no answer, as while the gateway is dead; throws for a refusal. */
  async post(path: string, given?: { readonly body: unknown; readonly key: string }): Promise<boolean> {
    const answer = await this.call('POST', path, given)
    if (answer !== undefined && answer.status !== 202 && answer.status < 500)
      throw new Error(`POST ${path} answers ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer?.status === 202
  }

  /** All jobs of team alpha; undefined while nobody answers. */
  private async jobs(): Promise<readonly ListedJob[] | undefined> {
    const found: ListedJob[] = []
    let next = ''
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.call('GET', `/v1/jobs?limit=100${next}`)
      if (answer?.status !== 200) return undefined
      found.push(...(answer.body['jobs'] as readonly ListedJob[]))
      const token = answer.body['nextToken']
      if (typeof token !== 'string') return found
      next = `&nextToken=${encodeURIComponent(token)}`
    }
    throw new Error(`more than ${MAX_PAGES} pages of jobs`)
  }

  /** All jobs once `isIt` holds for them; outlasts a gateway that is dead for a while. */
  untilJobs(what: string, isIt: (jobs: readonly ListedJob[]) => boolean): Promise<readonly ListedJob[]> {
    let last: readonly ListedJob[] = []
    const look = async () => {
      last = (await this.jobs()) ?? last
      return isIt(last) ? last : undefined
    }
    return waitFor(what, PART_SECONDS, look, () => `; states: ${JSON.stringify(countStates(last))}`)
  }

  async close(): Promise<void> {
    await this.killEverything()
    await this.way.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async call(method: string, path: string, given?: { readonly body: unknown; readonly key: string }) {
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(given && { 'content-type': 'application/json', 'idempotency-key': given.key }),
    }
    try {
      const signal = AbortSignal.timeout(REQUEST_MILLISECONDS)
      const body = given && { body: JSON.stringify(given.body) }
      const answer = await fetch(`${this.apiUrl}${path}`, { method, headers, signal, ...body })
      return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> }
    } catch {
      return undefined
    }
  }

  private shared(): string[] {
    return ['--platform', this.file('platform.json'), '--eks-cluster', this.file('eks.json')]
  }

  private file(name: string): string {
    return join(this.folder, name)
  }
}

/** How many jobs are in which state, for which reason. */
export function countStates(jobs: readonly ListedJob[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { state, reason } of jobs) counts[`${state} ${reason}`] = (counts[`${state} ${reason}`] ?? 0) + 1
  return counts
}

/** The form that readEksCluster reads, with the way in place of the server. */
function eksFile({ name, region, certificateAuthorityData, keys }: EksCluster, server: string): object {
  const credentials = Object.entries(keys).map(([identity, key]) => ({
    ...key,
    roleArn: `arn:aws:iam::111122223333:role/sparkgate-${identity}`,
  }))
  return { server, certificateAuthorityData, clusterName: name, region, credentials }
}
