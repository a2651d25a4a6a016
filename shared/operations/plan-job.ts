/**
 * planJob: what a submission would become, without becoming it: the verdict of every document, the object that would be
 * created, the cluster that it would go to now and why, and what its team has left of its limits.
 */
import { decideAdmissions } from '../domain/admission/decide-admissions.ts'
import type { Lane } from '../domain/admission/decide-admissions.ts'
import { sizeOf } from '../domain/admission/claim.ts'
import type { JobSize, Limits } from '../domain/admission/claim.ts'
import type { CanonicalSpec, JsonObject, SpecVerdict } from '../domain/job-spec/canonical-spec.ts'
import type { Finding } from '../domain/job-spec/findings/finding.ts'
import { objectNameFor, renderSparkApplication } from '../domain/job-spec/rendering/render-spark-application.ts'
import { jobIdFor } from '../domain/job-identity.ts'
import { clustersFor } from '../domain/new-job.ts'
import { costOn } from '../domain/planned-cost.ts'
import type { PlannedCost } from '../domain/planned-cost.ts'
import { teamOf } from '../domain/platform/team-of.ts'
import type { ClusterWindows } from './api-ports.ts'
import { clusterRoom, teamRoom } from './admit-jobs.ts'
import { leftOf } from './describe-platform.ts'
import type { AdmissionStore } from './ports.ts'
import { findingsOfAll, judgeSubmission } from './submit-job.ts'
import type { SubmitDeps, SubmitRequest } from './submit-job.ts'

export interface PlanDeps extends Omit<SubmitDeps, 'reconcileQueue'> {
  readonly admission: AdmissionStore
  /** Where a server's own verdict is asked for. */
  readonly clusters?: ClusterWindows
}

export interface PlannedJob {
  readonly name: string
  readonly specHash: string
  readonly spec: CanonicalSpec
  readonly object: JsonObject
  readonly size: JobSize
  readonly cost: PlannedCost
  /** Where it would go now, or why it would wait. */
  readonly placement: { readonly cluster: string; readonly why: string } | { readonly waitingFor: string }
  /** Of the team, after this job; a limit that is not set is absent. */
  readonly left: Limits
  readonly findings: readonly Finding[]
  /** Of the cluster's own admission. */
  readonly server?: ServerVerdict
}

export type ServerVerdict =
  | { readonly outcome: 'accepted'; readonly cluster: string }
  | { readonly outcome: 'refused'; readonly cluster: string; readonly message: string }
  /** The cluster could not be asked, or does not let the gateway ask. */
  | { readonly outcome: 'unknown'; readonly cluster: string; readonly message: string }

export type Planned =
  | { readonly outcome: 'planned'; readonly jobs: readonly PlannedJob[] }
  | { readonly outcome: 'refused'; readonly findings: readonly Finding[] }

/** Stands in for the id of a job that has no key yet. */
const EXAMPLE_JOB_ID = 'jexampleexampleexampleexa'

export async function planJob(
  deps: PlanDeps,
  request: SubmitRequest,
  settings: { readonly objectTimeToLiveSeconds: number; readonly ask: 'gateway' | 'gateway-and-cluster' },
): Promise<Planned> {
  const verdicts = await judgeSubmission(deps, request)
  if (verdicts.some(({ verdict }) => verdict === 'refused'))
    return { outcome: 'refused', findings: findingsOfAll(verdicts) }
  const accepted = verdicts.filter(verdict => verdict.verdict === 'accepted')
  // One after the other: a text may have a hundred documents, and each asks a cluster.
  const jobs: PlannedJob[] = []
  for (const verdict of accepted) jobs.push(await planOne(deps, request, settings, verdict))
  return { outcome: 'planned', jobs }
}

type Accepted = Extract<SpecVerdict, { verdict: 'accepted' }>

async function planOne(
  deps: PlanDeps,
  request: SubmitRequest,
  settings: Parameters<typeof planJob>[2],
  { spec, specHash, findings }: Accepted,
): Promise<PlannedJob> {
  const owner = teamOf(deps.platform, request.team)
  const key = spec.options?.idempotencyKey ?? request.idempotencyKey
  const jobId = key === undefined ? EXAMPLE_JOB_ID : jobIdFor(request.team, request.trigger.kind, key)
  const object = renderSparkApplication({
    spec,
    specHash,
    jobId,
    team: request.team,
    attempt: 1,
    objectName: objectNameFor(spec.name, jobId, 1),
    namespace: owner.namespace,
    serviceAccount: owner.serviceAccount,
    timeToLiveSeconds: settings.objectTimeToLiveSeconds,
    remedies: [],
  })
  const clusters =
    spec.options?.cluster === undefined ? clustersFor(spec, deps.platform, owner) : [spec.options.cluster]
  const { placement, left } = await placeNow(deps, request.team, clusters, spec)
  const target = 'cluster' in placement ? placement.cluster : clusters[0]
  const asked = settings.ask === 'gateway-and-cluster' && target !== undefined
  const server = asked ? await askCluster(deps, target, owner.namespace, object) : undefined
  const cost = costOn(deps.platform, target, spec)
  const plan = { name: spec.name, specHash, spec, object, size: sizeOf(spec), cost, placement, left, findings }
  return { ...plan, ...(server !== undefined && { server }) }
}

/** The decision that admission would make for a queue of this one job. */
async function placeNow(
  deps: PlanDeps,
  team: string,
  clusters: readonly string[],
  spec: CanonicalSpec,
): Promise<Pick<PlannedJob, 'placement' | 'left'>> {
  const now = deps.clock.now()
  const rooms = await deps.admission.readRooms([team], clusters)
  const size = sizeOf(spec)
  const job = { team, jobId: EXAMPLE_JOB_ID, priority: spec.options?.priority ?? 'normal', readyAt: now, size } as const
  const lane: Lane = { team, clusters, jobs: [job] }
  const room = teamRoom(deps, rooms, team, now)
  const { admitted, blocked } = decideAdmissions({
    now,
    lanes: [lane],
    teams: new Map([[team, room]]),
    clusters: new Map(clusters.flatMap(name => clusterRoom(deps, rooms, name, now))),
    most: 1,
  })
  const [admission] = admitted
  return {
    placement:
      admission === undefined
        ? { waitingFor: blocked[0]?.why ?? 'There is no cluster that it may run on.' }
        : { cluster: admission.cluster, why: admission.why },
    left: leftOf(room.limits, room.usage, size),
  }
}

async function askCluster(
  { clusters }: PlanDeps,
  cluster: string,
  namespace: string,
  object: JsonObject,
): Promise<ServerVerdict> {
  if (clusters === undefined)
    return { outcome: 'unknown', cluster, message: 'This gateway’s API has no way to its clusters.' }
  const window = await clusters.of(cluster)
  if (window === undefined) return { outcome: 'unknown', cluster, message: 'It is not in the platform file.' }
  const answer = await window.tryCreate(namespace, object)
  switch (answer.outcome) {
    case 'created':
    // The name is taken by the job of this key, which was accepted before.
    case 'exists':
      return { outcome: 'accepted', cluster }
    case 'refused':
      return { outcome: 'refused', cluster, message: answer.message }
    case 'denied':
    case 'unavailable':
      return { outcome: 'unknown', cluster, message: answer.message }
  }
}
