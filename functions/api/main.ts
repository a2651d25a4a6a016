/** api in Lambda. */
import { configOf } from '../../shared/runtime/config.ts'
import { createLog } from '../../shared/runtime/logging.ts'
import { lazyShippedLogs } from '../../shared/runtime/lazy-shipped-logs.ts'
import { lazySpecs } from '../../shared/runtime/lazy-specs.ts'
import { wireWholeApi } from '../../shared/runtime/wire-api.ts'
import { createHandler } from './handler.ts'

const config = configOf(process.env)
export const handler = createHandler({
  ...wireWholeApi(config),
  ...lazyShippedLogs(config),
  specs: lazySpecs,
  log: createLog('api'),
})
