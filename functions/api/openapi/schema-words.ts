/** What the schemas are made from. */
import * as z from 'zod/mini'

/** The schema with a sentence that appears in the document. */
export const told = <Schema extends z.core.$ZodType>(schema: Schema, description: string): Schema => {
  const copy = z.core.clone(schema)
  z.globalRegistry.add(copy, { description })
  return copy
}
export const text = z.string()
export const time = told(z.iso.datetime(), 'ISO 8601, UTC.')
export const count = z.int().check(z.minimum(0))
export const object = told(z.record(z.string(), z.unknown()), 'Any JSON object.')
