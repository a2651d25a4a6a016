/**
 * A sorted command line → the tree of a SparkApplication that all checks run on. Each value keeps the place and the words
 * of the command line; nothing is judged here that a check judges for every format.
 */
import { API_VERSION, KIND } from '../checks/check-metadata.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import type { JobDocument } from '../job-document.ts'
import { optionsOfAnnotations } from '../options/options-of-annotations.ts'
import { putName, putSparkVersion } from './derive-submit-fields.ts'
import { originOf, placeOf, type Given } from './given.ts'
import { putApplication } from './put-application.ts'
import type { SubmitLine } from './submit-line.ts'
import { submitOptions } from './submit-options.ts'
import { useOfSetting } from './submit-settings.ts'
import { makeSubmitTree, mapAt, putField, putScalar, putVariable, type SubmitTree } from './submit-tree.ts'
import type { SubmitUse } from './submit-use.ts'
import { submitWordFor } from './submit-words.ts'

/** The text of the command word, and the settings of the properties file, which lie under those of the line. */
interface SubmitSurroundings {
  readonly commandText: string
  readonly properties: ReadonlyMap<string, Given>
}

/** Builds the document; every problem of the line is a finding. */
export function buildSubmitDocument(
  line: SubmitLine,
  { commandText, properties }: SubmitSurroundings,
  findings: FindingCollector,
): JobDocument {
  const tree = makeSubmitTree(line.command, findings)
  const settings = effectiveSettings(line, properties, findings)
  putScalar(tree, ['apiVersion'], API_VERSION, line.command)
  putScalar(tree, ['kind'], KIND, line.command)
  for (const role of ['driver', 'executor']) mapAt(tree, ['spec', role])
  const appName = settings.get('spark.app.name')
  settings.delete('spark.app.name')
  putName(tree, line, appName)
  putSparkVersion(tree, line, commandText, settings)
  putApplication(tree, line)
  for (const { name, use } of submitOptions) putGiven(tree, use, '', line.options.get(name))
  putSupervise(tree, line.options.get('--supervise'))
  putTotalCores(tree, line, settings)
  leaveOutUploadPath(line, settings, findings)
  for (const [name, given] of settings) {
    const { use, rest } = useOfSetting(name) ?? { use: { as: 'setting', name } as const, rest: '' }
    putGiven(tree, use, rest, given)
  }
  return { root: tree.root, options: optionsOfAnnotations(tree.root, findings), wordFor: submitWordFor }
}

/** Option over `--conf` over properties file, as spark-submit has it. */
function effectiveSettings(
  line: SubmitLine,
  properties: ReadonlyMap<string, Given>,
  findings: FindingCollector,
): Map<string, Given> {
  const settings = new Map([...properties, ...line.settings])
  for (const { name, setting } of submitOptions) {
    const option = line.options.get(name)
    const given = setting === undefined ? undefined : settings.get(setting)
    if (option === undefined || setting === undefined || given === undefined) continue
    settings.delete(setting)
    if (given.text === option.text) continue
    const message = `The option ${name} says the same with another value, and wins in spark-submit.`
    findings.warning(placeOf(given), 'setting-overridden', message, { allowed: `Only ${name}` })
  }
  return settings
}

function putGiven(tree: SubmitTree, use: SubmitUse, rest: string, given: Given | undefined): void {
  if (given?.isKnown !== true) return
  switch (use.as) {
    case 'field':
      return putField(tree, use.path, use.form, given)
    case 'setting':
      return putScalar(tree, ['spec', 'sparkConf', use.name], given.text, given)
    case 'entry':
      return putScalar(tree, [...use.path, (use.prefix ?? '') + rest], given.text, given)
    case 'variable':
      return putVariable(tree, use.role, rest, given)
    case 'judged':
      return reportJudgement(tree, use, given)
    case 'special':
  }
}

function reportJudgement(tree: SubmitTree, use: SubmitUse & { readonly as: 'judged' }, given: Given): void {
  const judgement = use.judge(given.text)
  if (judgement === undefined) return
  const { severity, rule, message, ...hints } = judgement
  tree.findings[severity](placeOf(given), rule, message, hints)
}

/** Repeats that a standalone master's supervision is taken as; it has no end there. */
const SUPERVISED_RETRIES = 3

function putSupervise(tree: SubmitTree, given: Given | undefined): void {
  if (given === undefined) return
  putScalar(tree, ['spec', 'restartPolicy', 'type'], 'OnFailure', given)
  putScalar(tree, ['spec', 'restartPolicy', 'onFailureRetries'], SUPERVISED_RETRIES, given)
  const message = `A failed run is repeated, at most ${SUPERVISED_RETRIES} times.`
  tree.findings.rewritten(placeOf(given), 'supervise-retries', message, {
    suggestion: `--conf sparkgate.dev/max-attempts=${SUPERVISED_RETRIES + 1}`,
  })
}

/** `--total-executor-cores` is a number of executors once it is known how many cores each has. */
function putTotalCores(tree: SubmitTree, line: SubmitLine, settings: ReadonlyMap<string, Given>): void {
  const total = line.options.get('--total-executor-cores')
  if (total?.isKnown !== true) return
  const report = (severity: 'error' | 'rewritten', message: string): void =>
    tree.findings[severity](placeOf(total), 'total-executor-cores', message, {
      allowed: '--num-executors 4 --executor-cores 2',
    })
  if (line.options.has('--num-executors') || settings.has('spark.executor.instances')) {
    return report('rewritten', 'The number of executors is given as well, and decides.')
  }
  const cores = (line.options.get('--executor-cores') ?? settings.get('spark.executor.cores'))?.text ?? ''
  const count =
    /^[0-9]{1,9}$/.test(total.text) && /^[1-9][0-9]{0,8}$/.test(cores) ? Number(total.text) / Number(cores) : NaN
  if (!(count >= 1)) {
    return report('error', 'How many executors this means is not to be seen: Kubernetes counts executors, not cores.')
  }
  putScalar(tree, ['spec', 'executor', 'instances'], Math.floor(count), total)
  report('rewritten', `This is taken as ${Math.floor(count)} executors of ${cores} cores.`)
}

const UPLOAD_PATH = 'spark.kubernetes.file.upload.path'
const fileOptions = ['--jars', '--files', '--py-files', '--archives']

/** Without files of the author's machine the setting does nothing; with them the policy refuses both. */
function leaveOutUploadPath(line: SubmitLine, settings: Map<string, Given>, findings: FindingCollector): void {
  const given = settings.get(UPLOAD_PATH)
  if (given === undefined) return
  const files = [line.application, ...fileOptions.map(name => line.options.get(name))]
  if (files.some(file => file?.text.split(',').some(isLocalFile))) return
  settings.delete(UPLOAD_PATH)
  const message = 'Nothing is uploaded: all files are in S3 or in the image already.'
  findings.rewritten(placeOf({ ...given, origin: originOf('--conf', UPLOAD_PATH) }), 'upload-path-left-out', message)
}

const isLocalFile = (file: string): boolean => /^\s*file:/i.test(file) || !/^\s*[A-Za-z][A-Za-z0-9+.-]*:/.test(file)
