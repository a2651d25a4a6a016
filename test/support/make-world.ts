/** Operations on fakes: a world in which nothing moves but what a test moves. */
import { DEFAULT_ENGINE_SETTINGS } from '../../shared/domain/engine-settings.ts'
import type { Job } from '../../shared/domain/job.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { cancelJob } from '../../shared/operations/cancel-job.ts'
import type { SpecReader } from '../../shared/operations/ports.ts'
import { readSpecs } from '../../shared/operations/read-specs.ts'
import { reconcileJob } from '../../shared/operations/reconcile-job.ts'
import { submitJob } from '../../shared/operations/submit-job.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeAdmissionStore } from './fake-admission-store.ts'
import { FakeJobStore } from './fake-job-store.ts'
import { FakeBus, FakeInbox, FakeObserveQueue, FakeObserverStore, FakeReconcileQueue } from './fake-queues.ts'
import { FakeSparkCluster } from './fake-spark-cluster.ts'
import { makePlatform } from './make-job.ts'
import { bytesOf, SPARK_PI } from './make-spec.ts'

export function makeWorld(platform: Platform = makePlatform()) {
  const cluster = new FakeSparkCluster()
  const store = new FakeJobStore()
  const observers = new FakeObserverStore()
  const deps = {
    platform,
    store,
    observers,
    admission: new FakeAdmissionStore(store, observers),
    reconcileQueue: new FakeReconcileQueue(),
    observeQueue: new FakeObserveQueue(),
    specs: directSpecs,
    inbox: new FakeInbox(),
    bus: new FakeBus(),
    clusters: { of: () => cluster },
    clock: new FakeClock(),
    random: { next: () => 0.5 },
    settings: DEFAULT_ENGINE_SETTINGS,
    objectTimeToLiveSeconds: 3 * 86_400,
    watchSeconds: 20,
  }
  const submit = (key = 'key-1', spec = SPARK_PI, team = 'payments') =>
    submitJob(deps, {
      team,
      trigger: { kind: 'api', caller: 'ada' },
      idempotencyKey: key,
      content: { kind: 'text', bytes: bytesOf(spec) },
    })
  const reconcile = (job: Job) => reconcileJob(deps, job)
  return {
    ...deps,
    deps,
    cluster,
    submit,
    reconcile,
    cancel: (job: Job) => cancelJob(deps, job, 'ada'),
    /** Submits and takes it to where its SparkApplication exists. */
    async submitted(key = 'key-1', spec = SPARK_PI): Promise<Job> {
      const result = await submit(key, spec)
      if (result.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(result)}`)
      await reconcile(result.job)
      return stored(result.job)
    },
    stored,
  }

  async function stored(job: Job): Promise<Job> {
    const found = await deps.store.get(job)
    if (found === undefined) throw new Error(`job ${job.jobId} is not stored`)
    return found
  }
}

/** The reader of specs, without the wait for its loading. */
export const directSpecs: SpecReader = { read: async (platform, team, input) => readSpecs(platform, team, input) }

/** Name of the newest attempt's SparkApplication. */
export function objectOf(job: Job): string {
  const name = job.attempts.at(-1)?.objectName
  if (name === undefined) throw new Error('no attempt yet')
  return name
}
