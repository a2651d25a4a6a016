/**
 * The highest layer where several teams share a cluster: every container of a job passes the Pod Security level `restricted`,
 * so that the namespace can demand it. The operator's webhook puts these contexts on the pods.
 */
import type { JsonObject, SpecLayer } from '../canonical-spec.ts'
import { fieldAt, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'
import type { SecurityLevel } from './gateway-defaults.ts'

/** The name of the layer that nothing of a request overrules. */
export const ENFORCED = 'enforced'

const container: JsonObject = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
}
const pod: JsonObject = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }

/**
 * What is enforced on this merged spec, for `enforceLayer`; an empty layer where the level is not `restricted`. The author's own user stays;
 * root is the policy's to refuse.
 */
export function enforcedSecurity(spec: SourceMap, { restricted }: SecurityLevel): SpecLayer {
  if (!restricted) return { name: ENFORCED, spec: {} }
  return {
    name: ENFORCED,
    spec: { driver: securePod(fieldAt(spec, 'driver')), executor: securePod(fieldAt(spec, 'executor')) },
  }
}

function securePod(role: SourceNode | undefined): JsonObject {
  const template = fieldAt(role, 'template', 'spec')
  return {
    podSecurityContext: pod,
    securityContext: container,
    ...secureContainers(role, ['initContainers', 'sidecars']),
    ...(template?.kind === 'map' && {
      template: { spec: { securityContext: pod, ...secureContainers(template, ['initContainers', 'containers']) } },
    }),
  }
}

/** The same for each further container, by its name; one without a name was refused before. */
function secureContainers(holder: SourceNode | undefined, lists: readonly string[]): JsonObject {
  const secured = lists.map(list => [list, namesIn(fieldAt(holder, list)).map(secureNamed)] as const)
  return Object.fromEntries(secured.filter(([, containers]) => containers.length > 0))
}

function namesIn(list: SourceNode | undefined): readonly string[] {
  if (list?.kind !== 'list') return []
  return list.items.map(item => textOf(fieldAt(item, 'name'))).filter(name => name !== undefined)
}

function secureNamed(name: string): JsonObject {
  return { name, securityContext: container }
}
