/**
 * What a job of the short form runs: its language, its main file or SQL, the version of Spark, its name. People leave out
 * what the file name already says.
 */
import { profileNamed } from '../layers/profile-named.ts'
import type { SpecContext } from '../canonical-spec.ts'
import { suggestDns1035 } from '../checks/kubernetes-formats.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { textOf } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { nodeFor } from './job-tree.ts'
import type { JobTree } from './job-tree.ts'
import type { GivenFields } from './read-fields.ts'

/** Defaults that will lie under a request. */
export type SpecDefaults = Pick<SpecContext, 'layers' | 'profiles'>

/** The version of Spark where neither the document, the tag of its image nor a default says one. */
const DEFAULT_SPARK_VERSION = '4.0.1'
/** Who gave it. */
const SHORT_FORM_LAYER = 'the short form'

/**
 * The profile that runs SQL. Spark's own `SparkSQLCLIDriver` is refused by spark-submit in cluster mode ("Cluster deploy mode
 * is not applicable to Spark SQL shell", tried with 4.0.4), so that a platform has to bring a program that takes its place.
 */
export const SQL_PROFILE = 'sql'

/** True for the version of Spark that a document has only because none was said: whoever reads it elsewhere needs it. */
export function isDefaultOfShortForm(node: SourceNode): boolean {
  return node.layer === SHORT_FORM_LAYER
}

const languageOfSuffix: ReadonlyMap<string, string> = new Map([
  ['py', 'Python'],
  ['zip', 'Python'],
  ['egg', 'Python'],
  ['pyc', 'Python'],
  ['r', 'R'],
  ['jar', 'Scala'],
])
const sqlSuffixes = new Set(['sql', 'hql'])

/** Completes the program in the tree, after the plain fields and the profiles have been put there. */
export function putProgram(
  tree: JobTree,
  author: SourceMap,
  given: GivenFields,
  defaults: SpecDefaults,
  findings: FindingCollector,
): void {
  putName(tree, given)
  putSparkVersion(tree, given, defaults)
  if (isSql(given)) putSql(tree, given, defaults, findings)
  else putLanguage(tree, given, findings)
  const isOffered = profileNamed(defaults, SQL_PROFILE) !== undefined
  const isRefused = isSql(given) ? !isOffered : isWritten(author, 'main', given) || isWritten(author, 'sql', given)
  if (given.has('main')) return
  putStandIn(tree, 'type', 'Python')
  if (isRefused) putStandIn(tree, 'mainApplicationFile', `local:///unknown${suffixOfType(tree)}`)
}

function suffixOfType(tree: JobTree): string {
  const type = textOf(tree.mapAt('spec').fields.get('type')) ?? ''
  return { Python: '.py', R: '.R' }[type] ?? '.jar'
}

const isWritten = (author: SourceMap, field: string, given: GivenFields): boolean =>
  author.fields.has(field) && !given.has(field)

/** A value in a document that is refused already, so that what is missing is not said twice. */
function putStandIn(tree: JobTree, key: string, text: string): void {
  const spec = tree.mapAt('spec')
  if (!spec.fields.has(key)) putDefault(spec, key, text)
}

/** A value that nobody wrote. */
function putDefault(parent: SourceMap, key: string, text: string): void {
  const { keyOffset, offset } = parent
  parent.fields.set(key, { kind: 'scalar', parent, key, keyOffset, offset, layer: SHORT_FORM_LAYER, scalar: text })
}

function putLanguage(tree: JobTree, given: GivenFields, findings: FindingCollector): void {
  const sql = given.get('sql')
  if (sql !== undefined) {
    const message = 'This job is in another language; "sql" is for SQL alone.'
    findings.error(sql, 'sql-in-other-language', message, { allowed: 'language: sql, or no language' })
  }
  const main = given.get('main')
  const type = languageOfFile(textOf(main) ?? '') ?? languageOfFields(given)
  const because = main ?? given.get('class') ?? given.get('python')
  if (!given.has('language') && type !== undefined && because !== undefined) tree.putJson('spec.type', because, type)
}

/** True for a job that is SQL, as statements or as a file. */
export function isSql(given: GivenFields): boolean {
  const language = textOf(given.get('language'))?.toLowerCase()
  if (language !== undefined) return language === 'sql'
  return given.has('sql') || sqlSuffixes.has(suffixOf(textOf(given.get('main'))) ?? '')
}

/** `spec.type` of a job with this main file, if its suffix says it. */
export function languageOfFile(address: string): string | undefined {
  return languageOfSuffix.get(suffixOf(address) ?? '')
}

const languageOfFields = (given: GivenFields): string | undefined =>
  given.has('class') ? 'Scala' : given.has('python') ? 'Python' : undefined

