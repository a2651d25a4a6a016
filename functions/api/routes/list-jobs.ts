/** GET /v1/jobs: a team's jobs, newest first, page by page; or with `ids` a batch of them. */
import { pricesOf } from '../../../shared/domain/cost.ts'
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import type { Job, JobRef } from '../../../shared/domain/job.ts'
import { jobRow } from '../../../shared/domain/report.ts'
import { BadPageTokenError } from '../../../shared/operations/ports.ts'
import { readWatches } from '../../../shared/operations/read-watches.ts'
import type { JobQuery } from '../../../shared/operations/ports.ts'
import { json } from '../../../shared/runtime/http.ts'
import { principalOf } from '../caller.ts'
import type { ApiDeps } from '../deps.ts'
import { badToken, openPageToken, processKeys, sealPageToken } from '../page-token.ts'
import { readIds, readListQuery } from '../query.ts'
import { teamOfMember } from '../route.ts'
import type { Answer, ApiRequest } from '../route.ts'

export async function listJobs(request: ApiRequest): Promise<Answer> {
  const { deps, query, caller } = request
  const team = teamOfMember(request)
  const ids = readIds(query)
  if (ids !== undefined) return batch(deps, team, ids)
  const list = { ...readListQuery(query), team }
  const own = { ...list, principal: principalOf(caller) }
  const keys = keysOf(deps)
  const sealed = query.get('nextToken')
  const place = sealed === null ? undefined : await openPageToken(keys, own, sealed)
  const { jobs, next } = await page(deps, { ...list, ...(place !== undefined && { next: place }) })
  const nextToken = next === undefined ? undefined : await sealPageToken(keys, own, next)
  return json(200, { jobs: await rowsOf(deps, jobs), ...(nextToken !== undefined && { nextToken }) })
}

/** The store looks at its own token once more. */
async function page({ store }: ApiDeps, query: JobQuery) {
  try {
    return await store.list(query)
  } catch (error) {
    if (error instanceof BadPageTokenError) throw badToken(error)
    throw error
  }
}

const PROCESS_KEYS = processKeys()
const keysOf = ({ pageTokenKeys }: ApiDeps) => pageTokenKeys ?? PROCESS_KEYS

/** Reads at a time: 100 ids take four rounds, and no burst of reads meets the table. */
const READS_AT_ONCE = 25

/** One read an id, whether it is there or not: what others have costs the same as what nobody has. */
async function batch(deps: ApiDeps, team: string, ids: readonly string[]): Promise<Answer> {
  const found: (Job | undefined)[] = []
  for (let start = 0; start < ids.length; start += READS_AT_ONCE) {
    const refs: JobRef[] = ids.slice(start, start + READS_AT_ONCE).map(jobId => ({ team, jobId }))
    found.push(...(await Promise.all(refs.map(ref => deps.store.get(ref)))))
  }
  const jobs = await rowsOf(
    deps,
    found.filter(job => job !== undefined),
  )
  return json(200, { jobs, missing: ids.filter((_, index) => found[index] === undefined) })
}

/** One moment and one set of prices for all rows. */
async function rowsOf({ platform, clock, admission }: ApiDeps, jobs: readonly Job[]): Promise<readonly JsonObject[]> {
  const known = { ...(await readWatches(admission, jobs)), pricesOf: pricesOf(platform) }
  const now = clock.now()
  return jobs.map(job => jobRow(job, now, known))
}
