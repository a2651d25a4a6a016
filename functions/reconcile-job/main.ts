/** reconcile-job in Lambda. */
import { configOf } from '../../shared/runtime/config.ts'
import { createLog } from '../../shared/runtime/logging.ts'
import { reconcileSettings, wireClusters, wireLogKeeper, wireQueues, wireStores } from '../../shared/runtime/wire.ts'
import { createHandler } from './handler.ts'

const config = configOf(process.env)
const log = createLog('reconcile-job')
const { clusters } = wireClusters(config, 'reconcile')
export const handler = createHandler({
  ...wireStores(config),
  ...wireQueues(config),
  clusters,
  ...wireLogKeeper(config, clusters, log),
  ...reconcileSettings(config),
  log,
})
