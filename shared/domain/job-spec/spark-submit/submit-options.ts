/**
 * Every option of spark-submit (Spark 4.0: SparkSubmitOptionParser, SparkSubmitArguments; some of older versions), as one
 * table: whether it takes a value, the setting it stands for, and what becomes of it.
 */
import { judgeDeployMode, judgeMaster } from './judge-submit-value.ts'
import { countField, leftOut, listField, refused, textField, type SubmitUse } from './submit-use.ts'

export interface SubmitOption {
  readonly name: string
  readonly alias?: string
  /** True where no value follows. */
  readonly isSwitch: boolean
  /** The setting that Spark reads where the option is missing: the option wins over it. */
  readonly setting?: string
  readonly use: SubmitUse
  /** True where spark-submit with this option starts no program. */
  readonly runsNothing?: true
}

const special: SubmitUse = { as: 'special' }

const queue = leftOut(
  'queue-left-out',
  'The platform has no queues of YARN: the turn of a job follows from its team and its priority.',
  '--conf sparkgate.dev/priority=high',
)
const kerberos = refused(
  'kerberos-refused',
  'Jobs do not log in with Kerberos: no keytab of yours is on the cluster.',
  "No option: the role of the team's service account has the rights; ask the platform team to grant them",
)
const noJob = (message: string, allowed: string): SubmitUse => refused('not-a-job', message, allowed)
const information = noJob('With this option spark-submit prints a text and runs nothing.', 'The command without it')

/** The table, in the order of spark-submit's own help. */
export const submitOptions: readonly SubmitOption[] = [
  option('--master', { as: 'judged', judge: judgeMaster }),
  option('--deploy-mode', { as: 'judged', judge: judgeDeployMode }, 'spark.submit.deployMode'),
  option('--class', special),
  option('--name', special, 'spark.app.name'),
  option('--jars', listField('spec', 'deps', 'jars'), 'spark.jars'),
  option('--packages', listField('spec', 'deps', 'packages'), 'spark.jars.packages'),
  option('--exclude-packages', listField('spec', 'deps', 'excludePackages'), 'spark.jars.excludes'),
  option('--repositories', listField('spec', 'deps', 'repositories'), 'spark.jars.repositories'),
  option('--py-files', listField('spec', 'deps', 'pyFiles'), 'spark.submit.pyFiles'),
  option('--files', listField('spec', 'deps', 'files'), 'spark.files'),
  option('--archives', listField('spec', 'deps', 'archives'), 'spark.archives'),
  { ...option('--conf', special), alias: '-c' },
  option('--properties-file', special),
  onOff(
    '--load-spark-defaults',
    leftOut('spark-defaults-left-out', 'The defaults of the platform always lie under those of the command.'),
  ),
  option('--driver-memory', textField('spec', 'driver', 'memory'), 'spark.driver.memory'),
  option('--driver-java-options', textField('spec', 'driver', 'javaOptions'), 'spark.driver.extraJavaOptions'),
  asSetting('--driver-library-path', 'spark.driver.extraLibraryPath'),
  asSetting('--driver-class-path', 'spark.driver.extraClassPath'),
  asSetting('--driver-default-class-path', 'spark.driver.defaultExtraClassPath'),
  option('--executor-memory', textField('spec', 'executor', 'memory'), 'spark.executor.memory'),
  option('--proxy-user', textField('spec', 'proxyUser')),
  { ...onOff('--help', information), alias: '-h', runsNothing: true },
  {
    ...onOff('--verbose', leftOut('verbose-left-out', 'What spark-submit prints is kept by the platform.')),
    alias: '-v',
  },
  { ...onOff('--version', information), runsNothing: true },
  { ...onOff('--usage-error', information), runsNothing: true },
  option(
    '--remote',
    noJob(
      'This runs the program here, as a client of a Spark Connect server; a job of the gateway has a driver of its own.',
      'The command without it',
    ),
  ),
  option('--driver-cores', countField('spec', 'driver', 'cores'), 'spark.driver.cores'),
  onOff('--supervise', special),
  { ...option('--kill', noJob('This ends a job and submits none.', 'sparkgate cancel JOB')), runsNothing: true },
  {
    ...option('--status', noJob('This asks for the state of a job and submits none.', 'sparkgate get JOB')),
    runsNothing: true,
  },
  option('--total-executor-cores', special),
  option('--executor-cores', countField('spec', 'executor', 'cores'), 'spark.executor.cores'),
  option('--num-executors', countField('spec', 'executor', 'instances'), 'spark.executor.instances'),
  option('--principal', kerberos),
  option('--keytab', kerberos),
  option('--queue', queue),
  option('--kubernetes-namespace', textField('metadata', 'namespace'), 'spark.kubernetes.namespace'),
]

/** By name and by alias. */
export const submitOptionByName: ReadonlyMap<string, SubmitOption> = new Map(
  submitOptions.flatMap(known => [known.name, known.alias ?? known.name].map(name => [name, known] as const)),
)

function option(name: string, use: SubmitUse, setting?: string): SubmitOption {
  return { name, isSwitch: false, use, ...(setting !== undefined && { setting }) }
}

function onOff(name: string, use: SubmitUse): SubmitOption {
  return { name, isSwitch: true, use }
}

function asSetting(name: string, setting: string): SubmitOption {
  return option(name, { as: 'setting', name: setting }, setting)
}
