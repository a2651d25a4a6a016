/** What a cold start of the API loads: no schema library, no reader of specs, no way to clusters; those come when needed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bundleForLambda } from '../../scripts/esbuild-lambda.ts'

const BUDGET_BYTES = 400_000

it('the first part of the API is small, and holds nothing that only some requests need', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-api-bundle-'))
  try {
    const { bytes, metafile } = await bundleForLambda(join(import.meta.dirname, '../../functions/api/main.ts'), folder)
    expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES)
    const outputs = Object.entries(metafile.outputs)
    const loaded = new Set(outputs.filter(([path]) => path.endsWith('index.mjs')).map(([path]) => path))
    for (const path of loaded) {
      for (const next of metafile.outputs[path]?.imports ?? [])
        if (next.kind === 'import-statement' && metafile.outputs[next.path] !== undefined) loaded.add(next.path)
    }
    const files = outputs.flatMap(([path, { inputs }]) => (loaded.has(path) ? Object.keys(inputs) : [])).join('\n')
    expect(files).toContain('functions/api/routes.ts')
    for (const late of ['client-eks', 'parse-job-spec', 'kubernetes-http', 'openapi.json', 'convert-specs', 'plan-job'])
      expect(files).not.toContain(late)
    const all = outputs.flatMap(([, { inputs }]) => Object.keys(inputs)).join('\n')
    expect(all).not.toMatch(/node_modules\/zod|functions\/api\/openapi\//)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
