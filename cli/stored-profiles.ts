/**
 * What `sparkgate login` remembers: a gateway and a token by name, in one file that only its owner may read. Written whole and
 * renamed, so that two logins at once leave one of two good files.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { CommandFailure, EXIT } from './arguments.ts'

/** How a person signed in with a browser, so that it can be done again. */
export interface SignIn {
  readonly issuer: string
  readonly clientId: string
  readonly audience?: string
  readonly scope?: string
  /** Which token the gateway is sent; default the access token. */
  readonly use?: 'access-token' | 'id-token'
}

/** One gateway and who one is there. */
export interface StoredProfile {
  readonly url: string
  /** A bearer token; absent for one that signs with AWS keys. */
  readonly token?: string
  /** Gets the next token where the issuer of `signIn` gave one. */
  readonly refreshToken?: string
  readonly signIn?: SignIn
  /** A profile of the AWS CLI. */
  readonly awsProfile?: string
  readonly region?: string
}

/** The name where none is given. */
export const DEFAULT_PROFILE = 'default'
/** The command that makes a profile again. */
export const loginCommand = (name: string): string =>
  name === DEFAULT_PROFILE ? 'sparkgate login' : `sparkgate login --profile ${name}`
/** Tokens have at most a few kB; a larger file is no list of them. */
const MAX_BYTES = 1024 * 1024
const OTHERS_MAY_READ = 0o077

/** `$XDG_CONFIG_HOME/sparkgate/credentials.json`, mostly `~/.config/…`. */
export function profilesFile(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment['XDG_CONFIG_HOME']
  const base = configured === undefined || configured === '' ? join(homedir(), '.config') : configured
  return join(base, 'sparkgate', 'credentials.json')
}

/** All profiles; none where there is no file. Throws CommandFailure for a file that cannot be read or that others may read. */
export function readProfiles(file: string = profilesFile()): Readonly<Record<string, StoredProfile>> {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return {}
  if (process.platform !== 'win32' && (stats.mode & OTHERS_MAY_READ) !== 0)
    throw failure(`${file} has tokens and others may read it: run \`chmod 600 ${file}\``)
  if (stats.size > MAX_BYTES) throw failure(`${file} has ${stats.size} bytes; it is no file of this tool`)
  try {
    const { profiles } = JSON.parse(readFileSync(file, 'utf8')) as { profiles?: unknown }
    return Object.fromEntries(Object.entries(profiles ?? {}).filter(isProfileEntry))
  } catch (error) {
    throw failure(`${file} cannot be read (${(error as Error).message}): mend it, or remove it and log in again`)
  }
}

/** Keeps a profile, or forgets it (`undefined`); the others stay. */
export function storeProfile(name: string, profile: StoredProfile | undefined, file: string = profilesFile()): void {
  const { [name]: _before, ...others } = readProfiles(file)
  const profiles = profile === undefined ? others : { ...others, [name]: profile }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify({ profiles }, undefined, 2)}\n`, { mode: 0o600 })
  // An older umask or an older file of this name must not widen it.
  chmodSync(fresh, 0o600)
  renameSync(fresh, file)
}

function isProfileEntry(entry: [string, unknown]): entry is [string, StoredProfile] {
  const profile = entry[1]
  return typeof profile === 'object' && profile !== null && 'url' in profile && typeof profile.url === 'string'
}

const failure = (message: string) => new CommandFailure(`sparkgate: ${message}`, EXIT.toolFailed)
