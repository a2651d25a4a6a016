/** Shipped logs for the API in Lambda: what reads them is loaded with the first request that needs it (docs/adr/0008). */
import type { ShippedLogs } from '../operations/read-shipped-log.ts'
import type { Config } from './config.ts'

/** Nothing where no cluster of the platform file names a log group. */
export function lazyShippedLogs(config: Config): { readonly shippedLogs?: ShippedLogs } {
  if (Object.values(config.platform.clusters).every(({ podLogGroup }) => podLogGroup === undefined)) return {}
  let wired: Promise<ShippedLogs> | undefined
  return {
    shippedLogs: {
      async read(place, query) {
        wired ??= import('./wire-shipped-logs.ts').then(({ wireShippedLogs }) => wireShippedLogs(config))
        return (await wired).read(place, query)
      },
    },
  }
}
