/** What the stores' fakes and the simulated table add to a team's month when they write a job. */
import { monthOf, newlySpent } from '../../shared/domain/admission/spending.ts'
import type { SpentByMonth } from '../../shared/domain/admission/spending.ts'
import { roundedMoney } from '../../shared/domain/cost.ts'
import type { Job } from '../../shared/domain/job.ts'

/** The months of the job's team after this write; the very same where it spent nothing new. */
export function addSpent(spent: SpentByMonth, before: Job, after: Job): SpentByMonth {
  const [month, amount] = [monthOf(after.updatedAt), newlySpent(before, after)]
  return amount > 0 ? { ...spent, [month]: roundedMoney((spent[month] ?? 0) + amount) } : spent
}
