/**
 * What a spec may ask of the gateway itself, as one table: the field of the short form, the annotation of the operator's
 * documents, and what a value looks like. Reading, conversion and the docs all follow it.
 */

/** Annotations of the gateway begin with this. */
export const OPTION_PREFIX = 'sparkgate.dev/'

/** How a value is written. A list stands in an annotation as words with commas between them. */
export type OptionType = 'text' | 'word' | 'list' | 'count' | 'duration' | 'flag'

export interface OptionRow {
  /** Path in the short form; its first part is the name in `JobDocument.options`. */
  readonly field: string
  readonly annotation: string
  readonly type: OptionType
  /** One sentence for tables of the docs. */
  readonly summary: string
  readonly example: string
}

/** Every option, in the order of the docs. */
export const optionTable: readonly OptionRow[] = [
  row('idempotencyKey', 'idempotency-key', 'text', 'Repeats with this key are the same job.', 'daily-2026-11-20'),
  row('priority', 'priority', 'word', 'Which of the waiting jobs of a team and of the cluster goes first.', 'high'),
  row('cluster', 'cluster', 'word', 'The cluster to run on; without it the gateway chooses.', 'main'),
  row('profiles', 'profiles', 'list', 'Bundles of defaults, each laid over the one before.', 'medium,spot-executors'),
  row('maxAttempts', 'max-attempts', 'count', 'Attempts in all, whatever the causes.', '3'),
  row('deadlines.queued', 'deadline-queued', 'duration', 'Longest wait for a turn.', '2h'),
  row('deadlines.pending', 'deadline-pending', 'duration', 'Longest wait for the driver to run.', '20m'),
  row('deadlines.running', 'deadline-running', 'duration', 'Longest run of one attempt.', '6h'),
  row('deadlines.total', 'deadline-total', 'duration', 'Longest time from submission to end, all attempts.', '1d'),
  row('notify', 'notify', 'list', 'Notification targets of the team.', 'on-call'),
  row('dependsOn', 'depends-on', 'list', 'Jobs of the team that must end first.', 'jabc…,jdef…'),
  row('dependsOnWhen', 'depends-on-when', 'word', 'Whether those must succeed or only end.', 'all-succeeded'),
  row('costCentre', 'cost-centre', 'word', 'Label of pods and of cost reports.', 'marketing'),
  row('streaming', 'streaming', 'flag', 'A job without an end: no deadline for running.', 'true'),
]

function row(field: string, annotation: string, type: OptionType, summary: string, example: string): OptionRow {
  return { field, annotation: `${OPTION_PREFIX}${annotation}`, type, summary, example }
}
