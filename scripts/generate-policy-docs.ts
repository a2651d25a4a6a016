/**
 * Writes docs/policy.md and docs/schemas/policy.schema.json from the schema, the built-in policies and the rules. `--check`
 * compares instead.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import * as z from 'zod/mini'
import { openPolicy, strictPolicy } from '../shared/domain/job-spec/policy/built-in-policies.ts'
import { policyRules } from '../shared/domain/job-spec/policy/policy-rules.ts'
import { policyDocumentSchema, policySchema, type Policy } from '../shared/domain/job-spec/policy/policy-schema.ts'
import { settingFields } from '../shared/domain/job-spec/policy/setting-fields.ts'
import { settingKeyRules } from '../shared/domain/job-spec/policy/setting-rules.ts'

interface Described {
  readonly description?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Described>>
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.map(escapeCell).join(' | ')} |`).join('\n')
const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (text: string): string => `\`${text}\``

/** The values of one part, short enough for a table. */
function describeValue(policy: Policy, group: string, part: string): string {
  const value = (policy as unknown as Record<string, Record<string, unknown>>)[group]?.[part]
  if (!Array.isArray(value)) return code(String(value))
  if (value.length === 0) return 'nothing'
  if (value.some(each => typeof each !== 'string')) return `${value.length} rules, see the code`
  return value.length > MAX_SHOWN
    ? `${value.length} patterns, see the code`
    : value.map(each => code(String(each))).join(' ')
}
const MAX_SHOWN = 4

function partRows(): readonly (readonly string[])[] {
  const schema = z.toJSONSchema(policySchema) as Described
  return Object.entries(schema.properties ?? {}).flatMap(([group, { properties }]) =>
    Object.entries(properties ?? {}).map(([part, described]) => [
      code(`${group}.${part}`),
      [
        described.description ?? '',
        ...(described.enum === undefined ? [] : [described.enum.map(code).join(', ')]),
      ].join(' '),
      describeValue(strictPolicy, group, part),
      describeValue(openPolicy, group, part),
    ]),
  )
}

/** Rules that share id, part and message are one row. */
function ruleRows(): readonly (readonly string[])[] {
  return policyRules.map(({ id, part, where, message, instead }) => [
    code(id),
    part === undefined ? 'nobody' : code(part),
    where.slice(0, MAX_SHOWN).map(code).join(' ') + (where.length > MAX_SHOWN ? ' …' : ''),
    message,
    typeof instead === 'string' ? instead : instead(strictPolicy),
  ])
}

function policyPage(): string {
  return `<!-- Written by scripts/generate-policy-docs.ts from the code: change that, then run it again. -->

# Policies

A policy says what the jobs of a team may contain. The platform file names the policy of each team: \`strict\` (several teams
share the cluster), \`open\` (one trusted team), or one of its own that extends another and says what differs:

\`\`\`yaml
policies:
  analytics:
    extends: strict
    images: {repositories: [registry.example.com/analytics/*], tags: fixed}
    artifacts: {prefixes: [s3a://analytics-code/, local:///opt/]}
    volumes: {hostPaths: [/mnt/k8s-disks/*], storageClasses: [gp3], claimSize: 200Gi}
    limits: {executors: 50, totalCores: 400}
\`\`\`

Lists are allow-lists: \`[]\` is nothing, \`['*']\` everything. In names \`*\` is any run of characters and \`{a,b}\` one of
several; in paths and images a star stays inside one segment, and \`…/*\` is everything below. A part that is given replaces the
part of the policy below. Editors know the form from \`docs/schemas/policy.schema.json\`.

Only what a request itself says is judged: defaults and profiles are the platform's own, so that a profile is the way to offer what
a policy refuses. The limits count everything. Settings of Spark are judged as the fields that they stand for.

A built-in policy cannot know the registries and buckets of a platform: name yours.

## Parts

${table(['part', 'what it decides', 'strict', 'open'], partRows())}

## Rules

What "nobody" decides is refused under every policy: it acts inside the operator, or on objects of others.

${table(['rule', 'decided by', 'where', 'why', 'where nothing is allowed'], ruleRows())}

## Settings

${table(
  ['rule', 'decided by', 'settings', 'why', 'instead'],
  settingKeyRules.map(({ id, part, keys, message, instead }) => [
    code(id),
    part === undefined ? 'nobody' : code(part),
    keys.map(code).join(' '),
    message,
    instead,
  ]),
)}

All others are held against \`sparkConf.keys\`, and their values against \`sparkConf.values\`.

## Settings that are fields

These are judged as the field, by the rules above. Sizes, counts and Java options become their fields before anything is checked.

${table(
  ['setting', 'field of the spec'],
  settingFields.map(({ setting, field }) => [code(setting), code(field.join('.').replaceAll(/\[[^\]]*\]/g, '[]'))]),
)}
`
}

const schema = { title: 'Sparkgate policy', ...z.toJSONSchema(policyDocumentSchema) }
const pages: Readonly<Record<string, string>> = {
  'docs/policy.md': policyPage(),
  'docs/schemas/policy.schema.json': await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 }),
}

const isCheck = process.argv.includes('--check')
mkdirSync(new URL('../docs/schemas/', import.meta.url), { recursive: true })
for (const [file, text] of Object.entries(pages)) {
  const url = new URL(`../${file}`, import.meta.url)
  if (!isCheck) writeFileSync(url, text)
  else if (readFileSync(url, 'utf8') !== text) {
    console.error(`${file} is not what the code says: run \`node scripts/generate-policy-docs.ts\``)
    process.exitCode = 1
  }
}
