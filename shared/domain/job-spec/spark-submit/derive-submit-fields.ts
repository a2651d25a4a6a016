/**
 * What a SparkApplication has to say and a command line leaves open: the job's name, its language, its version of Spark.
 */
import { isDns1035, suggestDns1035 } from '../checks/kubernetes-formats.ts'
import { originOf, placeOf, type Given, type GivenPlace } from './given.ts'
import type { SubmitLine } from './submit-line.ts'
import { putScalar, type SubmitTree } from './submit-tree.ts'

/** The name where nothing at all can be made of what was written. */
const NAMELESS = 'spark-submit-job'

/** Puts `metadata.name`: `--name` or `spark.app.name` as a Kubernetes name, else the name of class or file. */
export function putName(tree: SubmitTree, line: SubmitLine, appName: Given | undefined): void {
  const written = line.options.get('--name') ?? appName
  if (written?.isKnown === false) return putScalar(tree, ['metadata', 'name'], NAMELESS, written)
  const { text, given } = written === undefined ? programName(line) : { text: written.text, given: written }
  const name = isDns1035(text) ? text : (suggestDns1035(text) ?? suggestDns1035(`job-${text}`) ?? NAMELESS)
  putScalar(tree, ['metadata', 'name'], name, given)
  const hints = {
    allowed: 'at most 63 lower-case letters, digits and "-"',
    suggestion: `--name ${name}`,
    at: 'value',
  } as const
  if (written === undefined) {
    const message = `The job is called "${name}" after what it runs.`
    tree.findings.rewritten(placeOf({ ...given, origin: originOf('--name') }), 'name-derived', message, hints)
  } else if (name !== text) {
    const message = `The job is called "${name}": the name is also that of an object of Kubernetes.`
    tree.findings.rewritten(placeOf(given), 'name-rewritten', message, hints)
  }
}

/** Spark itself takes the class, else the last part of the file's name. */
function programName({ options, application, command }: SubmitLine): {
  readonly text: string
  readonly given: GivenPlace
} {
  const mainClass = options.get('--class')
  if (mainClass?.isKnown === true && typeOfApplication(application?.text ?? '') === 'Scala') {
    const simple = mainClass.text.slice(0, MAX_NAME_SOURCE).replace(/\$+$/, '').split(/[.$]/).at(-1) ?? ''
    return { text: simple.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase(), given: mainClass }
  }
  const file = application?.isKnown === true ? application.text.slice(-MAX_NAME_SOURCE) : ''
  const base =
    file
      .split('/')
      .at(-1)
      ?.replace(/\.[A-Za-z]{1,4}$/, '') ?? ''
  return { text: base === '' ? NAMELESS : base, given: application ?? command }
}

/** More of a class or path is not looked at for a name of 63 characters. */
const MAX_NAME_SOURCE = 500

/** The language by the file's name, as spark-submit decides it; Java runs like Scala. */
export function typeOfApplication(file: string): 'Python' | 'R' | 'Scala' {
  if (/\.py$/i.test(file)) return 'Python'
  return /\.r$/i.test(file) ? 'R' : 'Scala'
}

/** Spark's version where nothing tells it: that of the operator's own image (v2.5.2). Only Spark 2 is treated otherwise. */
const ASSUMED_SPARK_VERSION = '4.0.4'

const imageSettings = [
  'spark.kubernetes.container.image',
  'spark.kubernetes.driver.container.image',
  'spark.kubernetes.executor.container.image',
]

/** Puts `spec.sparkVersion`: from the image's tag or the folder of spark-submit, else the assumed one. */
export function putSparkVersion(
  tree: SubmitTree,
  line: SubmitLine,
  commandText: string,
  settings: ReadonlyMap<string, Given>,
): void {
  const image = imageSettings.map(name => settings.get(name)).find(given => given?.isKnown === true)
  const ofImage = image && versionOfImage(image.text)
  if (image !== undefined && ofImage !== undefined) return putScalar(tree, ['spec', 'sparkVersion'], ofImage, image)
  const ofFolder = /spark-([2-9]\.[0-9]{1,2}\.[0-9]{1,2})(?![0-9.])/.exec(commandText)?.[1]
  const place = image ?? { ...line.command, origin: originOf('--conf', 'spark.kubernetes.container.image') }
  const version = ofFolder ?? ASSUMED_SPARK_VERSION
  putScalar(tree, ['spec', 'sparkVersion'], version, place)
  const reason = ofFolder === undefined ? '' : ', after the folder of spark-submit'
  const message = `The command does not tell the version of Spark; it is taken as ${version}${reason}.`
  tree.findings.rewritten(placeOf(place), 'spark-version-assumed', message, {
    allowed: 'An image whose name has "spark" and whose tag begins with the version',
    suggestion: `--conf spark.kubernetes.container.image=REGISTRY/spark:${version}`,
  })
}

/** `…/spark:4.0.1`, `…/spark-py:v3.5.3-java17`, `…/etl:spark-3.5.1`; other numbers are the author's own. */
function versionOfImage(image: string): string | undefined {
  const [, name = '', tag = ''] =
    /([^/:@]{1,200}):([^/:@]{1,128})(?:@sha256:[0-9a-f]{64})?$/.exec(image.slice(-500)) ?? []
  const version = /(?:^v?|spark-?v?)([2-9]\.[0-9]{1,2}\.[0-9]{1,2})(?![0-9.])/i.exec(tag)?.[1]
  return /spark/i.test(`${name}:${tag}`) ? version : undefined
}
