/**
 * `npm run docs`: writes every page and schema that comes from code; `--check` (part of `npm run check`) compares instead and
 * names all that differ.
 */
import { spawnSync } from 'node:child_process'

const GENERATORS = [
  'generate-docs.ts',
  'generate-spec-schema.ts',
  'generate-policy-docs.ts',
  'generate-profile-docs.ts',
  'generate-advice-docs.ts',
  'generate-openapi.ts',
  'generate-capacity-docs.ts',
]

const flags = process.argv.slice(2)
for (const generator of GENERATORS) {
  const script = new URL(generator, import.meta.url).pathname
  const { status } = spawnSync(process.execPath, [script, ...flags], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
