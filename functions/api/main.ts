/** api in Lambda. */
import { configOf } from '../../shared/runtime/config.ts'
import { createLog } from '../../shared/runtime/logging.ts'
import { lazySpecs } from '../../shared/runtime/lazy-specs.ts'
import { lazyWindows, wireApi } from '../../shared/runtime/wire-api.ts'
import { systemClock, wireQueues, wireStores } from '../../shared/runtime/wire.ts'
import { createHandler } from './handler.ts'

const config = configOf(process.env)
export const handler = createHandler({
  ...wireStores(config),
  ...wireQueues(config),
  ...wireApi(config),
  platform: config.platform,
  specs: lazySpecs,
  windows: lazyWindows(config),
  clock: systemClock,
  log: createLog('api'),
})
