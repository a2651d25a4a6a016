/**
 * `node scripts/generate-spec-schema.ts`: writes what comes from the table of the short form: the JSON Schema for editors
 * and the page for people. `--check` compares instead, and exits with 1 where they differ.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { objectAliases, shortFormFields } from '../shared/domain/job-spec/short-form/fields.ts'
import type { ShortFormField, ValueType } from '../shared/domain/job-spec/short-form/short-form-field.ts'

type Schema = { [keyword: string]: unknown }

/** What the grammars of texts are to an editor; the checks say more. */
const schemaOfType: Readonly<Record<Exclude<ValueType, 'object'>, Schema>> = {
  text: { type: 'string' },
  memory: { type: 'string', pattern: '^[0-9]+([bkmgtpBKMGTP][bB]?)?$' },
  duration: {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', minLength: 1, pattern: '^([0-9]+|([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$' },
    ],
  },
  integer: { type: 'integer', minimum: 0 },
  boolean: { type: 'boolean' },
  texts: { type: 'array', items: { type: 'string' } },
  arguments: { type: 'array', items: { type: ['string', 'integer', 'boolean'] } },
  variables: { type: 'object', additionalProperties: { type: ['string', 'integer', 'boolean'] } },
  settings: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
}

function schemaOf(): Schema {
  const properties = propertiesBelow('')
  const $defs: Record<string, Schema> = {}
  for (const [alias, name] of objectAliases) {
    const { description, examples, ...definition } = properties[name] ?? {}
    const $ref = `#/$defs/${name}`
    $defs[name] = definition
    properties[name] = { description, examples, $ref }
    properties[alias] = { description: `Another word for ${name}.`, $ref }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Spark job in the short form of Sparkgate',
    type: 'object',
    properties,
    additionalProperties: false,
    anyOf: [{ required: ['main'] }, { required: ['sql'] }],
    $defs,
  }
}

function propertiesBelow(parent: string): Record<string, Schema> {
  const prefix = parent === '' ? '' : `${parent}.`
  const fields = shortFormFields.filter(
    ({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('.'),
  )
  return Object.fromEntries(fields.map(field => [field.path.slice(prefix.length), schemaOfField(field)]))
}

function schemaOfField(field: ShortFormField): Schema {
  const variants = field.holds.map(type => schemaOfVariant(field, type))
  const [only] = variants
  const described = { description: plainText(field.summary), examples: [field.example] }
  return variants.length === 1 ? { ...described, ...only } : { ...described, anyOf: variants }
}

function schemaOfVariant(field: ShortFormField, type: ValueType): Schema {
  if (type === 'object') {
    const properties = propertiesBelow(field.path)
    const required = field.path === 'schedule' ? { required: ['cron'] } : {}
    return { type: 'object', properties, additionalProperties: false, ...required }
  }
  if (field.choices === undefined) return schemaOfType[type]
  const words = Object.keys(field.choices)
  return { enum: type === 'integer' ? words.map(Number) : words }
}

const plainText = (markdown: string): string => markdown.replaceAll('`', '')

const typeNames: Readonly<Record<ValueType, string>> = {
  text: 'text',
  memory: 'size',
  duration: 'time',
  integer: 'whole number',
  boolean: '`true`, `false`',
  texts: 'list of texts',
  arguments: 'list',
  variables: 'names and values',
  settings: 'names and values',
  object: 'object',
}

function page(): string {
  const names = [...new Set(shortFormFields.map(({ path }) => topOf(path)))]
  const together = names.flatMap(name => shortFormFields.filter(({ path }) => topOf(path) === name))
  const rows = together.map(({ path, holds, choices, summary, example, to = [] }) => {
    const types = choices === undefined ? holds.map(type => typeNames[type]) : Object.keys(choices).map(code)
    const places = to.map(place => code(place.replace(/^options\./, 'option '))).join(', ')
    return `| ${[code(path), types.join(' or '), summary, code(JSON.stringify(example)), places].join(' | ')} |`
  })
  return `<!-- Written by scripts/generate-spec-schema.ts from the code: change that, then run it. -->

# The short form

A job in a few lines, as YAML or JSON, for people who know Spark and not Kubernetes. Only \`main\` (or \`sql\`) is needed;
everything else has a default of the platform. \`sparkgate validate\` answers with all mistakes at once.

\`\`\`yaml
${sample('short-form.yaml')}\`\`\`

Editors complete and check it with [job.schema.json](schemas/job.schema.json):
\`# yaml-language-server: $schema=…/docs/schemas/job.schema.json\` as the first line.

A document is read as the short form if it has \`main\` or \`sql\`, or has none of \`apiVersion\`, \`kind\`, \`metadata\` and
\`spec\`. Sizes are written as the JVM writes them (\`512m\`, \`4g\`), times as \`90\` (seconds), \`30m\`, \`2h\`, \`1d\`, \`1h30m\`.
What Kubernetes offers beyond this (volumes, sidecars, node selectors, …) needs a SparkApplication:
\`sparkgate convert\` makes one of any short form.

## Fields

| field | value | meaning | example | becomes |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

- A field without a value (\`overhead:\`) keeps a default of the platform away.
- In \`args\`, \`env\` and \`labels\` whole numbers, true and false are taken as text; a number with a point needs quotes.
- \`env\` and \`scratch\` hold for driver and executors. A bound (\`min\`, \`max\`) switches dynamic allocation on.
- The language follows from the suffix of \`main\`: .py Python, .jar Scala, .R R, .sql .hql SQL.
- Without \`spark\`, the version is the one in the image's tag (\`spark:4.0.1-java17\`), else the platform's, else 4.0.1.

## A larger example

\`\`\`yaml
${sample('short-form-everything.yaml')}\`\`\`

## SQL

\`\`\`yaml
${sample('short-form-sql.yaml')}\`\`\`

Spark's own SQL program cannot be submitted to a cluster: spark-submit answers "Cluster deploy mode is not applicable to
Spark SQL shell" (tried with Spark 4.0.4). A Python program can start it inside the driver, and then \`-e\`, \`-f\`,
\`--hivevar\` and the exit code are those of \`spark-sql\`. A platform that offers SQL puts this file into its image:

\`\`\`python
# /opt/sparkgate/run_sql.py
import sys
from pyspark.java_gateway import launch_gateway

gateway = launch_gateway()
arguments = gateway.new_array(gateway.jvm.java.lang.String, len(sys.argv) - 1)
for index, argument in enumerate(sys.argv[1:]):
    arguments[index] = argument
gateway.jvm.org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver.main(arguments)
\`\`\`

and a profile named \`sql\` into its platform file, which every SQL job gets below its other profiles:

\`\`\`yaml
summary: Runs SQL statements, or a file of them.
spec:
  image: registry.example.com/spark-sql:4.0.4
  sparkVersion: 4.0.4
  mainApplicationFile: local:///opt/sparkgate/run_sql.py
\`\`\`

The program gets \`-e STATEMENTS\` (\`sql\`) or \`-f FILE\` (\`main\`), then \`args\`. Where there is no such profile, SQL jobs
are refused with this reason.
`
}

const topOf = (path: string): string => path.split('.', 1)[0] ?? path

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

function sample(name: string): string {
  return readFileSync(new URL(`../events/specs/${name}`, import.meta.url), 'utf8')
}

const files: Readonly<Record<string, string>> = {
  'docs/schemas/job.schema.json': await format(JSON.stringify(schemaOf()), { parser: 'json', printWidth: 120 }),
  'docs/short-form.md': page(),
}

const check = process.argv.includes('--check')
for (const [file, text] of Object.entries(files)) {
  const url = new URL(`../${file}`, import.meta.url)
  if (!check) writeFileSync(url, text)
  else if (!existsSync(url) || readFileSync(url, 'utf8') !== text) {
    console.error(`${file} is not what the code says: run \`node scripts/generate-spec-schema.ts\``)
    process.exitCode = 1
  }
}
