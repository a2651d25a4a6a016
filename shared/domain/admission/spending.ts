/**
 * What a team's attempts have cost in a calendar month, and the budget that stops it from beginning more. Amounts are those of
 * cost.ts, counted when the room of an attempt is given back: what runs is not in them yet.
 */
import { costOf, pricesOf, roundedMoney } from '../cost.ts'
import type { Job } from '../job.ts'
import type { Platform, Team } from '../platform/platform.ts'

/** By calendar month in UTC, `2026-11`. */
export type SpentByMonth = Readonly<Record<string, number>>

export interface Spending {
  readonly month: string
  /** ISO 4217: of the prices of all clusters of the team. */
  readonly currency: string
  readonly spent: number
  /** Absent: the team may spend what it likes. */
  readonly budget?: number
}

type Platforms = Pick<Platform, 'clusters' | 'teams'>

export const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7)

/** Undefined where not all clusters of the team have prices, or in several currencies: such amounts have no sum. */
export function currencyOf(platform: Pick<Platform, 'clusters'>, team: Pick<Team, 'clusters'>): string | undefined {
  const prices = pricesOf(platform)
  const currencies = new Set(team.clusters.map(name => prices(name)?.currency))
  return currencies.size === 1 ? [...currencies][0] : undefined
}

/** The job with what all its attempts have cost so far; the same where that is not known in the currency of its team's clusters. */
export function withSpent(job: Job, platform: Platforms, now: number): Job {
  const team = Object.hasOwn(platform.teams, job.team) ? platform.teams[job.team] : undefined
  const cost = costOf(job, now, pricesOf(platform))
  // It may have run on a cluster of another currency that its team has no more: euros are not added to dollars.
  if (team === undefined || cost === undefined || cost.currency !== currencyOf(platform, team)) return job
  // Never less than what is counted already: prices may have been lowered since.
  return cost.amount <= (job.spent ?? 0) ? job : { ...job, spent: cost.amount }
}

/** What a write of the job adds to its team's month. */
export const newlySpent = (before: Job, after: Job): number => roundedMoney((after.spent ?? 0) - (before.spent ?? 0))

/** Undefined where the platform file has no prices for the team. */
export function spendingOf(platform: Platforms, name: string, spent: SpentByMonth, now: number): Spending | undefined {
  const team = Object.hasOwn(platform.teams, name) ? platform.teams[name] : undefined
  const currency = team && currencyOf(platform, team)
  if (team === undefined || currency === undefined) return undefined
  const { budgetPerMonth: budget } = team
  const month = monthOf(now)
  return { month, currency, spent: roundedMoney(spent[month] ?? 0), ...(budget !== undefined && { budget }) }
}

/** Why a team begins no new attempts: its month's budget is used up. */
export function overspent(spending: Spending | undefined, now: number): string | undefined {
  if (spending?.budget === undefined || spending.spent < spending.budget) return undefined
  const { month, currency, spent, budget } = spending
  const said = `${spent.toFixed(2)} of ${budget} ${currency} are spent in ${month}`
  return `Its budget is used up (${said}); the next month begins on ${nextMonth(now)} (UTC).`
}

function nextMonth(now: number): string {
  const at = new Date(now)
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)).toISOString().slice(0, 10)
}
