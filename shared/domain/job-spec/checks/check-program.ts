/**
 * Whether the program can be started at all: its file, its class, its language, its arguments. spark-submit judges by the end of
 * the file's name alone: `.py` is Python, `.R` is R, all else a jar that needs a class (SparkSubmit.isPython, isR).
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { isNull, textOf } from '../document/source-node.ts'
import type { SourceMap } from '../document/source-node.ts'

/** Checks type, file, class, Python version and arguments together. */
export function checkProgram(spec: SourceMap, findings: FindingCollector): void {
  const type = textOf(spec.fields.get('type'))
  if (type !== undefined && Object.hasOwn(languages, type)) {
    checkFileType(spec, type, findings)
    checkMainClass(spec, type, findings)
    checkPythonVersion(spec, type, findings)
  }
  checkArguments(spec, findings)
}

interface Language {
  readonly file: RegExp
  readonly example: string
  readonly needsClass: boolean
}
const languages: Readonly<Record<string, Language>> = {
  Python: { file: /\.py$/, example: 'main.py', needsClass: false },
  R: { file: /\.R$/, example: 'main.R', needsClass: false },
  // Jars have no rule about their names, but those of the other languages are none.
  Scala: { file: /(?<!\.(?:py|R))$/, example: 'main.jar', needsClass: true },
  Java: { file: /(?<!\.(?:py|R))$/, example: 'main.jar', needsClass: true },
}

function checkFileType(spec: SourceMap, type: string, findings: FindingCollector): void {
  const node = spec.fields.get('mainApplicationFile')
  const file = textOf(node)
  const language = languages[type]
  if (node === undefined || file === undefined || file === '' || language === undefined) return
  // A name that nobody filled in yet can end with anything.
  if (language.file.test(file) || /[>}]$/.test(file)) return
  const message = `The file does not fit the type "${type}": Spark goes by the end of its name, and would start it as something else.`
  const suggestion = file.endsWith('.r') && type === 'R' ? `${file.slice(0, -1)}R` : typeOf(file)
  findings.error(node, 'file-type-mismatch', message, { allowed: language.example, suggestion, at: 'value' })
}

function typeOf(file: string): string | undefined {
  const types = [
    [/\.py$/, 'Python'],
    [/\.R$/i, 'R'],
    [/\.jar$/, 'Scala'],
  ] as const
  const type = types.find(([ending]) => ending.test(file))?.[1]
  return type === undefined ? undefined : `type: ${type}`
}

function checkMainClass(spec: SourceMap, type: string, findings: FindingCollector): void {
  const mainClass = spec.fields.get('mainClass')
  const absent = mainClass === undefined || isNull(mainClass)
  if (languages[type]?.needsClass === true && absent) {
    const message = `A ${type} job needs the class to start; the operator does not look into the jar.`
    const hints = { path: 'spec.mainClass', suggestion: 'mainClass: com.example.Main' }
    return findings.error(spec, 'main-class-missing', message, hints)
  }
  if (languages[type]?.needsClass === true || absent) return
  findings.warning(mainClass, 'main-class-unused', `A ${type} program has no class to start; this is not used.`)
}

function checkPythonVersion(spec: SourceMap, type: string, findings: FindingCollector): void {
  const node = spec.fields.get('pythonVersion')
  if (node === undefined || isNull(node)) return
  if (type !== 'Python') {
    return findings.warning(node, 'python-version-unused', `A ${type} program needs no version of Python.`)
  }
  const version = /^([0-9]+)\.([0-9]+)/.exec(textOf(spec.fields.get('sparkVersion')) ?? '')
  if (textOf(node) !== '2' || version === null) return
  const [major, minor] = [Number(version[1]), Number(version[2])]
  if (major < 3 || (major === 3 && minor === 0)) return
  const message = 'Spark 3.1 and later have no Python 2.'
  findings.error(node, 'python-version-unsupported', message, { allowed: '"3"', suggestion: '"3"', at: 'value' })
}

/** Linux ends a command line's single strings at 128 KiB; all arguments together are kept below it, with room for the rest. */
const MAX_ARGUMENTS_BYTES = 128 * 1024

function checkArguments(spec: SourceMap, findings: FindingCollector): void {
  const list = spec.fields.get('arguments')
  if (list?.kind !== 'list') return
  let bytes = 0
  for (const node of list.items) bytes += utf8Bytes(textOf(node) ?? '') + 1
  if (bytes <= MAX_ARGUMENTS_BYTES) return
  const message = `The arguments are ${bytes} bytes together; spark-submit could not be started with them.`
  const allowed = `at most ${MAX_ARGUMENTS_BYTES} bytes; put long lists into a file in S3`
  findings.error(list, 'arguments-too-long', message, { allowed })
}

const encoder = new TextEncoder()
function utf8Bytes(text: string): number {
  return encoder.encode(text).length
}
