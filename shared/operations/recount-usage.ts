/**
 * Counts what is really claimed and repairs the counters where they differ. They change with the job in one write, so a
 * difference is a bug or a hand in the table: it is reported. A difference counts only if nobody has changed the counter from
 * one look to a second one some time later: then the indexes have caught up, and the second look has seen exactly the jobs that
 * the counter stands for. The repair is refused if somebody changes it after that. One that never rests is looked at again by
 * the next recount.
 */
import { addJob, NO_USAGE } from '../domain/admission/claim.ts'
import type { Usage, UsageCounter } from '../domain/admission/claim.ts'
import type { Job } from '../domain/job.ts'
import type { AdmissionStore, JobStore, UsageDifference, UsageOwner } from './ports.ts'

export interface RecountDeps {
  readonly store: JobStore
  readonly admission: AdmissionStore
  readonly clusters: readonly string[]
  readonly teams: readonly string[]
}

export interface Drift extends UsageDifference {
  readonly repaired: boolean
}

const PAGE = 100
/** 100,000 active jobs a cluster are more than it runs. */
const MAX_PAGES = 1_000

/** An index is behind by less than this: the second look comes later. */
export const SECOND_LOOK_SECONDS = 30

const NO_COUNT: UsageCounter = { ...NO_USAGE, changes: 0 }

/** Repairs those of `suspects`, found `SECOND_LOOK_SECONDS` ago or before, whose counter nobody has changed since. */
export async function repairUsage(deps: RecountDeps, suspects: readonly UsageDifference[]): Promise<readonly Drift[]> {
  const drifts: Drift[] = []
  for (const { owner, stored, counted } of await findDifferences(deps)) {
    const before = suspects.find(each => each.owner.kind === owner.kind && each.owner.name === owner.name)
    // Something moved between the looks: the next recount sees whether anything is really wrong.
    if (before === undefined || before.stored.changes !== stored.changes) continue
    const repaired = (await deps.admission.repairUsage(owner, stored, counted)) === 'saved'
    drifts.push({ owner, stored, counted, repaired })
  }
  return drifts
}

/** Counters that differ from what the indexes show, which may be a second old. */
export async function findDifferences(deps: RecountDeps): Promise<readonly UsageDifference[]> {
  const owners: UsageOwner[] = [
    ...deps.teams.map(name => ({ kind: 'team', name }) as const),
    ...deps.clusters.map(name => ({ kind: 'cluster', name }) as const),
  ]
  const stored = await deps.admission.readUsage(owners)
  const counted = await count(deps)
  return owners.flatMap((owner, index) => {
    const was = stored[index] ?? NO_COUNT
    const is = counted.get(`${owner.kind}#${owner.name}`) ?? NO_USAGE
    return isSame(was, is) ? [] : [{ owner, stored: was, counted: is }]
  })
}

async function count({ store, clusters }: RecountDeps): Promise<ReadonlyMap<string, Usage>> {
  const usage = new Map<string, Usage>()
  const add = (owner: string, job: Job): void => {
    if (job.claim !== undefined) usage.set(owner, addJob(usage.get(owner) ?? NO_USAGE, job.claim))
  }
  for (const cluster of clusters) {
    let from: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const { refs, next } = await store.listActive(cluster, PAGE, from)
      const jobs = await Promise.all(refs.map(ref => store.get(ref)))
      for (const job of jobs) {
        // Its place may have changed since the index was written.
        if (job?.claim?.cluster !== cluster) continue
        add(`team#${job.team}`, job)
        add(`cluster#${cluster}`, job)
      }
      if (next === undefined) break
      from = next
    }
  }
  return usage
}

/** Sums of fractions of cores come in any order. */
const isSame = (left: Usage, right: Usage): boolean =>
  left.jobs === right.jobs &&
  Math.abs(left.cores - right.cores) < 1e-6 &&
  Math.abs(left.memoryMiB - right.memoryMiB) < 1e-6
