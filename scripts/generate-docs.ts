/**
 * `npm run docs`: writes the pages that come from code: job states, failure reasons, the safety rules and their switches.
 * `--check` (part of `npm run check`) compares instead.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { JOB_STATES } from '../shared/domain/job-state.ts'
import type { JobState } from '../shared/domain/job-state.ts'
import { OPERATOR_STATES } from '../shared/domain/operator-state.ts'
import { FAILURES } from '../shared/domain/reason.ts'
import { RULE_SWITCHES } from './rule-switches.ts'

const HEAD = '<!-- Written by scripts/generate-docs.ts from the code: change that, then `npm run docs`. -->\n'

const states = Object.entries(JOB_STATES) as [JobState, (typeof JOB_STATES)[JobState]][]

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')

function statesPage(): string {
  const arrows = states.flatMap(([from, row]) => [
    ...row.next.map(to => `  ${from} --> ${to}`),
    ...(row.mayRetry ? [`  ${from} --> QUEUED: next attempt`] : []),
    ...(row.terminal ? [`  ${from} --> [*]`] : []),
  ])
  const rows = states.map(([state, row]) => [`\`${state}\``, row.meaning, row.leftBy, row.ifWeDie])
  const operator = Object.entries(OPERATOR_STATES).map(([state, meaning]) => [
    `\`${state === '' ? '(empty)' : state}\``,
    meaning,
  ])
  return `${HEAD}
# Job states

\`\`\`mermaid
stateDiagram-v2
  [*] --> QUEUED: accepted
  [*] --> REJECTED: refused (S3, schedules)
${arrows.join('\n')}
\`\`\`

${table(['state', 'meaning', 'who leaves it', 'if every process dies here'], rows)}

A write never lowers (attempt, rank), and a terminal state never changes.

## What the operator's states mean

${table(['operator state', 'for the job'], operator)}

Any other word (a newer operator) is read as pending: a wait, never an end.
`
}

function failuresPage(): string {
  const retries = {
    platform: 'up to `maxAttempts`',
    author: "as often as the author's `onFailureRetries`",
    never: 'no',
  }
  const rows = Object.entries(FAILURES).map(([reason, row]) => [
    `\`${reason}\``,
    retries[row.retry] + (row.delayFactor > 1 ? `, back-off × ${row.delayFactor}` : ''),
    row.remedy,
  ])
  return `${HEAD}
# Why a job failed, and what helps

${table(['reason', 'tried again?', 'remedy'], rows)}
`
}

function rulesPage(): string {
  const rows = RULE_SWITCHES.map(({ rule, what, file, test }) => [
    String(rule),
    what,
    `\`${file}\``,
    `\`${test ?? 'test/unit/rules.test.ts'}\``,
  ])
  return `${HEAD}
# The safety rules, each switched off once

\`npm run test:rules\` takes each of these out of the code, one at a time, and expects the tests named to fail.

${table(['rule', 'switched off', 'in', 'noticed by'], rows)}
`
}

const pages: Readonly<Record<string, string>> = {
  'docs/job-states.md': statesPage(),
  'docs/failures.md': failuresPage(),
  'docs/rules.md': rulesPage(),
}

const check = process.argv.includes('--check')
for (const [file, text] of Object.entries(pages)) {
  const url = new URL(`../${file}`, import.meta.url)
  if (!check) writeFileSync(url, text)
  else if (readFileSync(url, 'utf8') !== text) {
    console.error(`${file} is not what the code says: run \`npm run docs\``)
    process.exitCode = 1
  }
}
