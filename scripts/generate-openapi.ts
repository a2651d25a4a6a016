/**
 * `node scripts/generate-openapi.ts`: writes docs/openapi.json from the API's table of routes, and the JSON Schema of the platform
 * file. `--check` compares instead, and exits with 1 where they differ.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import * as z from 'zod/mini'
import { openApiDocument } from '../functions/api/openapi/document.ts'
import { platformSchema } from '../shared/domain/platform/platform.ts'

/** Of the API, not of the package: it rises with what callers see. */
const API_VERSION = '1.0.0'

const sample = (name: string): string => readFileSync(new URL(`../events/specs/${name}`, import.meta.url), 'utf8')
const examples = {
  json: JSON.parse(sample('long-running.json')) as unknown,
  yaml: sample('spark-pi.yaml'),
  submit: sample('pi.spark-submit'),
}

const pretty = (value: unknown): Promise<string> => format(JSON.stringify(value), { parser: 'json', printWidth: 120 })

const platform = {
  ...z.toJSONSchema(platformSchema, { io: 'input' }),
  title: 'The platform file of Sparkgate',
}

const files: Readonly<Record<string, string>> = {
  'docs/openapi.json': await pretty(openApiDocument(API_VERSION, examples)),
  'docs/schemas/platform.schema.json': await pretty(platform),
}

const check = process.argv.includes('--check')
for (const [file, text] of Object.entries(files)) {
  const url = new URL(`../${file}`, import.meta.url)
  if (!check) writeFileSync(url, text)
  else if (!existsSync(url) || readFileSync(url, 'utf8') !== text) {
    console.error(`${file} is not what the code says: run \`node scripts/generate-openapi.ts\``)
    process.exitCode = 1
  }
}
