/**
 * The switches that take one safety rule out of the code, for `npm run test:rules`: the text that enforces a rule and what
 * stands there when it is off. The test named must then fail.
 */
export interface RuleSwitch {
  readonly rule: number
  readonly what: string
  readonly file: string
  readonly enforced: string
  readonly off: string
  /** Test file; only its blocks of this rule are run, unless it has no such blocks. */
  readonly test?: string
}

export const RULE_SWITCHES: readonly RuleSwitch[] = [
  {
    rule: 1,
    what: 'acknowledge although the record failed',
    file: 'shared/operations/submit-job.ts',
    enforced: 'await deps.store.create(job, spec, givenOf(request.content, jobs[0]))',
    off: "await deps.store.create(job, spec, givenOf(request.content, jobs[0])).catch(() => ({ outcome: 'created' as const }))",
  },
  {
    rule: 1,
    what: 'create before SUBMITTING is recorded',
    file: 'shared/operations/reconcile-job.ts',
    enforced: 'stored = await save(deps, stored, await beginAttempt(deps, job))',
    off: 'stored = await createApplication(deps, await beginAttempt(deps, job), readAt).then(after => (after === "stale" ? undefined : save(deps, stored as Job, { ...after, state: "SUBMITTING" })))',
  },
  {
    rule: 2,
    what: 'a random part in the job id',
    file: 'shared/domain/job-identity.ts',
    enforced: '.update(text)',
    off: '.update(text + String(Math.random()))',
  },
  {
    rule: 2,
    what: 'another body under the same key is taken for the same request',
    file: 'shared/operations/submit-job.ts',
    enforced: 'job.documentHash === documentHash',
    off: 'job.documentHash.length > documentHash.length - 1000',
  },
  {
    rule: 2,
    what: 'the spelling of the scheduled time counts',
    file: 'shared/operations/submit-scheduled-job.ts',
    enforced: 'const scheduledTime = at.toISOString()',
    off: 'const scheduledTime = firing.scheduledTime',
  },
  {
    rule: 3,
    what: '409 is taken for ours whatever holds the name',
    file: 'shared/operations/create-application.ts',
    enforced: 'if (isOf(found.application, job, attempt))',
    off: 'if (isOf !== undefined)',
  },
  {
    rule: 4,
    what: 'a refusal after an unclear try is believed',
    file: 'shared/operations/create-application.ts',
    enforced: 'return adopt(deps, cluster, job, attempt, () => refused(deps, job, answer.message))',
    off: "return failed(deps, job, 'SUBMISSION_REFUSED', answer.message)",
  },
  {
    rule: 5,
    what: 'ranks may fall and terminal states may change',
    file: 'shared/domain/job-state.ts',
    enforced: 'if (row.terminal) return false',
    off: 'if (to.attempt > 0) return true',
  },
  {
    rule: 5,
    what: 'the table takes a write whatever came between',
    file: 'shared/adapters/dynamodb-table.ts',
    enforced: "stillStands: '#version = :seen AND #terminal = :over AND #progress <= :progress'",
    off: "stillStands: '(#version = :seen OR #version <> :seen) AND (#terminal = :over OR #terminal <> :over) AND (#progress <= :progress OR #progress > :progress)'",
    test: 'test/contract/job-store.test.ts',
  },
  {
    rule: 6,
    what: 'the next attempt begins without proof',
    file: 'shared/domain/next-step/next-step.ts',
    enforced: 'const previous = unprovedAttempt(job)',
    off: 'const previous = undefined as ReturnType<typeof unprovedAttempt>',
  },
  {
    rule: 6,
    what: 'living pods do not count',
    file: 'shared/domain/next-step/proof.ts',
    enforced: 'if (pods.some(isLivePod)) return',
    off: 'if (pods.length < 0) return',
  },
  {
    rule: 7,
    what: "the author's restart policy reaches the operator",
    file: 'shared/domain/job-spec/rendering/render-spark-application.ts',
    enforced: "restartPolicy: { type: 'Never' }",
    off: "restartPolicy: { type: 'OnFailure', onFailureRetries: 2 }",
  },
  {
    rule: 8,
    what: 'an old read of the job is trusted',
    file: 'shared/operations/create-application.ts',
    enforced: 'if (age < 0 || age > deps.settings.maxReadAgeSeconds * 1000)',
    off: 'if (Number.isNaN(age))',
  },
  {
    rule: 8,
    what: 'CANCELLED while a create may be on the wire',
    file: 'shared/domain/next-step/proof.ts',
    enforced: 'if (now < noCreateAfter) return',
    off: 'if (noCreateAfter < 0) return',
  },
  {
    rule: 9,
    what: 'absent means over',
    file: 'shared/domain/next-step/decide-live.ts',
    enforced: 'if (alive || now < graceEnds)',
    off: 'if (graceEnds < 0)',
  },
  {
    rule: 10,
    what: 'orphans stay',
    file: 'shared/operations/reconcile-job.ts',
    enforced: 'if (taken === 0) stored = await clear(',
    off: 'if (taken < 0) stored = await clear(',
  },
  {
    rule: 11,
    what: 'everything is submitted at once',
    file: 'shared/domain/next-step/next-step.ts',
    enforced: "if (job.submitAt === undefined) return { step: 'reserve-turn' }",
    off: "if (job.submitAt === undefined) return { step: 'begin-attempt' }",
  },
  {
    rule: 11,
    what: 'the empty state is a failure',
    file: 'shared/domain/operator-state.ts',
    enforced: "'': 'pending'",
    off: "'': 'failed'",
  },
  {
    rule: 12,
    what: 'unknown fields pass',
    file: 'shared/domain/job-spec/checks/check-schema.ts',
    enforced: "findings.error(field, 'unknown-field', message, () =>",
    off: 'void (findings, field, message, () =>',
  },
  {
    rule: 13,
    what: 'a header says which team it is',
    file: 'functions/api/caller.ts',
    enforced: 'const identity: VerifiedIdentity = claims === undefined',
    off: "const identity: VerifiedIdentity = event.headers['x-team'] !== undefined ? { claim: event.headers['x-team'] } : claims === undefined",
  },
  {
    rule: 13,
    what: "another team's id opens its job",
    file: 'functions/api/routes.ts',
    enforced: 'return { team: caller.team, jobId }',
    off: "return { team: 'payments', jobId }",
  },
  {
    rule: 14,
    what: 'failed records are logged and acknowledged',
    file: 'shared/runtime/batch.ts',
    enforced: "if (result.status === 'fulfilled' || record === undefined) return []",
    off: "if (result.status !== 'pending' as never) return []",
  },
  {
    rule: 14,
    what: 'credentials reach the log',
    file: 'shared/runtime/logging.ts',
    enforced: "text.replace(SECRETS, '[redacted]')",
    off: 'text',
  },
]
