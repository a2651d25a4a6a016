/** The options of the gateway as fields of the short form: their own table says what they are. */
import { PRIORITIES } from '../canonical-spec.ts'
import { optionTable } from '../options/gateway-options.ts'
import type { OptionRow, OptionType } from '../options/gateway-options.ts'
import type { ShortFormField, ValueType } from './short-form-field.ts'

/** In the order of the table of options. */
export function optionFields(): readonly ShortFormField[] {
  return optionTable.flatMap(fieldsOf)
}

/** The fields of one option: the table of options says what it is, the short form may give it another place. */
function fieldsOf(option: OptionRow): readonly ShortFormField[] {
  const { path = option.field, choices, otherNames = [], object } = placements.get(option.field) ?? {}
  const to = [`options.${option.field}`]
  const example = exampleOf(option)
  const holds = valueTypes[option.type]
  const field = { path, to, summary: option.summary, example, otherNames, ...(choices !== undefined && { choices }) }
  if (object === undefined) return [{ ...field, holds }]
  return [
    { ...field, holds: [...holds, 'object'] },
    { ...field, holds, path: `${path}.${object}`, otherNames: [] },
  ]
}

const valueTypes: Readonly<Record<OptionType, readonly ValueType[]>> = {
  text: ['text'],
  word: ['text'],
  list: ['texts', 'text'],
  count: ['integer'],
  duration: ['duration'],
  flag: ['boolean'],
}

interface Placement {
  /** Where it stands in the short form, if not under its own name. */
  readonly path?: string
  readonly choices?: Readonly<Record<string, string>>
  readonly otherNames?: readonly string[]
  /** The option may also be an object; this field of it holds what the option is otherwise. */
  readonly object?: string
}

const same = (words: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(words.map(word => [word, word]))

const placements: ReadonlyMap<string, Placement> = new Map<string, Placement>([
  ['idempotencyKey', { otherNames: ['clientToken', 'clientRequestToken', 'token', 'requestId'] }],
  ['priority', { choices: same(PRIORITIES), otherNames: ['priorityClass', 'queue'] }],
  ['cluster', { otherNames: ['clusterName', 'clusterId', 'virtualClusterId'] }],
  ['profiles', { otherNames: ['profile'] }],
  ['maxAttempts', { path: 'retry.maxAttempts', otherNames: ['attempts'] }],
  ['notify', { otherNames: ['notifications', 'emailNotifications', 'webhookNotifications', 'alerts'] }],
  ['dependsOn', { object: 'jobs', otherNames: ['needs', 'after', 'dependencies'] }],
  ['dependsOnWhen', { path: 'dependsOn.when', choices: same(['all-succeeded', 'all-ended']), otherNames: ['runIf'] }],
  ['costCentre', { otherNames: ['costCenter', 'billing'] }],
  ['streaming', { otherNames: ['continuous', 'stream'] }],
])

/** The option's example as its field would hold it; in the table of options it is the text of an annotation. */
function exampleOf({ type, example }: OptionRow): ShortFormField['example'] {
  switch (type) {
    case 'list':
      return example.split(',')
    case 'count':
      return Number(example)
    case 'flag':
      return example === 'true'
    case 'text':
    case 'word':
    case 'duration':
      return example
  }
}
