/**
 * The program of a command line: its file, language, class and arguments.
 */
import { originOf, placeOf, type Given } from './given.ts'
import { typeOfApplication } from './derive-submit-fields.ts'
import type { SubmitLine } from './submit-line.ts'
import { submitOptions } from './submit-options.ts'
import { putScalar, putTexts, type SubmitTree } from './submit-tree.ts'

/** What people name where a file belongs, and what to do. */
const noFiles: readonly { readonly pattern: RegExp; readonly message: string; readonly allowed: string }[] = [
  {
    pattern: /^(?:spark|pyspark|sparkr|connect)-shell$/,
    message: 'A shell waits for input that nobody gives; a job is a program.',
    allowed: 'The file of a program: s3a://BUCKET/PATH/main.py',
  },
  {
    pattern: /^(?:spark-internal|run-example)$/,
    message: 'This stands for classes of Spark itself; the gateway needs the file that holds the class.',
    allowed: 'local:///opt/spark/jars/… or local:///opt/spark/examples/jars/…, with --class',
  },
  {
    pattern: /\.(?:sql|sh|ipynb|scala|java)$/i,
    message: 'spark-submit runs .py, .R and .jar files; for it this would be a jar.',
    allowed: 'A program that does this: s3a://BUCKET/PATH/main.py',
  },
]

/** Puts the main file with its type, class and arguments; what is no file of a program is an error. */
export function putApplication(tree: SubmitTree, line: SubmitLine): void {
  const { application, command, options } = line
  const isFile = reportApplication(tree, line)
  const mainClass = options.get('--class')
  const place = application ?? { ...command, origin: 'application' }
  // One error about the file is enough: a document with errors goes nowhere, so that any file may stand in for it.
  const standIn = mainClass === undefined ? 'local:///missing.py' : 'local:///missing.jar'
  const file = application !== undefined && isFile ? application.text : standIn
  const type = typeOfApplication(file)
  putScalar(tree, ['spec', 'type'], type, place)
  putScalar(tree, ['spec', 'mainApplicationFile'], file, place)
  if (mainClass !== undefined) putMainClass(tree, type, mainClass)
  if (line.arguments.length > 0) putTexts(tree, ['spec', 'arguments'], line.arguments, line.arguments[0] ?? place)
}

function putMainClass(tree: SubmitTree, type: string, given: Given): void {
  if (type === 'Scala') return putScalar(tree, ['spec', 'mainClass'], given.isKnown ? given.text : 'Unknown', given)
  const message = `Classes are for jars; a ${type} program is started by its file.`
  tree.findings.rewritten(placeOf({ ...given, origin: originOf('--class') }), 'class-left-out', message)
}

function reportApplication(tree: SubmitTree, { application, command, options }: SubmitLine): boolean {
  const refusal = noFiles.find(({ pattern }) => pattern.test(application?.text ?? ''))
  if (refusal !== undefined && application !== undefined) {
    const { message, allowed } = refusal
    tree.findings.error(placeOf(application), 'application-is-no-file', message, { allowed })
  }
  if (application !== undefined) return refusal === undefined
  if (submitOptions.some(({ name, runsNothing }) => runsNothing === true && options.has(name))) return false
  const message = 'The command names no application: the file of the program stands after the options.'
  const hints = { suggestion: 's3a://BUCKET/PATH/main.py', allowed: 'a .py, .jar or .R file, then its arguments' }
  tree.findings.error(placeOf({ ...command, origin: 'application' }), 'application-missing', message, hints)
  return false
}
