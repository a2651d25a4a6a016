/** GET /v1/jobs/{id}/spec: the text as it was given, the canonical spec, and the object of an attempt. */
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import type { JobRef } from '../../../shared/domain/job.ts'
import { HttpProblem, json } from '../../../shared/runtime/http.ts'
import type { ApiDeps } from '../deps.ts'
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
  const given = await readGiven(deps, ref)
  return json(200, {
    specHash: job.specHash,
    documentHash: job.documentHash,
    ...(given !== undefined && { given }),
    canonical,
    rendered: { attempt: number, object: rendered },
  })
}

/** Undefined where nothing was kept: the job is of an earlier release, or its text was too large. */
async function readGiven({ store }: ApiDeps, ref: JobRef): Promise<JsonObject | undefined> {
  const own = await store.getGiven(ref)
  const isElsewhere = own !== undefined && 'with' in own
  const given = isElsewhere ? await store.getGiven({ team: ref.team, jobId: own.with }) : own
  if (given === undefined || 'with' in given) return undefined
  return {
    text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(given.bytes),
    ...(given.contentType !== undefined && { contentType: `application/${given.contentType}` }),
    ...(isElsewhere && { with: own.with }),
  }
}
