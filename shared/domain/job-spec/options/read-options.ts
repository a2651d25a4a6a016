/**
 * Reads the options that a document asks for: every value is checked here, whatever format it came in.
 */
import { PRIORITIES } from '../canonical-spec.ts'
import type { GatewayOptions, SpecContext, SpecDeadlines } from '../canonical-spec.ts'
import { closestWord } from '../checks/closest-word.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { isNull, textOf } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { JOB_ID_PATTERN } from '../../job-identity.ts'
import { parseDurationSeconds } from './duration.ts'

/** Attempts are kept in one record, and each costs a driver. */
const MAX_ATTEMPTS = 10
const MAX_PROFILES = 10
const MAX_TARGETS = 10
const MAX_DEPENDENCIES = 20
/** What a job may wait and run at most: the longest retention of a record is far longer. */
const MAX_DEADLINE_SECONDS = 365 * 86_400

/** The checked options; those with errors are left out, and the errors refuse the spec. */
export function readOptions(options: SourceMap, context: SpecContext, findings: FindingCollector): GatewayOptions {
  const read = <T>(name: string, reader: (node: SourceNode) => T | undefined): T | undefined => {
    const node = options.fields.get(name)
    return node === undefined || isNull(node) ? undefined : reader(node)
  }
  const given: { [Name in keyof GatewayOptions]: GatewayOptions[Name] | undefined } = {
    idempotencyKey: read('idempotencyKey', node => readKey(node, findings)),
    priority: read('priority', node => readChoice(node, context.priorities ?? PRIORITIES, 'priority', findings)),
    cluster: read('cluster', node => readName(node, context.clusters, 'cluster', findings)),
    profiles: read('profiles', node => readProfiles(node, context, findings)),
    maxAttempts: read('maxAttempts', node => readCount(node, MAX_ATTEMPTS, findings)),
    deadlines: read('deadlines', node => readDeadlines(node, findings)),
    notify: read('notify', node => readNotify(node, context, findings)),
    dependsOn: read('dependsOn', node => readDependencies(node, findings)),
    dependsOnWhen: read('dependsOnWhen', node =>
      readChoice(node, ['all-succeeded', 'all-ended'] as const, 'condition', findings),
    ),
    costCentre: read('costCentre', node => readLabel(node, findings)),
    streaming: read('streaming', node => readFlag(node, findings)),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** As the header `Idempotency-Key`. */
function readKey(node: SourceNode, findings: FindingCollector): string | undefined {
  const text = textOf(node)
  if (text !== undefined && /^[\x21-\x7e]{1,255}$/.test(text)) return text
  const allowed = '1 to 255 printable ASCII characters without spaces'
  findings.error(node, 'idempotency-key', 'This is no idempotency key.', { allowed, at: 'value' })
  return undefined
}

function readChoice<T extends string>(
  node: SourceNode,
  choices: readonly T[],
  what: string,
  findings: FindingCollector,
): T | undefined {
  const text = textOf(node)
  const found = choices.find(choice => choice === text)
  if (found !== undefined) return found
  const suggestion = closestWord(text ?? '', choices)
  const message = `There is no ${what} of this name here.`
  findings.error(node, `unknown-${what}`, message, { allowed: choices.join(', ') || 'none', suggestion, at: 'value' })
  return undefined
}

/** A name from a list that the platform file has; without a list any name of the right form. */
function readName(
  node: SourceNode,
  names: readonly string[] | undefined,
  what: string,
  findings: FindingCollector,
): string | undefined {
  if (names !== undefined) return readChoice(node, names, what, findings)
  const text = textOf(node)
  if (text !== undefined && /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text
  const allowed = 'a-z, 0-9 and -, starting with a letter'
  findings.error(node, `unknown-${what}`, `This is no name of a ${what}.`, { allowed, at: 'value' })
  return undefined
}

function readProfiles(node: SourceNode, context: SpecContext, findings: FindingCollector): string[] | undefined {
  const known = Object.keys(context.profiles ?? {})
  return readList(node, MAX_PROFILES, findings, item => readChoice(item, known, 'profile', findings))
}

function readNotify(node: SourceNode, context: SpecContext, findings: FindingCollector): string[] | undefined {
  return readList(node, MAX_TARGETS, findings, item =>
    readName(item, context.notificationTargets, 'notification-target', findings),
  )
}

function readDependencies(node: SourceNode, findings: FindingCollector): string[] | undefined {
  return readList(node, MAX_DEPENDENCIES, findings, item => {
    const text = textOf(item)
    if (text !== undefined && JOB_ID_PATTERN.test(text)) return text
    const allowed = 'The id that the answer to its submission holds: j and 24 characters a-z, 2-7'
    findings.error(item, 'job-id', 'This is no id of a job.', { allowed, at: 'value' })
    return undefined
  })
}

function readList(
  node: SourceNode,
  most: number,
  findings: FindingCollector,
  reader: (item: SourceNode) => string | undefined,
): string[] | undefined {
  const items = node.kind === 'list' ? node.items : [node]
  if (node.kind === 'map') {
    findings.error(node, 'wrong-type', 'This must be a list of texts.', { at: 'value' })
    return undefined
  }
  if (items.length > most) {
    findings.error(node, 'list-too-long', `This list has ${items.length} items.`, { allowed: `at most ${most}` })
    return undefined
  }
  const words = items.map(item => reader(item)).filter(word => word !== undefined)
  const unique = [...new Set(words)]
  if (unique.length < words.length)
    findings.error(node, 'listed-twice', 'A name stands twice in this list.', { allowed: unique.join(', ') })
  return unique
}

function readCount(node: SourceNode, most: number, findings: FindingCollector): number | undefined {
  const value = node.kind === 'scalar' ? node.scalar : undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value
  const rule = typeof value === 'number' ? 'out-of-range' : 'wrong-type'
  findings.error(node, rule, 'This must be a whole number.', { allowed: `1 to ${most}`, at: 'value' })
  return undefined
}

function readFlag(node: SourceNode, findings: FindingCollector): boolean | undefined {
  if (node.kind === 'scalar' && typeof node.scalar === 'boolean') return node.scalar
  findings.error(node, 'wrong-type', 'This must be true or false.', { allowed: 'true, false', at: 'value' })
  return undefined
}

/** Used as the value of a label, so it has to be one. */
function readLabel(node: SourceNode, findings: FindingCollector): string | undefined {
  const text = textOf(node)
  if (text !== undefined && /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text)) return text
  const allowed = '1 to 63 letters, digits, "-", "_" and "."; a letter or digit at both ends'
  findings.error(node, 'label-value', 'This is no value of a label.', { allowed, at: 'value' })
  return undefined
}

const deadlineNames = ['queued', 'pending', 'running', 'total'] as const

function readDeadlines(node: SourceNode, findings: FindingCollector): SpecDeadlines | undefined {
  if (node.kind !== 'map') {
    const hints = { allowed: deadlineNames.join(', '), suggestion: '{running: 2h}', at: 'value' } as const
    findings.error(node, 'wrong-type', 'Deadlines are an object of durations.', hints)
    return undefined
  }
  const seconds: { -readonly [Name in keyof SpecDeadlines]: SpecDeadlines[Name] } = {}
  for (const [name, value] of node.fields) {
    const known = deadlineNames.find(each => each === name)
    if (known === undefined) {
      const suggestion = closestWord(name, deadlineNames)
      findings.error(value, 'unknown-field', 'There is no deadline of this name.', {
        allowed: deadlineNames.join(', '),
        suggestion,
      })
      continue
    }
    if (isNull(value)) continue
    const parsed = value.kind === 'scalar' ? parseDurationSeconds(value.scalar) : undefined
    if (parsed !== undefined && parsed >= 1 && parsed <= MAX_DEADLINE_SECONDS) seconds[`${known}Seconds`] = parsed
    else
      findings.error(value, 'duration', 'This is no duration that a deadline can have.', {
        allowed: '30s, 20m, 6h, 1d, 1h30m or a number of seconds; from 1 s to 365 days',
        at: 'value',
      })
  }
  return Object.keys(seconds).length === 0 ? undefined : seconds
}