function suffixOf(address: string | undefined): string | undefined {
  const name = fileNameOf(address)
  const dot = name?.lastIndexOf('.') ?? -1
  return dot > 0 ? name?.slice(dot + 1).toLowerCase() : undefined
}

/** Longer names of files are none; see the check of addresses. */
const MAX_ADDRESS_LENGTH = 2_048

function fileNameOf(address: string | undefined): string | undefined {
  if (address === undefined || address.length > MAX_ADDRESS_LENGTH) return undefined
  return address.slice(address.lastIndexOf('/') + 1)
}

function putName(tree: JobTree, given: GivenFields): void {
  const main = given.get('main')
  const file = fileNameOf(textOf(main))
  if (given.has('name') || main === undefined || file === undefined) return
  const name = suggestDns1035(file.replace(/\.[A-Za-z]{1,4}$/, ''))
  if (name !== undefined) tree.putJson('metadata.name', main, name)
}

/** An image and its version of Spark belong together: a default of the platform is for the platform's image. */
function putSparkVersion(tree: JobTree, given: GivenFields, defaults: SpecDefaults): void {
  if (given.has('spark')) return
  const image = given.get('image')
  const version = versionOfImage(textOf(image))
  if (image !== undefined && version !== undefined) {
    tree.putJson('spec.sparkVersion', image, version)
    return
  }
  const profiles = tree.textsAt('options.profiles').map(name => profileNamed(defaults, name))
  if ([...(defaults.layers ?? []), ...profiles].some(giver => giver?.spec['sparkVersion'] !== undefined)) return
  putDefault(tree.mapAt('spec'), 'sparkVersion', DEFAULT_SPARK_VERSION)
}

/** `…/spark:4.0.1-java17` and `…:spark-4.0.1` say a version of Spark; `…/etl:1.4.2` says one of something else. */
function versionOfImage(image: string | undefined): string | undefined {
  if (image === undefined || image.length > MAX_ADDRESS_LENGTH) return undefined
  const [, name = '', tag = ''] = /([^/:@]+):([^/:@]+)(?:@[^/@]*)?$/.exec(image) ?? []
  const version = /^v?([0-9]{1,2}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?![0-9.])/.exec(tag)?.[1]
  if (/spark/i.test(name) && version !== undefined) return version
  return /spark[-_]?v?([0-9]{1,2}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?![0-9.])/i.exec(tag)?.[1]
}

/** The program of the profile gets the arguments of `spark-sql`: `-e STATEMENTS` or `-f FILE`, then the author's. */
function putSql(tree: JobTree, given: GivenFields, defaults: SpecDefaults, findings: FindingCollector): void {
  const [sql, main] = [given.get('sql'), given.get('main')]
  const because = sql ?? main ?? given.get('language')
  if (because === undefined) return
  tree.putJson('spec.type', given.get('language') ?? because, 'Python')
  const spec = tree.mapAt('spec')
  spec.fields.delete('mainApplicationFile')
  if (sql !== undefined && main !== undefined) {
    const message = 'The SQL stands either in the document ("sql") or in a file ("main").'
    findings.error(sql, 'sql-in-two-places', message, { allowed: 'One of the two' })
  }
  if (/^[a-z0-9]+:\/\/\S+$/i.test(textOf(sql) ?? '')) {
    const hints = { allowed: 'SQL statements', suggestion: `main: ${textOf(sql) ?? ''}`, at: 'value' } as const
    findings.error(because, 'sql-is-address', 'This is the address of a file: name it as "main".', hints)
  }
  if (profileNamed(defaults, SQL_PROFILE) === undefined) {
    const message =
      'Spark has no program of its own that runs SQL in a cluster, and this platform offers none: it needs a profile ' +
      `"${SQL_PROFILE}" with a main file that does (see the page on the short form).`
    findings.error(because, 'sql-not-offered', message, { allowed: 'A Python program: spark.sql("…")' })
  }
  const source = sql ?? main
  if (source !== undefined) return putSqlArguments(spec, source, sql === undefined ? '-f' : '-e')
  const hints = { path: 'sql', allowed: '"sql", or a file as "main"', suggestion: 'sql: SELECT 1' }
  findings.error(because, 'required-field', 'A job of SQL needs its statements.', hints)
}

function putSqlArguments(spec: SourceMap, source: SourceNode, option: '-e' | '-f'): void {
  const written = spec.fields.get('arguments')
  const list = nodeFor(spec, 'arguments', written ?? source, [])
  if (list.kind !== 'list') return
  const own = [option, textOf(source) ?? ''].map((text, index) => nodeFor(list, index, source, text))
  // The author's items stay below his own list: their paths count from its beginning.
  list.items.push(...own, ...(written?.kind === 'list' ? written.items : []))
  spec.fields.set('arguments', list)
}
