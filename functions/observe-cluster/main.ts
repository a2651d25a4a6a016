/** observe-cluster in Lambda. */
import { configOf } from '../../shared/runtime/config.ts'
import { createLog } from '../../shared/runtime/logging.ts'
import { systemClock, systemRandom, wireClusters, wireQueues, wireStores } from '../../shared/runtime/wire.ts'
import { createHandler } from './handler.ts'

const config = configOf(process.env)
export const handler = createHandler({
  ...wireStores(config),
  ...wireQueues(config),
  ...wireClusters(config, 'observe'),
  clock: systemClock,
  random: systemRandom,
  watchSeconds: config.watchSeconds,
  log: createLog('observe-cluster'),
})
