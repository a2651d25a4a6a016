import { describe, expect, test } from 'vitest'
import type { SpecLayer } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { parseDocument } from './spec-documents.ts'
import { fieldAt } from '../../../shared/domain/job-spec/document/source-node.ts'
import type { SourceMap } from '../../../shared/domain/job-spec/document/source-node.ts'
import { makeFindingCollector } from '../../../shared/domain/job-spec/findings/finding-collector.ts'
import { enforceLayer } from '../../../shared/domain/job-spec/layers/enforce-layer.ts'
import { explainLayers } from '../../../shared/domain/job-spec/layers/explain-layers.ts'
import { mergeLayers } from '../../../shared/domain/job-spec/layers/merge-layers.ts'

const text = `spec:
  type: Python
  sparkConf:
    spark.sql.shuffle.partitions: "200"
  driver:
    memory: null
    env:
      - name: A
        value: b
  arguments: []
`
const layers: readonly SpecLayer[] = [
  { name: 'gateway', spec: { driver: { memory: '2g', cores: 1 } } },
  { name: 'team payments', spec: { driver: { env: [{ name: 'STAGE', value: 'prod' }] } } },
]

function mergedOf(source: string): SourceMap {
  const spec = fieldAt(parseDocument(source, 'yaml').root, 'spec')
  if (spec?.kind !== 'map') throw new Error('no spec')
  return mergeLayers(spec, layers)
}

describe('the explanation of a merged spec', () => {
  test('names the giver of each value, in order, with the line of those that the author wrote', () => {
    const values = explainLayers(mergedOf(text), text)
    expect(values.map(({ path, value, from, line }) => [path, value, from, line])).toEqual([
      ['spec.type', 'Python', 'request', 2],
      ['spec.sparkConf["spark.sql.shuffle.partitions"]', '200', 'request', 4],
      ['spec.driver.memory', null, 'request', 6],
      ['spec.driver.env[0].name', 'STAGE', 'team payments', undefined],
      ['spec.driver.env[0].value', 'prod', 'team payments', undefined],
      ['spec.driver.env[1].name', 'A', 'request', 8],
      ['spec.driver.env[1].value', 'b', 'request', 9],
      ['spec.driver.cores', 1, 'gateway', undefined],
      ['spec.arguments', [], 'request', 10],
    ])
  })

  test("says the author's own place where it is another", () => {
    const values = explainLayers(mergedOf(text))
    const written = values.filter(({ writtenAs }) => writtenAs !== undefined)
    expect(written.map(({ path, writtenAs }) => [path, writtenAs])).toEqual([
      ['spec.driver.env[1].name', 'spec.driver.env[0].name'],
      ['spec.driver.env[1].value', 'spec.driver.env[0].value'],
    ])
    expect(values.every(({ line }) => line === undefined)).toBe(true)
  })

  test('names what is enforced', () => {
    const enforced = { name: 'enforced', spec: { driver: { cores: 2 } } }
    const spec = enforceLayer(mergedOf(text), enforced, makeFindingCollector(text))
    expect(explainLayers(spec)).toContainEqual({ path: 'spec.driver.cores', value: 2, from: 'enforced' })
  })
})
