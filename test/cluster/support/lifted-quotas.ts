/**
 * Room for more pods than the quotas of ../shared/cluster allow, while the tests run side by side. Each quota stays, with larger numbers
 * and its own in an annotation: one patch each way, so that a run that was killed leaves nothing that the next one cannot undo.
 */
import { kubectlMust } from './kubectl.ts'

const OWN_NUMBERS = 'sparkgate.dev/own-numbers'
/** Fits pods and cores as well as bytes. */
const PLENTY = '1000000000000'

type Numbers = Readonly<Record<string, string>>
interface Quota {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly hard: Numbers }
}

/** In every namespace. */
export function liftQuotas(): void {
  restoreQuotas()
  for (const quota of quotas()) {
    const plenty = Object.fromEntries(Object.keys(quota.spec.hard).map(name => [name, PLENTY]))
    patch(quota, JSON.stringify(quota.spec.hard), plenty)
  }
}

/** Does nothing where none was lifted. */
export function restoreQuotas(): void {
  for (const quota of quotas()) {
    const own = quota.metadata.annotations?.[OWN_NUMBERS]
    if (own !== undefined) patch(quota, null, JSON.parse(own) as Numbers)
  }
}

const quotas = (): readonly Quota[] =>
  (JSON.parse(kubectlMust('get', 'resourcequotas', '--all-namespaces', '-o', 'json')) as { items: Quota[] }).items

function patch({ metadata: { name, namespace } }: Quota, own: string | null, hard: Numbers): void {
  const change = { metadata: { annotations: { [OWN_NUMBERS]: own } }, spec: { hard } }
  kubectlMust('patch', 'resourcequota', name, '-n', namespace, '--type=merge', '-p', JSON.stringify(change))
}
