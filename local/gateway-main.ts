/**
 * The handlers in a process of their own, on emulators that run elsewhere: prints one line of JSON with its addresses and
 * serves until SIGTERM, or until whoever started it is gone (its standard input ends). The crash test kills it, by
 * `--crash-at` or by a line `{"about": …, "crashAt": "before:bus.publish#1"}` on its standard input, which is answered by `{"armed": …}`.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { crashAt, parseCrashPoint } from './crash-point.ts'
import type { EffectCounter } from './crash-point.ts'
import { readEksCluster } from './eks-cluster.ts'
import type { Endpoints } from './emulators.ts'
import { startGateway } from './gateway.ts'
import type { GatewayPace } from './gateway-handlers.ts'
import { readPlatform } from '../shared/runtime/platform-file.ts'
import { defaultPlatform, LOCAL_SETTINGS } from './local-platform.ts'
import { terminalLog } from './terminal-log.ts'

/**
 * Shorter times for `--quick`. The create window keeps its arithmetic (DEFAULT_ENGINE_SETTINGS): read age 0.5 s, client's
 * time-out 1 s, 0.5 s for a server that answers in milliseconds on the same machine. A killed process's create is no later
 * than a live one's: what it had sent is in the server's socket already. The rest only says how soon a lost message is noticed.
 */
const QUICK: GatewayPace = {
  settings: {
    ...LOCAL_SETTINGS,
    createWindowSeconds: 2,
    maxReadAgeSeconds: 0.5,
    runningLookSeconds: 3,
    pendingLookSeconds: 1,
    removalLookSeconds: 0.3,
  },
  kubernetesTimeoutSeconds: 1,
  watchSeconds: 2,
  sweepMilliseconds: 1_000,
  sweepGraceSeconds: 1,
}

const { values } = parseArgs({
  options: {
    /** File with the Endpoints that emulators-main.ts printed. */
    endpoints: { type: 'string' },
    data: { type: 'string' },
    platform: { type: 'string' },
    quick: { type: 'boolean' },
    /** Effects are counted into this file; without it there are no crash points. */
    effects: { type: 'string' },
    /** A crash point (parseCrashPoint), about the job that `--about` names. */
    'crash-at': { type: 'string' },
    about: { type: 'string' },
    /** The cluster that EKS answers with, and the keys of its roles (readEksCluster). */
    'eks-cluster': { type: 'string' },
  },
})
if (values.endpoints === undefined || values.data === undefined)
  throw new Error('--endpoints FILE and --data DIR are needed')

const counter = values.effects === undefined ? undefined : crashAt(values.effects)
if (values['crash-at'] !== undefined)
  counter?.arm({ about: values.about ?? '', point: parseCrashPoint(values['crash-at']) })
takeOrders(counter)
const stopped = new Promise<void>(done => process.once('SIGTERM', done))
const gateway = await startGateway({
  endpoints: JSON.parse(readFileSync(values.endpoints, 'utf8')) as Endpoints,
  platform: values.platform === undefined ? defaultPlatform() : readPlatform(values.platform),
  dataDir: resolve(values.data),
  log: terminalLog(),
  ...(values.quick && { pace: QUICK }),
  ...(values['eks-cluster'] !== undefined && { eksCluster: readEksCluster(values['eks-cluster']) }),
  ...(counter !== undefined && { wrap: deps => counter.wrap(deps) }),
})
console.log(JSON.stringify({ apiUrl: gateway.apiUrl, schedulerUrl: gateway.scheduler.url }))
await stopped
await gateway.close()
process.exit(0)

/** Lines on standard input; its end ends the process. */
function takeOrders(counter: EffectCounter | undefined): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', line => {
    const { about, crashAt: at } = JSON.parse(line) as { readonly about: string; readonly crashAt?: string }
    counter?.arm({ about, ...(at !== undefined && { point: parseCrashPoint(at) }) })
    console.log(JSON.stringify({ armed: about }))
  })
  lines.once('close', () => process.exit(0))
}
