/**
 * Sparkgate's own format, for people who know Spark and not Kubernetes: a small document that becomes the tree of a
 * SparkApplication. Its shape is checked here; whether the values are right is asked by the checks that hold for all formats.
 */
import { API_VERSION, KIND } from '../checks/check-metadata.ts'
import type { SourceMap, SourceScalar } from '../document/source-node.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import type { JobDocument } from '../job-document.ts'
import { shortFormFields } from './fields.ts'
import { makeJobTree } from './job-tree.ts'
import type { Container, JobTree } from './job-tree.ts'
import { putEnvironment, putExecutors, putProfiles, putRestartPolicy, putScratch } from './pods.ts'
import { putProgram } from './program.ts'
import type { SpecDefaults } from './program.ts'
import { choiceOf, readFields } from './read-fields.ts'
import type { GivenFields } from './read-fields.ts'
import type { ShortFormField, ValueType } from './short-form-field.ts'
import { shortFormWordFor } from './short-form-words.ts'

/** True for a document that has the short form's own fields, or none of those that a Kubernetes object has. */
export function isShortForm(root: SourceMap): boolean {
  const has = (name: string): boolean => root.fields.has(name)
  if (has('main') || has('sql')) return !(has('apiVersion') && has('kind'))
  return !['apiVersion', 'kind', 'metadata', 'spec'].some(has)
}

/**
 * The job that a document of the short form describes. `defaults` are what will lie under it: they may hold the version of
 * Spark and the program that runs SQL. Never throws; errors of shape are findings with paths of the author's document.
 */
export function parseShortForm(root: SourceMap, findings: FindingCollector, defaults: SpecDefaults = {}): JobDocument {
  const given = readFields(root, findings)
  const executors = root.fields.has('executor') ? 'executor' : 'executors'
  const tree = makeJobTree(root, containersOf(given, executors))
  tree.putJson('apiVersion', root, API_VERSION)
  tree.putJson('kind', root, KIND)
  for (const place of ['metadata', 'spec.driver', 'spec.executor', 'options']) tree.mapAt(place)
  for (const field of shortFormFields) putField(tree, field, given)
  putProfiles(tree, given, defaults)
  putProgram(tree, root, given, defaults, findings)
  putExecutors(tree, given)
  putRestartPolicy(tree, given)
  putEnvironment(tree, given)
  putScratch(tree, given)
  const options = takeOut(tree, 'options')
  const schedule = given.has('schedule') ? takeOut(tree, 'schedule') : undefined
  checkCron(given, findings)
  return {
    root: tree.root,
    options,
    ...(schedule !== undefined && { schedule }),
    wordFor: path => shortFormWordFor(path, executors),
  }
}

/** What the author's document has for the objects of the tree. */
function containersOf(given: GivenFields, executors: string): ReadonlyMap<string, Container> {
  const container = (place: string, field: string, origin = field): readonly [string, Container] => [
    place,
    { origin, node: given.get(field) },
  ]
  return new Map([
    container('spec.driver', 'driver'),
    container('spec.executor', 'executors', executors),
    container('spec.dynamicAllocation', 'executors', executors),
    container('spec.restartPolicy', 'retry'),
    container('options.deadlines', 'deadlines'),
    container('schedule', 'schedule'),
  ])
}

function putField(tree: JobTree, field: ShortFormField, given: GivenFields): void {
  const node = given.get(field.path)
  if (node === undefined || (node.kind === 'map' && field.holds.includes('object'))) return
  const choice = choiceOf(field, node)
  for (const place of field.to ?? []) {
    if (choice !== undefined) tree.putJson(place, node, choice)
    else tree.put(place, node, field.holds.some(type => takenAsText.has(type)) ? asText : undefined)
  }
}

function checkCron(given: GivenFields, findings: FindingCollector): void {
  const schedule = given.get('schedule')
  if (schedule?.kind !== 'map' || schedule.fields.has('cron')) return
  const hints = { path: 'schedule.cron', suggestion: 'cron: "0 6 * * *"' }
  findings.error(schedule, 'required-field', 'A schedule needs its times.', hints)
}

const takenAsText: ReadonlySet<ValueType> = new Set<ValueType>(['arguments', 'variables', 'settings'])

const asText = (scalar: SourceScalar['scalar']): SourceScalar['scalar'] => (scalar === null ? null : String(scalar))

/** A part of the tree that is a tree of its own in a JobDocument. */
function takeOut(tree: JobTree, place: 'options' | 'schedule'): SourceMap {
  const map = tree.mapAt(place)
  tree.root.fields.delete(place)
  return map
}
