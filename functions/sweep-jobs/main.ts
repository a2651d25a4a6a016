/** sweep-jobs in Lambda. */
import { configOf } from '../../shared/runtime/config.ts'
import { createLog } from '../../shared/runtime/logging.ts'
import { systemClock, systemRandom, wireQueues, wireStores } from '../../shared/runtime/wire.ts'
import { createHandler } from './handler.ts'

const config = configOf(process.env)
export const handler = createHandler({
  ...wireStores(config),
  ...wireQueues(config),
  platform: config.platform,
  clock: systemClock,
  random: systemRandom,
  clusters: Object.keys(config.platform.clusters),
  graceSeconds: config.sweepGraceSeconds,
  watchSeconds: config.watchSeconds,
  log: createLog('sweep-jobs'),
})
