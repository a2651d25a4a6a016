/** Bundles all functions once for a run of vitest, and provides their folders: wherever they are provided, stacks run them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundleFunctions } from '../../infra/bundles.ts'
import type { FunctionBundles } from '../../infra/functions.ts'
import { defaultPlatform } from '../../local/local-platform.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    bundles?: FunctionBundles
  }
}

export default async function buildBundles(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-bundles-'))
  project.provide('bundles', await bundleFunctions(defaultPlatform(), join(folder, 'functions')))
  return () => rmSync(folder, { recursive: true, force: true })
}
