/** api in Lambda. */
import { configOf } from '../../shared/runtime/config.ts'
import { createLog } from '../../shared/runtime/logging.ts'
import { lazySpecs } from '../../shared/runtime/lazy-specs.ts'
import { systemClock, wireQueues, wireStores } from '../../shared/runtime/wire.ts'
import { createHandler } from './handler.ts'

const config = configOf(process.env)
export const handler = createHandler({
  ...wireStores(config),
  ...wireQueues(config),
  platform: config.platform,
  specs: lazySpecs,
  clock: systemClock,
  log: createLog('api'),
})
