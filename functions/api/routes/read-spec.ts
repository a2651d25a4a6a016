/** GET /v1/jobs/{id}/spec: the canonical spec, and the object of an attempt. The author's own text is not kept, only its hash. */
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { HttpProblem, json } from '../../../shared/runtime/http.ts'
import { readAttempt } from '../query.ts'
import type { JobHandler } from '../route.ts'
import { find } from './read-job.ts'

export const getSpec: JobHandler = async ({ deps, query }, ref) => {
  const asked = readAttempt(query)
  const job = await find(deps.store, ref)
  const spec = await deps.store.getSpec(ref)
  if (spec === undefined) throw new HttpProblem('not-found', 'The job has no spec: it was refused.')
  const number = asked ?? job.attempt
  const attempt = job.attempts.find(each => each.number === number)
  if (asked !== undefined && attempt === undefined)
    throw new HttpProblem('not-found', `The job has no attempt ${asked}; it has had ${job.attempts.length}.`)
  const { objectNameFor, renderSparkApplication } =
    await import('../../../shared/domain/job-spec/rendering/render-spark-application.ts')
  const rendered = renderSparkApplication({
    spec,
    specHash: job.specHash,
    jobId: job.jobId,
    team: job.team,
    attempt: number,
    objectName: attempt?.objectName ?? objectNameFor(job.name, job.jobId, number),
    namespace: job.namespace,
    serviceAccount: job.serviceAccount,
    timeToLiveSeconds: deps.platform.objectTimeToLiveSeconds,
    remedies: attempt?.remedies ?? [],
  })
  const canonical = spec as unknown as JsonObject
  return json(200, {
    specHash: job.specHash,
    documentHash: job.documentHash,
    canonical,
    rendered: { attempt: number, object: rendered },
  })
}
