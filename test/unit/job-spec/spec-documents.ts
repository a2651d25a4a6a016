/** Small documents for the tests of specs, and shortcuts to what the checks said about them. */
import type { PolicyLevel, SpecContext, SpecVerdict } from '../../../shared/domain/job-spec/canonical-spec.ts'
import type { Finding } from '../../../shared/domain/job-spec/findings/finding.ts'
import { builtInPolicies } from '../../../shared/domain/job-spec/policy/built-in-policies.ts'
import type { Policy } from '../../../shared/domain/job-spec/policy/policy-schema.ts'
import { parseDocuments } from '../../../shared/domain/job-spec/document/parse-documents.ts'
import type { ParsedDocument } from '../../../shared/domain/job-spec/document/document-builder.ts'
import { parseJobSpec } from '../../../shared/domain/job-spec/parse-job-spec.ts'

/** A place in a document: field names and list indexes from the root. */
export type Steps = readonly (string | number)[]

export function makeContext(policy: PolicyLevel | Policy = 'open'): SpecContext {
  return {
    team: 'payments',
    policy: typeof policy === 'string' ? builtInPolicies[policy] : policy,
    namespace: 'team-payments',
    serviceAccount: 'spark-payments',
  }
}

/** A document that both policies accept without errors. */
export function makeDocument(): Record<string, unknown> {
  return {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: 'daily-report', labels: { 'example.com/owner': 'data' } },
    spec: {
      type: 'Python',
      mode: 'cluster',
      sparkVersion: '4.0.1',
      image: 'registry.example.com/spark:4.0.1',
      mainApplicationFile: 's3a://payments-code/jobs/report.py',
      arguments: ['--day', '2026-01-01'],
      sparkConf: { 'spark.sql.shuffle.partitions': '200' },
      hadoopConf: { 'fs.s3a.connection.maximum': '100' },
      deps: { jars: ['s3a://payments-code/lib/a.jar'], pyFiles: ['local:///opt/lib/b.zip'] },
      volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '10Gi' } }],
      dynamicAllocation: { enabled: true, minExecutors: 1, initialExecutors: 2, maxExecutors: 8 },
      driver: {
        cores: 1,
        coreLimit: '1200m',
        memory: '2g',
        labels: { version: '4.0.1' },
        annotations: { 'prometheus.io/scrape': 'true' },
        env: [{ name: 'STAGE', value: 'prod' }],
        volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        securityContext: { runAsUser: 185, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
      },
      executor: {
        instances: 2,
        cores: 2,
        memory: '4g',
        memoryOverhead: '1g',
        gpu: { name: 'nvidia.com/gpu', quantity: 1 },
      },
    },
  }
}

/** A copy of a document with the value at a place replaced (`undefined`: left out). Missing objects are made. */
export function withValue(document: unknown, steps: Steps, value: unknown): Record<string, unknown> {
  const copy = structuredClone(document) as Record<string, unknown>
  let at = copy as Record<string | number, unknown>
  for (const step of steps.slice(0, -1)) {
    at[step] ??= {}
    at = at[step] as Record<string | number, unknown>
  }
  const last = steps.at(-1) ?? ''
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

export function parseText(text: string, policy: PolicyLevel | Policy = 'open'): SpecVerdict {
  return parseJobSpec({ bytes: new TextEncoder().encode(text) }, makeContext(policy))
}

export function parseValue(document: unknown, policy: PolicyLevel | Policy = 'open'): SpecVerdict {
  return parseText(JSON.stringify(document), policy)
}

export function errorsOf(verdict: SpecVerdict): readonly Finding[] {
  return verdict.findings.filter(finding => finding.severity === 'error')
}

export function rulesOf(verdict: SpecVerdict, severity: Finding['severity'] = 'error'): readonly string[] {
  return verdict.findings.filter(finding => finding.severity === severity).map(finding => finding.rule)
}

/** The first document of a text, for tests of one check. */
export function parseDocument(text: string, contentType?: 'json' | 'yaml'): ParsedDocument {
  const [document] = parseDocuments(text, contentType)
  if (document === undefined) throw new Error('the text is empty')
  return document
}
