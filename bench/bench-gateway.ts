/** The gateway of a bench: its functions in this process with times as in AWS, the emulators in another process. */
import { join } from 'node:path'
import { startGateway } from '../local/gateway.ts'
import { defaultPlatform } from '../local/local-platform.ts'
import { DEFAULT_ENGINE_SETTINGS } from '../shared/domain/engine-settings.ts'
import { parsePlatform } from '../shared/domain/platform/platform.ts'
import { QUIET_LOG } from './bench-adapters.ts'
import { startEmulatorProcess } from './emulator-process.ts'
import { recordSaves } from './status-times.ts'

const PACE = {
  settings: DEFAULT_ENGINE_SETTINGS,
  kubernetesTimeoutSeconds: 10,
  watchSeconds: 50,
  sweepMilliseconds: 60_000,
  sweepGraceSeconds: 60,
}

/** One cluster that takes `submitsPerSecond`, with an operator `speed` times as fast as the recorded one; `saves` has when each job's record changed. */
export async function startBenchGateway(submitsPerSecond: number, speed: number) {
  const { clusters, teams } = defaultPlatform()
  const platform = parsePlatform({ clusters: { local: { ...clusters['local'], submitsPerSecond } }, teams })
  const emulators = await startEmulatorProcess(platform, speed)
  const saves = recordSaves()
  const gateway = await startGateway({
    platform,
    log: QUIET_LOG,
    endpoints: emulators.endpoints,
    dataDir: join(emulators.folder, 'gateway'),
    pace: PACE,
    wrap: deps => saves.wrap(deps),
  })
  return {
    platform,
    emulators,
    saves,
    async close() {
      await gateway.close()
      await emulators.close()
    },
  }
}
