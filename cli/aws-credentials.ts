/**
 * AWS keys as the AWS CLI finds them: the environment, a profile's keys, a profile's credential_process. What a profile needs
 * beyond that (SSO, roles to assume, web identity), and machines with a role, the installed AWS CLI is asked for by
 * `aws configure export-credentials`; without it the message says so.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CommandFailure, EXIT } from './arguments.ts'
import { readAwsFiles } from './aws-config-file.ts'
import type { AwsProfile } from './aws-config-file.ts'

/** Keys that sign requests; never shown. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface FoundCredentials {
  readonly credentials: AwsCredentials
  /** The profile's region, where it names one. */
  readonly region: string | undefined
  /** Where they come from, for people. */
  readonly from: string
}

/** Of a process that gives keys: it may ask for a second factor. */
const PROCESS_MILLISECONDS = 60_000
const PROCESS_BYTES = 64 * 1024
const run = promisify(execFile)

/**
 * Finds keys. A `profile` that somebody named wins over keys in the environment, as with the AWS CLI. Throws CommandFailure that
 * names every place that was looked at.
 */
export async function findAwsCredentials(
  profile: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FoundCredentials> {
  if (profile === undefined) {
    const found = fromEnvironment(environment)
    if (found !== undefined) return found
  }
  const name = profile ?? (environment['AWS_PROFILE'] || environment['AWS_DEFAULT_PROFILE'] || 'default')
  const { files, profiles } = readAwsFiles(environment)
  const settings = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (settings === undefined && name !== 'default') throw noProfile(name, Object.keys(profiles), files)
  const region = settings?.['region']
  const keys = settings === undefined ? undefined : keysOf(settings)
  if (keys !== undefined) return { credentials: keys, region, from: `AWS profile ${name}` }
  const command = settings?.['credential_process']
  if (command !== undefined) {
    const what = `credential_process of AWS profile ${name}`
    const credentials = await fromProcess(splitCommand(command), what, environment)
    return { credentials, region, from: what }
  }
  return { credentials: await fromAwsCli(name, settings, files, environment), region, from: `AWS CLI, profile ${name}` }
}

function fromEnvironment(environment: NodeJS.ProcessEnv): FoundCredentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  }
  return { credentials, region: undefined, from: '$AWS_ACCESS_KEY_ID' }
}

function keysOf(settings: AwsProfile): AwsCredentials | undefined {
  const accessKeyId = settings['aws_access_key_id']
  const secretAccessKey = settings['aws_secret_access_key']
  const sessionToken = settings['aws_session_token']
  // Keys beside role_arn are those of the source, not of the role.
  if (!accessKeyId || !secretAccessKey || settings['role_arn'] !== undefined) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

/** A command without a shell: quotes hold words together, nothing is expanded. */
export function splitCommand(command: string): readonly string[] {
  const words = command.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'])+/g) ?? []
  return words.map(word =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) =>
      double === undefined ? (single ?? '') : double.replace(/\\(["\\])/g, '$1'),
    ),
  )
}

/** Runs a program that writes `{ Version: 1, AccessKeyId, SecretAccessKey, SessionToken }`. */
async function fromProcess(
  [file = '', ...args]: readonly string[],
  what: string,
  env: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  let stdout: string
  try {
    stdout = (await run(file, args, { env, timeout: PROCESS_MILLISECONDS, maxBuffer: PROCESS_BYTES })).stdout
  } catch (error) {
    // What it wrote to standard output may be keys and is never shown.
    throw failure(`the ${what} ${processProblem(error)}`)
  }
  const credentials = parseProcessAnswer(stdout)
  if (credentials === undefined) throw failure(`the ${what} gave no keys in the form of credential_process, version 1`)
  return credentials
}

function parseProcessAnswer(text: string): AwsCredentials | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    return undefined
  }
  const { AccessKeyId, SecretAccessKey, SessionToken } = (answer ?? {}) as Readonly<Record<string, unknown>>
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') return undefined
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof SessionToken === 'string' && SessionToken !== '' && { sessionToken: SessionToken }),
  }
}

const MAX_SAID = 300

function processProblem(error: unknown): string {
  const { stderr = '', code } = error as { stderr?: string; code?: string | number }
  if (code === 'ENOENT') return 'is not installed'
  if (/Invalid choice/.test(stderr)) return 'is too old: version 2 is needed'
  const said = stderr.trim().replace(/\s+/g, ' ').slice(0, MAX_SAID)
  return `failed (${String(code)})${said === '' ? '' : `: ${said}`}`
}

/** The installed AWS CLI knows SSO, roles, containers and machines. */
async function fromAwsCli(
  name: string,
  settings: AwsProfile | undefined,
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  const words = ['aws', 'configure', 'export-credentials', '--format', 'process']
  try {
    return await fromProcess(settings === undefined ? words : [...words, '--profile', name], 'AWS CLI', environment)
  } catch (error) {
    if (settings === undefined) throw noCredentials(files)
    const needs = Object.keys(settings).find(key => /^(?:sso_|role_arn|web_identity|source_profile|login_)/.test(key))
    const why = needs === undefined ? 'it has no keys' : `it needs the AWS CLI for ${needs}`
    const said = (error as Error).message.replace(/^sparkgate: /, '')
    const hint =
      needs?.startsWith('sso_') === true
        ? `aws sso login --profile ${name}`
        : `aws sts get-caller-identity --profile ${name}`
    throw failure(`AWS profile ${name} gives no credentials: ${why}, and ${said}. Try \`${hint}\``)
  }
}

function noProfile(name: string, names: readonly string[], files: readonly string[]): CommandFailure {
  const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
  return failure(`there is no AWS profile ${name} in ${files.join(' and ')}; ${there}`)
}

const noCredentials = (files: readonly string[]) =>
  failure(
    `no AWS credentials: looked at $AWS_ACCESS_KEY_ID, at the profile default of ${files.join(' and ')}, and asked the AWS CLI. ` +
      'Try `sparkgate login` (a token), $SPARKGATE_TOKEN, or --aws-profile NAME',
  )

const failure = (message: string) => new CommandFailure(`sparkgate: ${message}`, EXIT.noPermission)
