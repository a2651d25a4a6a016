/** What the judge asserts, in words: the table of docs/simulation.md. */

/** What must always hold (I) and what must hold in the end (L); the numbers are those of docs/simulation.md. */
export const INVARIANTS = {
  I1: 'At most one SparkApplication is created for one attempt; only a create whose worker had read the record before the deletion may follow it, and is removed (I9, L4).',
  I2: 'At most one driver of a job is alive (besides one that was given up: I19).',
  I3: 'What was answered as accepted is recorded, for ever.',
  I4: 'The same request (team, source, key) is one job.',
  I5: 'The same key with another body is never accepted.',
  I6: '(attempt, rank) of a record never falls, and every write follows the one it read.',
  I7: 'A terminal record changes only when a person asks for a further attempt, and a cancelled one never.',
  I8: 'Attempt n+1 is created only when the object and the pods of attempt n are gone (or given up: I19).',
  I9: 'No create leaves later than the longest read age after the fence; CANCELLED and TIMED_OUT mean that nothing runs, ever after.',
  I10: 'There are never more attempts than the retry policy allows, and people asked for.',
  I11: 'Every object that the gateway creates has its record, in SUBMITTING or beyond, with its team and its spec.',
  I12: "Every object of the gateway is in its team's namespace, on its team's cluster.",
  I13: "The gateway deletes nobody else's object, and one with its label whose job nobody knows only after a day.",
  I14: 'There is one observer chain a cluster.',
  I15: 'SUCCEEDED and FAILED say what the driver did; no driver of a job lives or starts after its end.',
  I16: 'An attempt runs once: the operator never repeats it by itself.',
  I17: 'No cluster is offered more submissions than turns were given.',
  I18: 'What is claimed never exceeds the limits of a team or cluster, and nothing is created without room.',
  I19: 'An attempt is given up without proof only where its team lets jobs move, and after its cluster was silent for as long as it says.',
  I20: 'A job starts when the jobs that it depends on have ended as it asks, and is given up only when one has not.',
  I21: 'Nobody is admitted to a team or cluster that was stopped, later than a worker lives after the stop.',
  I22: 'Counters of usage are at any time the sum of what is claimed; what a team has spent is the sum of what its attempts cost.',
  I23: 'Nobody asks for a look at one job more than 60 times in ten seconds.',
  I24: 'An operation fails only when something that it asked failed.',
  L1: 'Every accepted job ends.',
  L2: 'Every cancelled job ends as CANCELLED, unless it had ended before.',
  L3: 'Every message is consumed; none is left in a dead-letter queue.',
  L4: 'No object is left of a stopped job, or of an attempt that is over and was followed by another.',
  L5: 'Every dropped spec and every firing has its job; every end was told and is in the archive.',
} as const

export type Invariant = keyof typeof INVARIANTS

export interface Violation {
  readonly invariant: Invariant
  readonly at: number
  readonly message: string
}
