/** `sparkgate config check | diff`: a platform file checked as the gateway does, with lines; and what a change would do. */
import { readFileSync, statSync } from 'node:fs'
import { parseDocument, LineCounter } from 'yaml'
import * as z from 'zod/mini'
import { diffPlatforms } from '../shared/domain/platform/diff-platforms.ts'
import type { PlatformChange } from '../shared/domain/platform/diff-platforms.ts'
import { parsePlatform, PlatformFileError } from '../shared/domain/platform/platform.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'
import { CommandFailure, EXIT, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { paint } from './colour.ts'
import { locator } from './locate-path.ts'
import { sourceExcerpt } from './source-excerpt.ts'
import { problemOf } from './spec-files.ts'
import { jsonText, showText } from './terminal-text.ts'

z.config(z.locales.en())

/** A file of clusters and teams has kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024
/** Aliases in YAML multiply; the parser gives up beyond this many. */
const MAX_ALIASES = 1_000

interface Problem {
  readonly path: string
  readonly message: string
  readonly line: number
  readonly column: number
}

/** Exit code 0 for a file that the gateway would take, 2 for one that it would refuse; `diff` is 0 whatever differs. */
export async function config({ positionals, options }: Arguments): Promise<number> {
  const [action, ...files] = positionals
  if (action === 'check' && files.length === 1) return check(files[0] ?? '', options['output'])
  if (action === 'diff' && files.length === 2) return diff(files[0] ?? '', files[1] ?? '', options['output'])
  throw new UsageError('config takes check FILE, or diff OLD NEW')
}

function check(file: string, output: Arguments['options'][string]): number {
  const text = readPlatformText(file)
  const { platform, problems } = judge(text)
  if (output === 'json') process.stdout.write(jsonText({ file, accepted: problems.length === 0, problems }))
  else if (platform === undefined) console.log(renderProblems(file, text, problems))
  else console.log(`${paint('green', '✓')} ${showText(file)}: ${summaryOf(platform)}`)
  return problems.length === 0 ? EXIT.ok : EXIT.refused
}

function diff(before: string, after: string, output: Arguments['options'][string]): number {
  const [older, newer] = [before, after].map(file => {
    const text = readPlatformText(file)
    const { platform, problems } = judge(text)
    if (platform === undefined) throw new CommandFailure(renderProblems(file, text, problems), EXIT.refused)
    return platform
  })
  if (older === undefined || newer === undefined) throw new UsageError('config diff takes OLD and NEW')
  const changes = diffPlatforms(older, newer)
  if (output === 'json') process.stdout.write(jsonText({ changes }))
  else if (changes.length === 0) console.log('Nothing changes.')
  else for (const change of changes) console.log(renderChange(change))
  return EXIT.ok
}

const COLOURS = { breaks: 'red', restricts: 'yellow', allows: 'green', changes: 'cyan' } as const

function renderChange({ effect, path, teams, message }: PlatformChange): string {
  const who = teams.length === 0 ? 'no team' : teams.join(', ')
  return `${paint(COLOURS[effect], effect)} ${showText(path)} (${showText(who)})\n    ${showText(message)}`
}

function readPlatformText(file: string): string {
  try {
    // A file's size is known; a pipe (`<(git show …)`) has none and ends by itself.
    const size = file === '-' ? 0 : statSync(file).size
    const text = size > MAX_BYTES ? '' : readFileSync(file === '-' ? 0 : file, 'utf8')
    if (size > MAX_BYTES || text.length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`)
    return text
  } catch (error) {
    throw new UsageError(`${file}: ${problemOf(error)}`)
  }
}

function judge(text: string): { readonly platform?: Platform; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0])
      return { path: '$', message, line, column: col }
    })
    return { problems }
  }
  try {
    return { platform: parsePlatform(document.toJS({ maxAliasCount: MAX_ALIASES })), problems: [] }
  } catch (error) {
    if (!(error instanceof PlatformFileError)) throw error
    const locate = locator(text)
    return { problems: error.problems.map(said => placed(said, locate)) }
  }
}

/** `teams.etl.clusters: there is no …` → its place; an unknown field is meant itself, not the object that has it. */
function placed(said: string, locate: ReturnType<typeof locator>): Problem {
  const [, path = '$', message = said] = /^(\S+?): ([\s\S]*)$/.exec(said) ?? []
  const unknown = /^Unrecognized keys?: "([^"]+)"/.exec(message)?.[1]
  const within = path === '$' ? '' : `${path}.`
  return { path, message, ...locate(unknown === undefined ? path : `${within}${unknown}`) }
}

function renderProblems(file: string, text: string, problems: readonly Problem[]): string {
  const lines = text.split(/\r?\n/)
  const blocks = problems.map(({ path, message, line, column }) => {
    const excerpt = sourceExcerpt(lines[line - 1] ?? '', line, column, 'nothing')
    const head = `${paint('red', 'error')} ${showText(path)} (line ${line}:${column})`
    return [head, `    ${showText(message)}`, ...excerpt.map(shown => `    ${shown}`)].join('\n')
  })
  const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`
  return [...blocks, `${paint('red', '✗')} ${showText(file)}: ${count}`].join('\n')
}

function summaryOf(platform: Platform): string {
  const count = (part: object, word: string): string => {
    const { length } = Object.keys(part)
    return `${length} ${word}${length === 1 ? '' : 's'}`
  }
  const { clusters, teams, policies, schedules } = platform
  return [
    count(clusters, 'cluster'),
    count(teams, 'team'),
    `${Object.keys(policies).length} policies`,
    count(schedules, 'schedule'),
  ].join(', ')
}
