/** One known mistake as a row of a table, and what rows read a spec with. */
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'

/** A mistake that no check refuses, because the job may run all the same. */
export interface AdviceRow {
  /** Stable: people write it into filters. */
  readonly id: string
  /** Where the advice comes from, for who doubts it. */
  readonly source: string
  /** When it is given, in a phrase. */
  readonly when: string
  /** Why it matters, in one or two sentences. */
  readonly message: string
  /** The remedy. */
  readonly allowed: string
  /** The places in a checked `spec` (of a SparkApplication) that it speaks of; none: it does not apply. */
  readonly find: (spec: SourceMap) => readonly AdvicePlace[]
}

/** Where a warning points. */
export interface AdvicePlace {
  readonly node: SourceNode
  /** For a field that is not there: its path in a SparkApplication. */
  readonly path?: string
  readonly suggestion?: string
}

/** Nothing to say. */
export const nowhere: readonly AdvicePlace[] = []

/** The place of a value; nowhere for an absent one. */
export function at(node: SourceNode | undefined): readonly AdvicePlace[] {
  return node === undefined ? nowhere : [{ node }]
}

/** The place of a missing field of `spec`, told at the nearest object that the author wrote himself. */
export function missing(spec: SourceMap, ...names: readonly string[]): readonly AdvicePlace[] {
  let owner = spec
  for (const name of names.slice(0, -1)) {
    const below = owner.fields.get(name)
    if (below?.kind !== 'map' || below.layer !== undefined) break
    owner = below
  }
  const path = ['spec', ...names.map(name => (name.includes('.') ? `["${name}"]` : `.${name}`))].join('')
  return [{ node: owner, path }]
}

/** A setting of `sparkConf`. */
export function setting(spec: SourceMap, key: string): SourceNode | undefined {
  return fieldAt(spec, 'sparkConf', key)
}

/** A setting of Hadoop, from either place. */
export function hadoopSetting(spec: SourceMap, key: string): SourceNode | undefined {
  return setting(spec, `spark.hadoop.${key}`) ?? fieldAt(spec, 'hadoopConf', key)
}

/** All settings with their keys. */
export function settings(spec: SourceMap): Iterable<readonly [string, SourceNode]> {
  const sparkConf = fieldAt(spec, 'sparkConf')
  return sparkConf?.kind === 'map' ? sparkConf.fields : []
}

/** True for `true`, as a value or as a setting's text. */
export function isOn(node: SourceNode | undefined): boolean {
  return node?.kind === 'scalar' && String(node.scalar).trim().toLowerCase() === 'true'
}

/** True for `false` that somebody wrote. */
export function isOff(node: SourceNode | undefined): boolean {
  return node?.kind === 'scalar' && String(node.scalar).trim().toLowerCase() === 'false'
}

/** Whether executors come and go with the work. */
export function isDynamic(spec: SourceMap): boolean {
  return isOn(fieldAt(spec, 'dynamicAllocation', 'enabled'))
}

/** The most executors that a job can have; undefined: no bound. */
export function mostExecutors(spec: SourceMap): number | undefined {
  if (isDynamic(spec)) return numberOf(fieldAt(spec, 'dynamicAllocation', 'maxExecutors'))
  return numberOf(fieldAt(spec, 'executor', 'instances')) ?? 1
}

/** Cores of one executor. */
export function executorCores(spec: SourceMap): number {
  return numberOf(fieldAt(spec, 'executor', 'cores')) ?? 1
}

/** `sparkVersion` as major × 1000 + minor (3.5 → 3005); undefined where it is none. */
export function sparkVersionNumber(spec: SourceMap): number | undefined {
  const match = /^([0-9]{1,2})\.([0-9]{1,3})/.exec(textOf(spec.fields.get('sparkVersion')) ?? '')
  return match === null ? undefined : Number(match[1]) * 1_000 + Number(match[2])
}

/** True for programs whose workers are processes beside the JVM. */
export function isOutsideJvm(spec: SourceMap): boolean {
  return ['Python', 'R'].includes(textOf(spec.fields.get('type')) ?? '')
}
