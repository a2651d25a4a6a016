import { describe, expect, test } from 'vitest'
import type { SpecContext, SpecVerdict } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { parseJobSpec } from '../../../shared/domain/job-spec/parse-job-spec.ts'
import { resolvePolicy } from '../../../shared/domain/job-spec/policy/resolve-policy.ts'
import { errorsOf, makeContext, makeDocument, withValue, type Steps } from './spec-documents.ts'

const prefix = 'spark.kubernetes.executor.volumes.hostPath.spark-local-dir-1'
const profiles = {
  'local-nvme': {
    summary: 'Scratch on the disks of the node.',
    spec: {
      sparkConf: { [`${prefix}.mount.path`]: '/data', [`${prefix}.options.path`]: '/mnt/k8s-disks/0' },
      executor: { nodeSelector: { pool: 'nvme' } },
    },
  },
  gpu: { summary: 'GPU nodes.', spec: { executor: { tolerations: [{ key: 'gpu', operator: 'Exists' }] } } },
}

const contextWith = (names: string[]): SpecContext => ({
  ...makeContext(resolvePolicy({ extends: 'strict', gateway: { profiles: names } }, {})),
  profiles,
})

function parse(changes: readonly (readonly [Steps, unknown])[], context: SpecContext): SpecVerdict {
  const document = changes.reduce((made, [steps, value]) => withValue(made, steps, value), makeDocument())
  return parseJobSpec({ bytes: new TextEncoder().encode(JSON.stringify(document)) }, context)
}

const disk = [['spec', 'volumes', 0], { name: 'scratch', hostPath: { path: '/mnt/k8s-disks/0' } }] as const
const named = [['metadata', 'annotations'], { 'sparkgate.dev/profiles': 'local-nvme' }] as const

describe('a refusal', () => {
  test('names the profiles that give what was asked for', () => {
    const errors = errorsOf(parse([disk], contextWith(['*'])))
    expect(errors).toMatchObject([{ rule: 'policy-volume', allowed: expect.stringContaining('profile local-nvme') }])
    const selector = [['spec', 'executor', 'nodeSelector'], { pool: 'nvme' }] as const
    expect(errorsOf(parse([selector], contextWith(['*'])))[0]?.allowed).toContain('local-nvme')
  })

  test('names no profile that the team may not use', () => {
    expect(errorsOf(parse([disk], contextWith(['gpu'])))[0]?.allowed).not.toContain('local-nvme')
  })
})

describe('what a profile gives', () => {
  test('is not held against the policy', () => {
    expect(errorsOf(parse([named], contextWith(['*'])))).toEqual([])
  })

  test('opens nothing for values of the request beside it', () => {
    const errors = errorsOf(
      parse([named, [['spec', 'sparkConf', `${prefix}.options.path`], '/etc']], contextWith(['*'])),
    )
    expect(errors).toMatchObject([{ rule: 'policy-volume', path: `spec.sparkConf["${prefix}.options.path"]` }])
    const more = [['spec', 'executor', 'nodeSelector'], { pool: 'system' }] as const
    expect(errorsOf(parse([named, more], contextWith(['*'])))).toMatchObject([{ rule: 'policy-placement' }])
  })
})
