/**
 * Things that may stand only once: names of volumes, mount paths, containers, ports. Kubernetes refuses the pod (errors
 * here), or lets the last one win without a word (warnings).
 */
import type { FindingCollector } from '../findings/finding-collector.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, toJson } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'

/** Reports every second one of a kind. */
export function checkDuplicates(spec: SourceMap, findings: FindingCollector): void {
  for (const kind of kinds) {
    for (const owner of kind.within === undefined ? [spec] : selectNodes(spec, kind.within)) {
      const seen = new Set<string>(kind.taken)
      for (const node of kind.of.flatMap(pattern => selectNodes(owner, pattern))) {
        const identity = identityOf(node, kind.by)
        if (identity === undefined) continue
        if (seen.has(identity)) report(node, kind, findings)
        seen.add(identity)
      }
    }
  }
}

interface Kind {
  /** What may hold such a thing only once: a pattern from `spec`. Absent: `spec` itself. */
  readonly within?: string
  /** The things, as patterns from there. */
  readonly of: readonly string[]
  /** The fields that make two of them the same; the first is where the finding points. None: the whole value. */
  readonly by: readonly string[]
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** Identities that Spark takes itself. */
  readonly taken?: readonly string[]
}

const pods = '{driver,executor}'
const containers = `${pods}.{initContainers,sidecars}[]`

const kinds: readonly Kind[] = [
  {
    of: ['volumes[]'],
    by: ['name'],
    severity: 'error',
    message: 'There is another volume of this name.',
  },
  {
    within: pods,
    of: ['volumeMounts[]'],
    by: ['mountPath'],
    severity: 'error',
    message: 'Something else is mounted at this path.',
  },
  {
    within: containers,
    of: ['volumeMounts[]'],
    by: ['mountPath'],
    severity: 'error',
    message: 'Something else is mounted at this path.',
  },
  {
    within: pods,
    of: ['{initContainers,sidecars}[]'],
    by: ['name'],
    severity: 'error',
    message: 'There is another container of this name.',
    taken: ['"spark-kubernetes-driver"', '"spark-kubernetes-executor"'],
  },
  {
    within: pods,
    of: ['ports[]'],
    by: ['name'],
    severity: 'error',
    message: 'There is another port of this name.',
  },
  {
    within: pods,
    of: ['ports[]'],
    by: ['containerPort', 'protocol'],
    severity: 'warning',
    message: 'There is another port of this number.',
  },
  {
    within: pods,
    of: ['env[]'],
    by: ['name'],
    severity: 'warning',
    message: 'There is another variable of this name; the last one holds.',
  },
  {
    within: containers,
    of: ['env[]'],
    by: ['name'],
    severity: 'warning',
    message: 'There is another variable of this name; the last one holds.',
  },
  {
    within: pods,
    of: ['tolerations[]'],
    by: [],
    severity: 'warning',
    message: 'This stands here twice.',
  },
  {
    of: ['driverIngressOptions[]'],
    by: ['servicePort'],
    severity: 'error',
    message: 'There is another service of this port; the operator refuses it.',
  },
]

/** A text that is equal for two of a kind; undefined for one without the field that matters. */
function identityOf(node: SourceNode, by: readonly string[]): string | undefined {
  if (by.length === 0) return JSON.stringify(toJson(node))
  const first = fieldAt(node, by[0] ?? '')
  if (first === undefined) return undefined
  return by.map(name => JSON.stringify(fieldAt(node, name)?.kind === 'scalar' ? valueOf(node, name) : null)).join(' ')
}

function valueOf(node: SourceNode, name: string): unknown {
  const field = fieldAt(node, name)
  const value = field?.kind === 'scalar' ? field.scalar : undefined
  // `/data/` and `/data` are one place.
  return typeof value === 'string' && name === 'mountPath' ? value.replace(/(?<=.)\/$/, '') : value
}

function report(node: SourceNode, kind: Kind, findings: FindingCollector): void {
  const field = fieldAt(node, kind.by[0] ?? '') ?? node
  const report = kind.severity === 'error' ? findings.error : findings.warning
  report(field, 'duplicate-name', kind.message, { at: 'value' })
}
