/** `submit --dry-run`: what a spec would become: its object, where and why there, what is left of the limits, what it would cost. */
import { randomUUID } from 'node:crypto'
import type { Finding } from '../shared/domain/job-spec/findings/finding.ts'
import type { JsonObject } from '../shared/domain/job-spec/canonical-spec.ts'
import type { ApiClient } from './api-client.ts'
import { CommandFailure, EXIT } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { linesOf, renderFindings } from './render-findings.ts'
import { costLines } from './show-cost.ts'
import type { CostAnswer } from './show-cost.ts'
import { factLines } from './show-object.ts'
import type { Submission } from './submission.ts'
import { showText } from './terminal-text.ts'
import { writeAnswer } from './write-answer.ts'
import { yamlText } from './yaml-text.ts'

/** Writes facts to standard error and the object to standard output, so that `> job.yaml` keeps the object alone. */
export async function dryRun(
  api: ApiClient,
  submission: Submission,
  level: 'render' | 'server',
  given: Arguments,
): Promise<number> {
  const { body } = await api.send({
    method: 'POST',
    path: `/v1/jobs?dryRun=${level}`,
    body: submission,
    headers: { 'idempotency-key': randomUUID() },
    lines: linesOf(submission.text),
    offer: '`submit --dry-run`',
  })
  await refuseRealJob(api, body)
  const { jobs } = body as { readonly jobs: readonly PlannedJob[] }
  await writeAnswer(given, {
    whole: body,
    names: jobs.map(({ name }) => name),
    text: () => [
      jobs
        .map(job => planText(job, submission))
        .join('---\n')
        .trimEnd(),
    ],
  })
  return jobs.some(({ server }) => server?.outcome === 'refused') ? EXIT.refused : EXIT.ok
}

/** What the gateway answers of each document. */
interface PlannedJob {
  readonly name: string
  readonly object: JsonObject
  readonly size: JsonObject
  readonly placement: JsonObject
  /** Absent: an older gateway. */
  readonly cost?: CostAnswer
  readonly left: JsonObject
  readonly findings: readonly Finding[]
  readonly server?: { readonly outcome: string; readonly cluster: string; readonly message?: string }
}

function planText(
  { name, object, findings, size, placement, left, cost, server }: PlannedJob,
  { text }: Submission,
): string {
  if (findings.length > 0) console.error(renderFindings(findings, linesOf(text), process.stderr))
  const facts = { name, ...placement, needs: size, 'left of the limits': left, ...(server && { server }) }
  for (const line of [...factLines(facts), ...costLines(cost)]) console.error(showText(line))
  return yamlText(object)
}

/** A gateway of before dry runs takes the spec for a job: that must not run. */
async function refuseRealJob(api: ApiClient, body: unknown): Promise<void> {
  const { id, state, attempts } = (body ?? {}) as Readonly<Record<string, unknown>>
  if (typeof id !== 'string' || typeof state !== 'string' || attempts === undefined) return
  await api.send({ method: 'POST', path: `/v1/jobs/${encodeURIComponent(id)}/cancel` })
  throw new CommandFailure(
    `sparkgate: the gateway at ${api.url.origin} does not know dry runs and took this for a job: ${id} was cancelled at once`,
    EXIT.toolFailed,
  )
}
