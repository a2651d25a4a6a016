/**
 * From a platform file to what is deployed: the file is read and checked, sealed as JSON (functions carry no schema library,
 * docs/adr/0004), and each function is bundled into a folder with the sealed file beside it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPlatform } from '../shared/runtime/platform-file.ts'
import { bundleForLambda } from '../scripts/esbuild-lambda.ts'
import { sealPlatform } from '../shared/domain/platform/sealed-platform.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { FUNCTION_NAMES } from '../shared/runtime/function-table.ts'
import { PLATFORM_FILE_NAME } from './functions.ts'
import type { FunctionBundles } from './functions.ts'

export interface PreparedGateway {
  readonly platform: Platform
  readonly bundles: FunctionBundles
}

/** Of JavaScript, minified, that a cold start reads (docs/adr/0004). */
const MAX_COLD_START_BYTES = 400_000
const ROOT = join(import.meta.dirname, '..')

/**
 * Reads `platformFile` (YAML) and bundles all functions below `folder`, which is emptied first. The same sources give the same
 * bytes, so an unchanged function is not deployed again. Throws `PlatformFileError` with every problem of the file.
 */
export async function prepareGateway(
  platformFile: string,
  folder: string = join(ROOT, 'dist', 'deployment'),
): Promise<PreparedGateway> {
  const platform = readPlatform(platformFile)
  return { platform, bundles: await bundleFunctions(platform, folder) }
}

/** Bundles all functions for a platform that is checked already. Throws when a function has become too large. */
export async function bundleFunctions(platform: Platform, folder: string): Promise<FunctionBundles> {
  const sealed = sealPlatform(platform)
  rmSync(folder, { recursive: true, force: true })
  const bundled = FUNCTION_NAMES.map(async name => {
    const target = join(folder, name)
    mkdirSync(target, { recursive: true })
    const { bytes } = await bundleForLambda(join(ROOT, 'functions', name, 'main.ts'), target)
    if (bytes > MAX_COLD_START_BYTES)
      throw new Error(
        `${name} loads ${bytes} bytes at a cold start; ${MAX_COLD_START_BYTES} are allowed (npm run bundle)`,
      )
    writeFileSync(join(target, PLATFORM_FILE_NAME), sealed)
    return [name, target] as const
  })
  return Object.fromEntries(await Promise.all(bundled)) as FunctionBundles
}
