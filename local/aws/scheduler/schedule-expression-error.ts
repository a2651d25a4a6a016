/** What is wrong with a schedule, said so that the reader can put it right without opening the manual. */

/** The parts of one complaint, for answers and for logs. */
export interface ScheduleExpressionProblem {
  /** Which part: `expression`, `timezone`, or the name of a cron field. */
  readonly place: string
  /** What must hold. */
  readonly rule: string
  /** The values or the form that are allowed. */
  readonly allowed: string
  /** What was probably meant. */
  readonly suggestion?: string
}

/** Thrown for an expression or time zone that EventBridge refuses. */
export class ScheduleExpressionError extends Error {
  readonly problem: ScheduleExpressionProblem
  constructor(problem: ScheduleExpressionProblem) {
    const { place, rule, allowed, suggestion } = problem
    super(`${place}: ${rule} Allowed: ${allowed}.${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`)
    this.name = 'ScheduleExpressionError'
    this.problem = problem
  }
}
