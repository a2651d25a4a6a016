import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { format } from 'prettier'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { canonicalJson } from '../../../shared/domain/job-spec/canonical-json.ts'
import type { JsonObject, JsonValue } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { checkSchema } from '../../../shared/domain/job-spec/checks/check-schema.ts'
import { SPARK_APPLICATION_SPEC } from '../../../shared/domain/job-spec/checks/spark-application-schema.generated.ts'
import { parseDocument } from './spec-documents.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import { crdProblems, readCrdSchema } from '../../support/crd-schema.ts'
import { renderText, renderVerdict } from './golden-documents.ts'
import { makeDocument, parseValue } from './spec-documents.ts'

/** One document a feature, and beside it the object that is created for it. `npx vitest run -u` writes those anew: read the difference. */
const folder = new URL('golden/', import.meta.url)
const files = readdirSync(folder)
const names = files.filter(file => file.endsWith('.yaml')).map(file => file.replace('.yaml', ''))

function render(name: string): JsonObject {
  return renderText(readFileSync(new URL(`${name}.yaml`, folder), 'utf8'))
}

describe('rendered applications', () => {
  test('there is one for every feature', () => {
    expect(names.length).toBeGreaterThanOrEqual(20)
    expect(files.filter(file => file.endsWith('.json')).map(file => file.replace('.json', ''))).toEqual(names)
  })

  test.each(names)('%s: the object is the one that was reviewed', async name => {
    const text = await format(JSON.stringify(render(name)), { parser: 'json', printWidth: 120 })
    await expect(text).toMatchFileSnapshot(`golden/${name}.json`)
  })

  test.each(names)('%s: the object passes the CRD strictly', name => {
    const text = JSON.stringify(render(name)['spec'])
    const findings = makeFindingCollector(text)
    const { root } = parseDocument(text, 'json')
    if (root === undefined) throw new Error('no document')
    checkSchema(root, SPARK_APPLICATION_SPEC, findings, new Set())
    expect(findings.findings()).toEqual([])
  })

  test.each(names)('%s: the object is the same whatever order its author wrote in', name => {
    const document = parse(readFileSync(new URL(`${name}.yaml`, folder), 'utf8')) as JsonValue
    const reversed = renderText(JSON.stringify(reverseFields(document)))
    expect(canonicalJson(reversed)).toBe(canonicalJson(render(name)))
  })

  test('make pods of the level restricted where teams share a cluster', () => {
    const container = { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
    const pod = { runAsUser: 185, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }
    const both = { podSecurityContext: pod, securityContext: container }
    expect(renderVerdict(parseValue(makeDocument(), 'strict'))).toMatchObject({
      spec: { imagePullPolicy: 'Always', driver: both, executor: both },
    })
  })

  /** The operator's own CRD, where it lies beside the checkout; the test above holds the table that was made from it. */
  const crd = new URL('../../../../shared/crds/sparkoperator.k8s.io_sparkapplications.v2.5.2.yaml', import.meta.url)

  test('pass the CRD itself, which would refuse a mistake', () => {
    if (!existsSync(crd)) return expect(SPARK_APPLICATION_SPEC).toBeGreaterThan(0)
    const schema = readCrdSchema(readFileSync(crd, 'utf8'))
    const problems = names.flatMap(name => crdProblems(render(name), schema).map(problem => `${name} ${problem}`))
    expect(problems).toEqual([])
    expect(crdProblems(renderVerdict(parseValue(makeDocument(), 'strict')), schema)).toEqual([])
    const wrong = { spec: { driver: { cores: 0, memroy: '1g' }, executor: [], type: 'Ruby' }, metadata: {} }
    expect(crdProblems(wrong, schema)).toEqual([
      '$.spec.mainApplicationFile: missing',
      '$.spec.sparkVersion: missing',
      '$.spec.driver.cores: 0',
      '$.spec.driver.memroy: unknown',
      '$.spec.executor: not object',
      '$.spec.type: "Ruby"',
    ])
  })
})

function reverseFields(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(reverseFields)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, field]) => [key, reverseFields(field)] as const)
      .toReversed(),
  )
}
