/**
 * Checks a layer of the platform file by itself, when it is deployed: else each author of a job would read the platform's mistakes.
 */
import type { SpecLayer } from '../canonical-spec.ts'
import { checkFormats } from '../checks/check-formats.ts'
import { checkRanges } from '../checks/check-ranges.ts'
import { checkSchema } from '../checks/check-schema.ts'
import { SPARK_APPLICATION_SPEC } from '../checks/spark-application-schema.generated.ts'
import type { SourceMap } from '../document/source-node.ts'
import { makeFindingCollector } from '../findings/finding-collector.ts'
import type { Finding } from '../findings/finding.ts'
import { layerTree } from './layer-tree.ts'
import { dropRemoved } from './merge-layers.ts'

/** The errors of one layer; paths begin with `spec`, messages end with the layer's name. What a request must have, a layer may lack. */
export function checkLayer(layer: SpecLayer): readonly Finding[] {
  const findings = makeFindingCollector('')
  const root: SourceMap = { kind: 'map', parent: undefined, key: undefined, keyOffset: 0, offset: 0, fields: new Map() }
  const spec = layerTree({ ...root, parent: root, key: 'spec', fields: new Map() }, layer)
  dropRemoved(spec)
  root.fields.set('spec', spec)
  checkSchema(spec, SPARK_APPLICATION_SPEC, findings, new Set())
  checkFormats(root, findings)
  checkRanges(root, findings)
  return findings.findings().filter(({ severity, rule, path }) => {
    return severity === 'error' && !(rule === 'required-field' && /^spec\.[A-Za-z]+$/.test(path))
  })
}
