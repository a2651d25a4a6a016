/**
 * Where code and files may come from. Every name here becomes an argument of spark-submit inside the operator: a
 * leading dash would be an option, a local path the operator's own file, another scheme a download by the operator.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { textOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'

/** Checks the main file, the dependencies and the settings that list files. */
export function checkFileUris(root: SourceNode, findings: FindingCollector): void {
  for (const node of selectNodes(root, 'spec.mainApplicationFile')) checkUri(node, textOf(node), findings)
  for (const node of selectNodes(root, 'spec.deps.{jars,files,pyFiles,archives}[]'))
    checkUri(node, textOf(node), findings)
  for (const node of selectNodes(root, 'spec.sparkConf.*')) {
    if (!fileSettings.has(String(node.key))) continue
    for (const uri of (textOf(node) ?? '').split(',').slice(0, MAX_FILES)) checkUri(node, uri.trim(), findings)
  }
}

/** Settings whose value is a list of files, separated by commas. */
const fileSettings = new Set(['spark.jars', 'spark.files', 'spark.archives'])
/** Files in one setting; more do not fit a command line. */
const MAX_FILES = 1_000
const MAX_URI_LENGTH = 2_048
const allowed = 's3a://BUCKET/PATH (or s3://), or local:///PATH for a file in the image'

function checkUri(node: SourceNode, uri: string | undefined, findings: FindingCollector): void {
  if (uri === undefined) return
  const refused = reasonAgainst(uri)
  if (refused === undefined) return
  findings.error(node, 'policy-file-uri', refused, () => ({ allowed, suggestion: suggestUri(uri), at: 'value' }))
}

/** The address that was probably meant. */
function suggestUri(uri: string): string | undefined {
  if (uri.length > MAX_URI_LENGTH) return undefined
  const forms: readonly (readonly [RegExp, string])[] = [
    [/^(?:file:\/\/)?\/([\w./-]+)$/, 'local:///$1'],
    [/^local:\/{0,2}([\w-][\w./-]*)$/, 'local:///$1'],
    [/^s3n:\/\/([\w.-]+\/[\w./=-]+)$/, 's3a://$1'],
    [/^https?:\/\/([a-z0-9.-]+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com\/([\w./=-]+)$/, 's3a://$1/$2'],
    [/^https?:\/\/s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com\/([a-z0-9.-]+\/[\w./=-]+)$/, 's3a://$1'],
    [/^(s3a?:\/)([\w.-]+\/[\w./=-]+)$/, '$1/$2'],
  ]
  const form = forms.find(([pattern]) => pattern.test(uri))
  return form === undefined ? undefined : uri.replace(form[0], form[1])
}

function reasonAgainst(uri: string): string | undefined {
  if (uri === '') return 'The name of a file is empty.'
  if (uri.length > MAX_URI_LENGTH) return `The name of a file is longer than ${MAX_URI_LENGTH} characters.`
  if (uri.startsWith('-')) return 'spark-submit would read this as an option, not as a file.'
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)
  if (match === null || uri.startsWith('file:')) {
    return "A path without a place is the operator's own file; files of your machine do not exist there."
  }
  if (!['local', 's3', 's3a'].includes(match[1] ?? '')) {
    return 'The operator would fetch this itself, with its own network and rights.'
  }
  if (!/^[^\s,"'`\\]*$/.test(uri)) return 'Names of files have no spaces, commas, quotes or backslashes here.'
  if (/(^|[/#])\.\.?([/#?]|$)|%2e|%2f/i.test(uri)) return 'Names of files have no "." or ".." parts.'
  if (match[1] !== 'local' && !isBucket(uri)) {
    return 'This is not the name of a bucket: 3 to 63 lower-case letters, digits, "-" and ".".'
  }
  const isLocal = /^local:\/\/\/[^/#]/.test(uri)
  const isS3 = /^s3a?:\/\/[A-Za-z0-9$<{][A-Za-z0-9.$<>{}_-]{1,100}\/[^#]/.test(uri)
  return isLocal || isS3 ? undefined : 'This is not a whole address of a file.'
}

/** True for an address whose bucket could exist; a placeholder stands for any. */
function isBucket(uri: string): boolean {
  const bucket = /^s3a?:\/\/([^/]*)/.exec(uri)?.[1] ?? ''
  return bucket === '' || /[$<>{}]/.test(bucket) || /^[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)
}
