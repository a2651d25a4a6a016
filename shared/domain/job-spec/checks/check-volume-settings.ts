/**
 * Volumes that are made by settings: `spark.kubernetes.executor.volumes.emptyDir.scratch.mount.path`. Spark puts each together
 * from several keys, and refuses to start when one is missing (KubernetesVolumeUtils of Spark 4.0.4).
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { fieldAt, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { closestWord } from './closest-word.ts'
import { isDns1123, parseQuantity, suggestQuantity } from './kubernetes-formats.ts'

/** Checks every volume of the settings as a whole, and the form of its parts. */
export function checkVolumeSettings(spec: SourceMap, findings: FindingCollector): void {
  const sparkConf = fieldAt(spec, 'sparkConf')
  if (sparkConf?.kind !== 'map') return
  const volumes = new Map<string, SourceNode>()
  for (const [key, node] of sparkConf.fields) {
    const [, prefix, type, name, part] = volumeKey.exec(key) ?? []
    if (prefix === undefined || type === undefined || name === undefined || part === undefined) continue
    if (!volumes.has(prefix)) {
      volumes.set(prefix, node)
      checkVolume(sparkConf, { prefix, type, name, node }, findings)
    }
    checkPart(node, part, findings)
  }
}

const volumeKey = /^(spark\.kubernetes\.(?:driver|executor)\.volumes\.([^.]+)\.([^.]+))\.(.+)$/

/** What each type of volume needs beside `mount.path`. */
const neededParts: Readonly<Record<string, readonly string[]>> = {
  emptyDir: [],
  hostPath: ['options.path'],
  persistentVolumeClaim: ['options.claimName'],
  nfs: ['options.server', 'options.path'],
}

interface VolumeSettings {
  readonly prefix: string
  readonly type: string
  readonly name: string
  /** The first of its settings. */
  readonly node: SourceNode
}

function checkVolume(sparkConf: SourceMap, volume: VolumeSettings, findings: FindingCollector): void {
  const { prefix, type, name, node } = volume
  const needed = Object.hasOwn(neededParts, type) ? neededParts[type] : undefined
  if (needed === undefined) {
    const types = Object.keys(neededParts)
    const hints = { allowed: types.join(', '), suggestion: closestWord(type, types) }
    return findings.error(node, 'volume-setting-type', 'Spark knows no volume of this type.', hints)
  }
  if (!isDns1123(name)) {
    const allowed = 'at most 63 lower-case letters, digits and -'
    findings.error(node, 'name-format', 'The name of the volume in this key is no Kubernetes name.', { allowed })
  }
  const missing = ['mount.path', ...needed].filter(part => !sparkConf.fields.has(`${prefix}.${part}`))
  if (missing.length === 0) return
  const message = `Spark refuses to start: the volume "${name}" lacks ${missing.join(' and ')}.`
  findings.error(node, 'volume-setting-incomplete', message, { allowed: `${prefix}.${missing[0]}` })
}

function checkPart(node: SourceNode, part: string, findings: FindingCollector): void {
  const text = textOf(node)
  if (text === undefined) return
  if (part === 'mount.path' && !/^\/[^:,\s]*$/.test(text)) {
    findings.error(node, 'mount-path-format', 'This is not an absolute path.', { allowed: '/data', at: 'value' })
  } else if (part === 'mount.readOnly' && !/^(true|false)$/i.test(text)) {
    const message = 'Spark cannot read this value of the setting.'
    findings.error(node, 'spark-conf-value', message, { allowed: 'true, false', at: 'value' })
  } else if (part === 'options.sizeLimit' && parseQuantity(text) === undefined) {
    const hints = { allowed: '10Gi, 500Mi', suggestion: suggestQuantity(text), at: 'value' } as const
    findings.error(node, 'quantity-format', 'This is not a quantity as Kubernetes writes it.', hints)
  }
}
