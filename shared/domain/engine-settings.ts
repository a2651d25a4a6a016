/** The engine's own times; the embedded stack has shorter ones, by the same arithmetic. */
export interface EngineSettings {
  /** A create that left a worker who had just read SUBMITTING has reached the API server or never will after this. */
  readonly createWindowSeconds: number
  /** No create follows a read of its job that is older than this: then the job is read again (rule 8). */
  readonly maxReadAgeSeconds: number
  /** How long an object may be absent before its job is called VANISHED (rule 9). */
  readonly vanishedGraceSeconds: number
  /**
   * A look at a running job without a deadline when nobody reported a change. Long: observe-cluster tells changes within a second,
   * compares all objects and all jobs every few hours, and asks for looks itself while it cannot watch; sweep-jobs does so when
   * the observer is silent. So requests do not grow with the number of running jobs.
   */
  readonly runningLookSeconds: number
  /** First look at a pending job (pods tell why it waits); later ones at half the time it has waited, up to the maximum. */
  readonly pendingLookSeconds: number
  readonly pendingLookMaxSeconds: number
  /**
   * How long a driver of a submission that the operator gave up may take to start. An operator that dies just after it made the
   * pod leaves it without its ConfigMaps: it waits for ever. Long enough for a large image.
   */
  readonly strandedDriverSeconds: number
  /** Between two looks while something is being removed. */
  readonly removalLookSeconds: number
  /** After the cluster could not be asked: first wait; doubles to `unreachableMaxSeconds`. */
  readonly unreachableSeconds: number
  readonly unreachableMaxSeconds: number
}

/**
 * createWindow: reading to sending at most 5 s (maxReadAge), client's time-out 10 s, 15 s for the API server to finish what its
 * client gave up (admission webhooks: 10 s), and 5 s between the clocks of two workers (runtime/corrected-clock.ts).
 */
export const DEFAULT_ENGINE_SETTINGS: EngineSettings = {
  createWindowSeconds: 35,
  maxReadAgeSeconds: 5,
  vanishedGraceSeconds: 60,
  runningLookSeconds: 7 * 86_400,
  pendingLookSeconds: 5,
  pendingLookMaxSeconds: 300,
  strandedDriverSeconds: 600,
  removalLookSeconds: 2,
  unreachableSeconds: 5,
  unreachableMaxSeconds: 120,
}
