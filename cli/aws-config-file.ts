/** The AWS CLI's two files, `~/.aws/credentials` and `~/.aws/config`: which keys a profile has in both together. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The settings of one profile, names in lower case. */
export type AwsProfile = Readonly<Record<string, string>>

export interface AwsFiles {
  /** The files that were looked at, for messages. */
  readonly files: readonly [credentials: string, config: string]
  readonly profiles: Readonly<Record<string, AwsProfile>>
}

/** A line beyond this is no setting. */
const MAX_LINE = 16_384

/** Reads both files where the AWS CLI looks for them; a missing one is empty. Settings of the credentials file win. */
export function readAwsFiles(environment: NodeJS.ProcessEnv): AwsFiles {
  const at = (variable: string, name: string): string => environment[variable] || join(homedir(), '.aws', name)
  const credentials = at('AWS_SHARED_CREDENTIALS_FILE', 'credentials')
  const config = at('AWS_CONFIG_FILE', 'config')
  const profiles: Record<string, AwsProfile> = {}
  for (const [section, settings] of Object.entries(parseAwsFile(textOf(config)))) {
    // `[default]` and `[profile ci]`; other sections (`sso-session x`, `services y`) are no profiles.
    const name = section === 'default' ? section : /^profile\s+(.+)$/.exec(section)?.[1]
    if (name !== undefined) profiles[unquoted(name)] = settings
  }
  for (const [name, settings] of Object.entries(parseAwsFile(textOf(credentials))))
    profiles[name] = { ...profiles[name], ...settings }
  return { files: [credentials, config], profiles }
}

/** Sections of an ini file as botocore reads it: `#` and `;` begin comments, indented lines belong to nested settings and are left out. */
export function parseAwsFile(text: string): Readonly<Record<string, AwsProfile>> {
  const sections = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  for (const line of text.split(/\r?\n/)) {
    if (line.length > MAX_LINE || /^\s*(?:[#;]|$)/.test(line)) continue
    const section = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1]
    if (section !== undefined) {
      current = sections.get(section) ?? new Map<string, string>()
      sections.set(section, current)
      continue
    }
    const [, name, value] = /^([^\s=][^=]*?)\s*=\s*(.*)$/.exec(line) ?? []
    if (name !== undefined) current?.set(name.toLowerCase(), (value ?? '').replace(/\s+[#;].*$/, '').trim())
  }
  return Object.fromEntries([...sections].map(([name, settings]) => [name, Object.fromEntries(settings)]))
}

const unquoted = (name: string): string => /^(["'])(.*)\1$/.exec(name)?.[2] ?? name

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Missing or not readable: like the AWS CLI, as if it were empty; the message of missing keys names the file.
    return ''
  }
}
