/** The API's way to the clusters: apart from wire.ts, so that the EKS client is no part of its first load. */
import type { ClusterWindows } from '../operations/api-ports.ts'
import { clusterClients, windowsOf } from './cluster-clients.ts'
import type { Config } from './config.ts'
import { eksAccess } from './wire-eks.ts'

export const wireWindows = (config: Config): ClusterWindows =>
  windowsOf(clusterClients(config, eksAccess(config, 'api', { now: () => Date.now() })), config)
