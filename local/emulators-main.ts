/**
 * The emulators in a process of their own: prints its Endpoints as one line of JSON and serves until SIGTERM, or until
 * whoever started it is gone (its standard input ends). The crash test kills gateways beside it.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readEksCluster } from './eks-cluster.ts'
import { startEmulators } from './emulators.ts'
import { readPlatform } from '../shared/runtime/platform-file.ts'
import { defaultPlatform } from './local-platform.ts'

const { values } = parseArgs({
  options: {
    /** State is kept there. */
    data: { type: 'string' },
    /** Platform file; the local default without it. */
    platform: { type: 'string' },
    /** Of the embedded operator. */
    speed: { type: 'string', default: '3' },
    /** How long a message that nobody deleted stays invisible; a killed gateway leaves such messages behind. */
    'visibility-seconds': { type: 'string' },
    /** Receives before a message goes to its dead-letter queue. A poller that is killed while it waits counts as one. */
    'max-receives': { type: 'string' },
    /** A cluster that EKS answers with instead of the embedded one of the same name (readEksCluster). */
    'eks-cluster': { type: 'string' },
  },
})
if (values.data === undefined) throw new Error('--data DIR is needed')
const dataDir = resolve(values.data)
mkdirSync(dataDir, { recursive: true, mode: 0o700 })

// Before anything is started: a parent that goes away meanwhile must not leave us behind.
process.stdin.resume().once('close', () => process.exit(0))
const stopped = new Promise<void>(done => process.once('SIGTERM', done))
const emulators = await startEmulators({
  platform: values.platform === undefined ? defaultPlatform() : readPlatform(values.platform),
  dataDir,
  keep: 'disk',
  speed: Number(values.speed),
  spark: 'off',
  ...(values['visibility-seconds'] !== undefined && { visibilitySeconds: Number(values['visibility-seconds']) }),
  ...(values['max-receives'] !== undefined && { maxReceives: Number(values['max-receives']) }),
  ...(values['eks-cluster'] !== undefined && { eksCluster: readEksCluster(values['eks-cluster']) }),
})
console.log(JSON.stringify(emulators.endpoints))
await stopped
await emulators.close()
process.exit(0)
