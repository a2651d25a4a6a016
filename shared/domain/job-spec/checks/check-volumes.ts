/**
 * Volumes and what mounts them. The operator's webhook adds both to the pods; Kubernetes refuses a pod that mounts what is
 * not there, or a volume of no kind or of two.
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, isNull, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import { closestWord } from './closest-word.ts'

/** Checks volumes, mounts and the environment's sources. */
export function checkVolumes(spec: SourceMap, findings: FindingCollector): void {
  const mounted = new Set<string>()
  for (const role of ['driver', 'executor']) {
    const pod = spec.fields.get(role)
    if (pod?.kind !== 'map') continue
    const known = knownVolumes(spec, pod, role)
    for (const mount of selectNodes(pod, 'volumeMounts[].name')) {
      mounted.add(textOf(mount) ?? '')
      checkMount(mount, known, findings)
    }
    for (const mount of selectNodes(pod, '{initContainers,sidecars}[].volumeMounts[].name')) {
      mounted.add(textOf(mount) ?? '')
      // Spark adds volumes of its own, whose names begin so; containers may share them.
      if (textOf(mount)?.startsWith('spark-') !== true) checkMount(mount, known, findings)
    }
  }
  for (const volume of selectNodes(spec, 'volumes[]')) checkVolume(volume, mounted, findings)
}

/** Settings that give a pod a volume, with its role and name. */
const volumeSetting = /^spark\.kubernetes\.(driver|executor)\.volumes\.[A-Za-z]+\.([^.]+)\./
/** Names that one answer lists. */
const MAX_NAMES_LISTED = 20

function knownVolumes(spec: SourceMap, pod: SourceMap, role: string): ReadonlySet<string> {
  const volumes = selectNodes(spec, 'volumes[].name').concat(selectNodes(pod, 'template.spec.volumes[].name'))
  const known = new Set(volumes.map(textOf).filter(name => name !== undefined))
  const sparkConf = fieldAt(spec, 'sparkConf')
  for (const key of sparkConf?.kind === 'map' ? sparkConf.fields.keys() : []) {
    const [, settingRole, name] = volumeSetting.exec(key) ?? []
    if (settingRole === role && name !== undefined) known.add(name)
  }
  return known
}

function checkMount(mount: SourceNode, known: ReadonlySet<string>, findings: FindingCollector): void {
  const name = textOf(mount)
  if (name === undefined || known.has(name)) return
  findings.error(mount, 'unknown-volume', 'There is no volume of this name in spec.volumes.', () => ({
    allowed: known.size === 0 ? 'A volume under spec.volumes' : [...known].slice(0, MAX_NAMES_LISTED).join(', '),
    suggestion: closestWord(name, known),
    at: 'value',
  }))
}

function checkVolume(volume: SourceNode, mounted: ReadonlySet<string>, findings: FindingCollector): void {
  if (volume.kind !== 'map') return
  const sources = [...volume.fields].filter(([key, node]) => key !== 'name' && !isNull(node))
  if (sources.length !== 1) {
    const message =
      sources.length === 0 ? 'This volume says no kind of volume.' : 'This volume says several kinds at once.'
    const hints = { allowed: 'One of emptyDir, persistentVolumeClaim, configMap …', suggestion: 'emptyDir: {}' }
    findings.error(volume, 'volume-source', message, sources.length === 0 ? hints : { allowed: hints.allowed })
  }
  const name = textOf(volume.fields.get('name'))
  // Volumes with this prefix are Spark's scratch space without a mount of their own.
  if (name === undefined || mounted.has(name) || name.startsWith('spark-local-dir-')) return
  findings.warning(volume, 'unused-volume', 'Nothing mounts this volume.', {
    allowed: 'volumeMounts of driver or executor',
  })
}
