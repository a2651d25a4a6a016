/**
 * The platform file as functions read it: checked and completed at deployment, sealed with its hash. Functions then need no
 * schema library (25 KB of each bundle); the seal says that the text came from the checker and was not edited after it.
 */
import { canonicalJson, sha256Hex } from '../job-spec/canonical-json.ts'
import type { JsonObject } from '../job-spec/canonical-spec.ts'
import type { Platform } from './platform.ts'

/** JSON text for `PLATFORM_FILE`. */
export function sealPlatform(platform: Platform): string {
  const text = canonicalJson(platform as unknown as JsonObject)
  return JSON.stringify({ version: 1, sha256: sha256Hex(text), platform: JSON.parse(text) as unknown })
}

/** The platform of a sealed text. Throws for anything that `sealPlatform` did not make. */
export function openPlatform(text: string): Platform {
  let sealed: { version?: unknown; sha256?: unknown; platform?: JsonObject }
  try {
    sealed = JSON.parse(text) as typeof sealed
  } catch (error) {
    throw new Error('the platform file is not the JSON that deployment makes of it', { cause: error })
  }
  if (
    sealed.version !== 1 ||
    sealed.platform === undefined ||
    sealed.sha256 !== sha256Hex(canonicalJson(sealed.platform))
  ) {
    throw new Error('the platform file was not made by deployment, or was changed after it; seal it anew from the YAML')
  }
  return sealed.platform as unknown as Platform
}
