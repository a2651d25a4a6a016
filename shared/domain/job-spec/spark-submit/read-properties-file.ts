/**
 * The settings of `--properties-file`, whose content comes with the command (split-properties-blocks.ts).
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { originOf, placeOf, type Given } from './given.ts'
import { readProperties } from './read-properties.ts'
import { findPropertiesBlock, type PropertiesBlock } from './split-properties-blocks.ts'

/** A text and the properties files that stand in it. */
export interface PropertiesText {
  readonly text: string
  readonly blocks: readonly PropertiesBlock[]
}

const OPTION = '--properties-file'
const HOW =
  'Below the command a line "# properties-file: NAME", and below it the content of the file; or --conf for each'
/** As many as a command may have words. */
const MAX_PROPERTIES = 10_000

/** The settings by name; a file without content is an error, content without an option a warning. */
export function readPropertiesFile(
  { text, blocks }: PropertiesText,
  option: Given | undefined,
  findings: FindingCollector,
): ReadonlyMap<string, Given> {
  const block = option?.isKnown === true ? findPropertiesBlock(blocks, option.text) : undefined
  for (const unused of blocks.filter(other => other !== block)) {
    const place = { origin: originOf(OPTION), keyOffset: unused.keyOffset, offset: unused.keyOffset }
    const message = 'No option of the command names this properties file; it is not read.'
    findings.warning(placeOf(place), 'properties-file-unused', message, { allowed: `${OPTION} NAME in the command` })
  }
  if (option !== undefined && block === undefined) {
    const message = 'The content of this file is not here: it is on your machine.'
    findings.error(placeOf(option), 'properties-file-missing', message, { allowed: HOW, at: 'value' })
  }
  return block === undefined ? new Map() : readBlock(text, block, findings)
}

function readBlock(text: string, block: PropertiesBlock, findings: FindingCollector): ReadonlyMap<string, Given> {
  const settings = new Map<string, Given>()
  let count = 0
  for (const { key, value, keyOffset, offset } of readProperties(text, block.start, block.end)) {
    const given: Given = { text: value, isKnown: true, origin: originOf(OPTION, key), keyOffset, offset }
    count += 1
    if (count > MAX_PROPERTIES) {
      const message = `The file has more than ${MAX_PROPERTIES} settings.`
      findings.error(placeOf(given), 'document-too-large', message)
      return settings
    }
    if (!/^(?:spark\.|sparkgate\.dev\/)/.test(key)) {
      const message = 'Spark reads only settings that begin with "spark."; this one is left out.'
      findings.rewritten(placeOf(given), 'property-left-out', message, { suggestion: suggestKey(key) })
      continue
    }
    const before = settings.get(key)
    if (before !== undefined && before.text !== value) {
      const message = 'This setting stands more than once in the file, with several values; the last counts.'
      findings.warning(placeOf(before), 'given-twice', message, { allowed: 'Only one of them' })
    }
    settings.set(key, given)
  }
  return settings
}

/** `fs.s3a.endpoint` is one of Hadoop's. */
function suggestKey(key: string): string | undefined {
  return /^(?:fs|dfs|hadoop|mapreduce|mapred|parquet|hive)\.[\w.-]{1,200}$/.test(key)
    ? `spark.hadoop.${key}`
    : undefined
}
