/**
 * Writes docs/advice.md from the table of known mistakes. `--check` compares instead.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { adviceTable } from '../shared/domain/job-spec/advice/advice-table.ts'

const target = new URL('../docs/advice.md', import.meta.url)

/** Text inside a cell of a table. */
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replace(/[<>]/g, String.raw`\$&`)

const rows = adviceTable
  .toSorted((left, right) => left.id.localeCompare(right.id, 'en'))
  .map(({ id, when, message, allowed, source }) => [`\`${id}\``, when, message, allowed, source].map(cell))
const head = ['id', 'given when', 'why', 'what helps', 'source']
const table = [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')

const page = `<!-- Written by scripts/generate-advice-docs.ts from shared/domain/job-spec/advice: change that, and run it. -->

# Advice: known mistakes of Spark on Kubernetes

Warnings with a remedy. They never refuse a spec; what would fail for certain is an error of its own. A value that a layer of
defaults gives (cluster, team, profile) counts like one of the spec. "seed" is an article among those this project began with.

${table}
`

if (!process.argv.includes('--check')) writeFileSync(target, page)
else if (readFileSync(target, 'utf8') !== page) {
  console.error('docs/advice.md is not what the table says: run `node scripts/generate-advice-docs.ts`')
  process.exitCode = 1
}
