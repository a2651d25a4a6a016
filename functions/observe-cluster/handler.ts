/** observe-cluster: the status poll; one message a cluster goes round while it has active jobs. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { observeCluster } from '../../shared/operations/observe-cluster.ts'
import type { ObserveDeps } from '../../shared/operations/observe-cluster.ts'
import { handleBatch, readMessage, UnknownMessageError } from '../../shared/runtime/batch.ts'
import { edge } from '../../shared/runtime/edge.ts'
import type { Log } from '../../shared/runtime/logging.ts'

export const createHandler = (deps: ObserveDeps & { readonly log: Log }) =>
  edge<SQSEvent, SQSBatchResponse>(deps.log).handler((event, context) => {
    const onOrphan: ObserveDeps['onOrphan'] = ({ cluster, namespace, name, uid }, outcome) =>
      deps.log.warn('an object of no known job', { cluster, why: `${namespace}/${name} ${uid}`, outcome })
    return handleBatch(event, context, deps.log, async record => {
      const { cluster, raw } = readMessage(record.body, ['cluster'])
      const { sequence } = raw
      if (typeof sequence !== 'number') throw new UnknownMessageError('the message has no sequence')
      const outcome = await observeCluster({ onOrphan, ...deps }, { cluster, sequence })
      const { lagMilliseconds } = (await deps.observers.get(cluster)) ?? {}
      // A metric and an alarm come from this line (infra/log-metrics.ts).
      deps.log.info('observed', { cluster, outcome, ...(lagMilliseconds !== undefined && { lagMilliseconds }) })
    })
  })
