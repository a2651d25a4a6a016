/**
 * Fields that the gateway decides itself: accepted, so that files people have go through as they are, and left out
 * with a finding that says what holds instead.
 */
import type { JsonValue, SpecContext, SpecRetry } from '../canonical-spec.ts'
import type { FindingCollector } from '../findings/finding-collector.ts'
import { selectNodes } from '../document/path-pattern.ts'
import { fieldAt, isNull, numberOf, textOf } from '../document/source-node.ts'
import type { SourceMap, SourceNode } from '../document/source-node.ts'

/** Notes what is left out or replaced; `changes` is what the canonical spec is built with. */
export function rewriteGatewayFields(
  spec: SourceMap,
  context: SpecContext,
  findings: FindingCollector,
  changes: Map<SourceNode, JsonValue | undefined>,
): void {
  for (const { where, rule, message } of leftOut) {
    for (const node of selectNodes(spec, where)) {
      changes.set(node, undefined)
      if (message !== undefined && !isNull(node)) findings.rewritten(node, rule, message)
    }
  }
  for (const node of selectNodes(spec, '{driver,executor}.serviceAccount')) {
    changes.set(node, undefined)
    if (isNull(node) || textOf(node) === context.serviceAccount) continue
    const message = `Pods run as the service account of their team, "${context.serviceAccount}".`
    findings.rewritten(node, 'service-account-of-team', message, { suggestion: context.serviceAccount })
  }
  for (const node of gatewaySettings(spec)) {
    changes.set(node, undefined)
    findings.rewritten(node, 'setting-left-out', settingsLeftOut.get(String(node.key)) ?? '')
  }
  if (context.policy.images.pullPolicy === 'always') rewritePullPolicy(spec, findings, changes)
}

const names = 'Pods are named by the gateway: the operator would delete any pod of the name given here.'
const dead = 'The operator reads this field nowhere; it is left out.'
const leftOut: readonly { readonly where: string; readonly rule: string; readonly message?: string }[] = [
  { where: 'mode', rule: 'mode-of-gateway' },
  { where: 'driver.podName', rule: 'pod-name-left-out', message: names },
  {
    where: 'restartPolicy',
    rule: 'retries-by-gateway',
    message: 'The gateway repeats failed runs itself, each as an application of its own; the object says Never.',
  },
  {
    where: 'timeToLiveSeconds',
    rule: 'time-to-live-of-gateway',
    message: 'The gateway sets how long the object stays, so that its end is always seen.',
  },
  {
    where: 'suspend',
    rule: 'suspend-left-out',
    message: 'A submitted job runs; to hold it back, submit it later or cancel it.',
  },
  { where: 'failureRetries', rule: 'dead-field', message: `${dead} Use restartPolicy.` },
  { where: 'retryInterval', rule: 'dead-field', message: `${dead} Use restartPolicy.` },
]

const timeouts = 'The platform sets the time-outs of submission; a long one would block the operator for all.'
const UPLOAD_PATH = 'spark.kubernetes.file.upload.path'
const settingsLeftOut: ReadonlyMap<string, string> = new Map([
  [UPLOAD_PATH, 'No file of this job lies on the machine that submits it: nothing would be uploaded there.'],
  ['spark.kubernetes.driver.pod.name', names],
  ['spark.kubernetes.executor.podNamePrefix', 'Pods are named by the gateway; equal prefixes would collide.'],
  ['spark.kubernetes.driver.resourceNamePrefix', 'Pods are named by the gateway; equal prefixes would collide.'],
  ['spark.kubernetes.submission.connectionTimeout', timeouts],
  ['spark.kubernetes.submission.requestTimeout', timeouts],
])

/** Settings of `spec.sparkConf` that the gateway takes over: the policy does not look at them. */
export function gatewaySettings(spec: SourceMap): ReadonlySet<SourceNode> {
  const sparkConf = fieldAt(spec, 'sparkConf')
  const keys = [...settingsLeftOut.keys()].filter(key => key !== UPLOAD_PATH || !hasLocalFile(spec))
  const nodes = keys.map(key => fieldAt(sparkConf, key))
  return new Set(nodes.filter(node => node !== undefined))
}

/** True where a file has no place, or `file:` as its place: with an upload path the operator would send its own. */
function hasLocalFile(spec: SourceMap): boolean {
  const lists = selectNodes(spec, 'sparkConf.*').filter(({ key }) => fileLists.has(String(key)))
  const files = ['mainApplicationFile', 'deps.{jars,files,pyFiles,archives}[]'].flatMap(each => selectNodes(spec, each))
  const names = [...lists, ...files].flatMap(node => (textOf(node) ?? '').split(',').map(name => name.trim()))
  return names.some(name => !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(name) || /^file:/i.test(name))
}
const fileLists = new Set(['spark.jars', 'spark.files', 'spark.archives', 'spark.submit.pyFiles'])

/** A node keeps images that other teams pulled; only `Always` checks that this team may. What nobody said is said here. */
function rewritePullPolicy(
  spec: SourceMap,
  findings: FindingCollector,
  changes: Map<SourceNode, JsonValue | undefined>,
): void {
  const holders = ['initContainers[]', 'sidecars[]', 'template.spec.{initContainers,containers}[]']
    .flatMap(place => selectNodes(spec, `{driver,executor}.${place}`))
    .concat(spec)
  for (const holder of holders) {
    if (holder.kind !== 'map') continue
    const node = holder.fields.get('imagePullPolicy')
    if (textOf(node) === 'Always') continue
    if (node === undefined || isNull(node)) {
      const { keyOffset, offset } = holder
      const place = { parent: holder, key: 'imagePullPolicy', keyOffset, offset, layer: 'enforced' }
      holder.fields.set('imagePullPolicy', { ...place, kind: 'scalar', scalar: 'Always' })
      continue
    }
    changes.set(node, 'Always')
    const message = 'Images are always checked with their registry: nodes keep images of other teams.'
    findings.rewritten(node, 'pull-policy-always', message, { suggestion: 'Always' })
  }
}

/** Repeats for `restartPolicy.type: Always`, which has no end in the operator. */
const ALWAYS_RETRIES = 100

/** The author's `restartPolicy` in gateway terms; undefined where nothing was said. Call on a checked spec. */
export function readRetry(spec: SourceMap, findings: FindingCollector): SpecRetry | undefined {
  const policy = fieldAt(spec, 'restartPolicy')
  if (policy?.kind !== 'map' || policy.fields.size === 0) return undefined
  const type = textOf(policy.fields.get('type')) ?? 'Never'
  if (type === 'Never') return { onFailure: 0 }
  const always = type === 'Always'
  if (always) {
    const message = `A run that ends well is not repeated; a failed one is, at most ${ALWAYS_RETRIES} times.`
    findings.rewritten(policy, 'restart-always', message, { path: 'spec.restartPolicy.type', allowed: 'OnFailure' })
  }
  const count = (name: string): number | undefined => numberOf(policy.fields.get(name))
  const interval = count('onFailureRetryInterval')
  const submission = count('onSubmissionFailureRetries')
  const submissionInterval = count('onSubmissionFailureRetryInterval')
  return {
    onFailure: always ? ALWAYS_RETRIES : (count('onFailureRetries') ?? 0),
    ...(interval !== undefined && { onFailureIntervalSeconds: interval }),
    ...(submission !== undefined && { onSubmissionFailure: submission }),
    ...(submissionInterval !== undefined && { onSubmissionFailureIntervalSeconds: submissionInterval }),
  }
}
