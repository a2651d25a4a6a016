/** stopAdmission and resumeAdmission: an admin stops new attempts of a team or on a cluster; what runs goes on. */
import type { AdmissionStore, Clock, PauseScope, ReconcileQueue } from './ports.ts'

export interface AdmissionDeps {
  readonly admission: AdmissionStore
  readonly reconcileQueue: ReconcileQueue
  readonly clock: Clock
}

export async function stopAdmission(
  { admission, clock }: AdmissionDeps,
  scope: PauseScope,
  by: string,
  reason: string,
): Promise<void> {
  await admission.putPause({ scope, by, at: clock.now(), reason })
}

/** Who waited is looked at at once. */
export async function resumeAdmission({ admission, reconcileQueue }: AdmissionDeps, scope: PauseScope): Promise<void> {
  await admission.deletePause(scope)
  await reconcileQueue.askForPass(0)
}
