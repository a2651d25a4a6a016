/** Whose specs the bench of specs checks: a team under the default policy. */
import type { SpecContext } from '../shared/domain/job-spec/canonical-spec.ts'
import { builtInPolicies } from '../shared/domain/job-spec/policy/built-in-policies.ts'

export const specContext: SpecContext = {
  team: 'bench',
  policy: builtInPolicies.open,
  namespace: 'team-bench',
  serviceAccount: 'spark-bench',
}
