/** Reads documents of the short form all the way to a canonical spec, for the tests of the format and of conversion. */
import { readdirSync, readFileSync } from 'node:fs'
import { canonicalJson, sha256Hex } from '../../../shared/domain/job-spec/canonical-json.ts'
import type { CanonicalSpec, JsonObject, SpecContext } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { checkJobDocument } from '../../../shared/domain/job-spec/check-job-document.ts'
import { parseDocuments } from '../../../shared/domain/job-spec/document/parse-documents.ts'
import { toJsonObject, type SourceMap } from '../../../shared/domain/job-spec/document/source-node.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import type { JobDocument } from '../../../shared/domain/job-spec/job-document.ts'
import { builtInProfiles } from '../../../shared/domain/job-spec/layers/built-in-profiles.ts'
import { parseShortForm } from '../../../shared/domain/job-spec/short-form/parse-short-form.ts'
import { makeContext } from './spec-documents.ts'

/** A platform with the shipped profiles and one for SQL. */
export function makePlatformContext(): SpecContext {
  const sql = {
    summary: 'Runs SQL.',
    spec: { image: 'registry.example.com/spark-sql:4.0.4', mainApplicationFile: 'local:///opt/sparkgate/run_sql.py' },
  }
  return { ...makeContext('open'), profiles: { ...builtInProfiles(), sql } }
}

/** The root of a text that is one object. */
export function rootOf(text: string): SourceMap {
  const root = parseDocuments(text, undefined)[0]?.root
  if (root?.kind !== 'map') throw new Error(`no object: ${text}`)
  return root
}

/** A translated document before anything is laid under it, with what the translation said. */
export interface Translated {
  readonly job: JobDocument
  readonly metadata: JsonObject
  readonly spec: JsonObject
  readonly options: JsonObject
  readonly findings: readonly Finding[]
}

export function translate(document: unknown, context: Partial<SpecContext> = {}): Translated {
  const text = textOf(document)
  const findings = makeFindingCollector(text)
  const job = parseShortForm(rootOf(text), findings, context)
  const { metadata, spec } = toJsonObject(job.root) as Record<string, JsonObject>
  return { job, metadata: metadata!, spec: spec!, options: toJsonObject(job.options), findings: findings.findings() }
}

/** A document with every check done. */
export interface Checked {
  readonly findings: readonly Finding[]
  readonly merged: SourceMap
  /** Throws where the document was refused. */
  spec(): CanonicalSpec
  specHash(): string
}

export function check(document: unknown, context = makePlatformContext()): Checked {
  const text = textOf(document)
  const job: { document?: JobDocument } = {}
  const findings = makeFindingCollector(text, path => job.document?.wordFor?.(path))
  job.document = parseShortForm(rootOf(text), findings, context)
  const { spec, merged } = checkJobDocument(job.document, context, findings)
  const accepted = (): CanonicalSpec => {
    const errors = findings.findings().filter(({ severity }) => severity === 'error')
    if (spec === undefined || errors.length > 0) throw new Error(`refused: ${JSON.stringify(errors)}`)
    return spec
  }
  return {
    findings: findings.findings(),
    merged: merged!,
    spec: accepted,
    specHash: () => sha256Hex(canonicalJson(accepted() as unknown as JsonObject)),
  }
}

/** The sample documents of the short form, by file name. */
export function shortFormSamples(): readonly (readonly [file: string, text: string])[] {
  const files = readdirSync('events/specs').filter(file => /^short-form.*\.yaml$/.test(file))
  return files.map(file => [file, readFileSync(`events/specs/${file}`, 'utf8')])
}

const textOf = (document: unknown): string => (typeof document === 'string' ? document : JSON.stringify(document))
