/** The value of an option by its path in the table of options. */
import type { GatewayOptions, SpecDeadlines } from '../canonical-spec.ts'

/** `deadlines.running` is whole seconds, lists are lists of texts; undefined for an option that was not given. */
export function optionValue(
  options: GatewayOptions,
  field: string,
): string | number | boolean | readonly string[] | undefined {
  const [name = '', part] = field.split('.')
  if (part !== undefined) return options.deadlines?.[`${part}Seconds` as keyof SpecDeadlines]
  return options[name as Exclude<keyof GatewayOptions, 'deadlines'>]
}
