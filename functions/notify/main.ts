/** notify in Lambda. */
import { configOf } from '../../shared/runtime/config.ts'
import { createLog } from '../../shared/runtime/logging.ts'
import { wireArchive, wireBus, wireInbox } from '../../shared/runtime/wire.ts'
import { createHandler } from './handler.ts'

const config = configOf(process.env)
export const handler = createHandler({
  ...wireBus(config),
  ...wireInbox(config),
  ...wireArchive(config),
  log: createLog('notify'),
})
