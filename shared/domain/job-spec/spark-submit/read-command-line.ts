/**
 * Where a text's spark-submit begins and ends: comments, a prompt and variables may stand before it, nothing after it.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { placeOf, type GivenPlace } from './given.ts'
import { readShellTokens, type ShellToken, type ShellWord } from './read-shell-words.ts'
import { reportShellProblem, type ShellProblem } from './shell-problem.ts'
import type { SubmitWord } from './submit-line.ts'

/** A command line cut into words. */
export interface CommandWords {
  /** The word that is spark-submit, with its folder. */
  readonly commandText: string
  readonly place: GivenPlace
  readonly words: readonly SubmitWord[]
}

/** `spark-submit`, with a folder and the endings and numbers that distributions give it. */
export function isSubmitCommand(word: string): boolean {
  return /^(?:[^\s]*[/\\])?spark[23]?-submit(?:\.sh|\.cmd)?$/.test(word.slice(-MAX_COMMAND_LENGTH))
}

/** The longest path of a file on Linux. */
const MAX_COMMAND_LENGTH = 4_096
/** Assignments and marks before the command; real scripts have a handful. */
const MAX_WORDS_BEFORE = 200
/** Words of one command; as many fit into an argument list of 256 KiB if they are short. */
const MAX_WORDS = 10_000

/** True where the first word that is no assignment, prompt or `export` is spark-submit. */
export function hasSubmitCommand(text: string): boolean {
  let before = 0
  for (const token of readShellTokens(text, () => {})) {
    before += 1
    if (before > MAX_WORDS_BEFORE) return false
    if (token.kind === 'word' && isSubmitCommand(token.text)) return true
    if (!mayStandBefore(token)) return false
  }
  return false
}

/** The words of the first spark-submit of a text; undefined where there is none. */
export function readCommandWords(text: string, findings: FindingCollector): CommandWords | undefined {
  const tokens = readShellTokens(text, (problem, offset) => reportShellProblem(findings, problem, offset))
  const command = findCommand(tokens, findings)
  if (command === undefined) {
    const message = 'There is no spark-submit in this text.'
    const allowed = 'spark-submit [options] APPLICATION [arguments]'
    findings.error(placeOf({ origin: '$', keyOffset: 0, offset: 0 }), 'command-missing', message, { allowed })
    return undefined
  }
  const { text: commandText, offset } = command
  return { commandText, place: { origin: '$', keyOffset: offset, offset }, words: readWords(tokens, findings) }
}

function findCommand(tokens: Generator<ShellToken>, findings: FindingCollector): ShellWord | undefined {
  for (let before = 0; before <= MAX_WORDS_BEFORE; before++) {
    const next = tokens.next()
    if (next.done === true) return undefined
    const token = next.value
    if (token.kind === 'word' && isSubmitCommand(token.text)) return token
    if (!mayStandBefore(token)) return undefined
    if (token.kind === 'word') reportVariable(token, findings)
  }
  return undefined
}

const assignment = /^([A-Za-z_][A-Za-z0-9_]{0,200})=/

/** A prompt, and words that run the command that follows them. */
const launchers = new Set(['$', 'export', 'env', 'exec', 'nohup', 'time'])

function mayStandBefore(token: ShellToken): boolean {
  if (token.kind === 'word') return assignment.test(token.text) || launchers.has(token.text)
  return token.kind === 'line-end' || [';', '&&'].includes(token.text)
}

/** What to write for a variable that the shell would have given to spark-submit alone. */
const variables: readonly { readonly pattern: RegExp; readonly message: string; readonly allowed?: string }[] = [
  {
    pattern: /^(?:HADOOP|YARN|HIVE)_/,
    message: 'Folders of your machine are not there: settings of Hadoop stand in the command.',
    allowed: '--conf spark.hadoop.NAME=VALUE',
  },
  {
    pattern: /^(?:SPARK_HOME|SPARK_CONF_DIR|SPARK_DIST_CLASSPATH|JAVA_HOME|PATH|KUBECONFIG)$/,
    message: 'Spark, Java and the cluster are those of the image and of the platform.',
    allowed: '--conf spark.kubernetes.container.image=IMAGE',
  },
  {
    pattern: /^PYSPARK_(?:DRIVER_)?PYTHON$/,
    message: 'The Python of the pods is a setting.',
    allowed: '--conf spark.pyspark.python=PATH',
  },
  {
    pattern: /^AWS_/,
    message: 'The identity of a job is the role of its team: credentials and profiles of yours are not used.',
    allowed: 'No value',
  },
]

function reportVariable(word: ShellWord, findings: FindingCollector): void {
  const name = assignment.exec(word.text)?.[1]
  if (name === undefined) return
  const known = variables.find(({ pattern }) => pattern.test(name))
  const message = known?.message ?? 'Variables of your shell are not those of the job.'
  const allowed =
    known === undefined
      ? `--conf spark.kubernetes.driverEnv.${name}=VALUE --conf spark.executorEnv.${name}=VALUE`
      : known.allowed
  const place = { origin: name, keyOffset: word.offset, offset: word.offset }
  findings.rewritten(placeOf(place), 'variable-left-out', `This variable is left out. ${message}`, { allowed })
}

/** The words up to the end of the command; what follows a line end is read on, after an error. */
function readWords(tokens: Iterable<ShellToken>, findings: FindingCollector): readonly SubmitWord[] {
  const words: SubmitWord[] = []
  let separator: ShellToken | undefined
  let isNextLine = false
  let inRedirection = false
  const told = new Set<ShellProblem>()
  const report = (problem: ShellProblem, { offset }: ShellToken): void => {
    if (!told.has(problem)) reportShellProblem(findings, problem, offset)
    told.add(problem)
  }
  let count = 0
  for (const token of tokens) {
    count += 1
    if (count > MAX_WORDS) {
      report('too-many-words', token)
      return words
    }
    if (token.kind === 'line-end') {
      isNextLine = true
      continue
    }
    if (separator !== undefined || isEndOfCommand(token)) {
      report('operator', separator ?? token)
      return words
    }
    if (token.kind === 'operator') {
      separator = token // Nothing may follow it; alone it does no harm.
      continue
    }
    if (isNextLine) report('line-end', token)
    if (token.kind !== 'word') {
      const isDocument = /<<|\($/.test(token.text)
      report(isDocument ? 'here-document' : 'redirection', token)
      if (isDocument) return words
      inRedirection = true
    } else if (inRedirection) {
      inRedirection = false // The name of its file.
    } else {
      words.push(token)
    }
  }
  return words
}

/** `;` and `&` may stand at the end; all else begins another command. */
function isEndOfCommand(token: ShellToken): boolean {
  return token.kind === 'operator' && token.text !== ';' && token.text !== '&'
}
