/**
 * The reader of specs, loaded with the first text: half of what the functions that take specs consist of, and nothing that a
 * cold start needs which only asks for a job (docs/adr/0008). In a file of its own, so that other bundles have no part of it.
 */
import type { SpecReader } from '../operations/ports.ts'

export const lazySpecs: SpecReader = {
  async read(platform, team, input) {
    const { readSpecs } = await import('../operations/read-specs.ts')
    return readSpecs(platform, team, input)
  },
}
