/**
 * Where pods run, who is served first, and what is open to the network.
 */
import { fieldAt, numberOf, textOf } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import { at, containers, pods, roles, templateMetadata, templatePods } from './pod-places.ts'
import type { PolicyRule } from './policy-rule.ts'

const byPlatform = 'No value; ask the platform team for a node pool'
const exposed = 'This would open the job to the network, or change how it is opened.'
const closed = "No value; the driver's UI is reached through the platform"
const keyOf = (node: SourceNode): string => String(node.key)

const labels = [
  'metadata.labels.*',
  ...at(roles, '{labels,serviceLabels}.*'),
  ...at(templateMetadata, 'labels.*'),
  'spec.sparkUIOptions.serviceLabels.*',
  'spec.driverIngressOptions[].serviceLabels.*',
]

/** The rules about nodes, queues, networks and names. */
export const placementRules: readonly PolicyRule[] = [
  {
    id: 'policy-placement',
    part: 'placement.nodeSelectors',
    where: ['spec.nodeSelector.*', ...at(pods, 'nodeSelector.*')],
    reads: node => `${node.key}=${textOf(node) ?? ''}`,
    message: 'Where pods run is decided by the platform; this could reach nodes of other teams.',
    instead: byPlatform,
  },
  {
    id: 'policy-placement',
    part: 'placement.affinity',
    where: [...at(pods, 'affinity'), ...at(templatePods, '{topologySpreadConstraints,nodeName}')],
    message: 'Where pods run is decided by the platform; this could reach nodes of other teams.',
    instead: byPlatform,
  },
  {
    id: 'policy-placement',
    part: 'placement.tolerations',
    where: at(pods, 'tolerations[]'),
    // Without a key everything is tolerated.
    reads: node => textOf(fieldAt(node, 'key')) ?? '',
    message: 'Taints keep pods of others away from nodes; this one is not for every team.',
    instead: byPlatform,
  },
  {
    id: 'policy-scheduling',
    part: 'placement.schedulers',
    where: ['spec.batchScheduler', ...at(pods, 'schedulerName')],
    message: 'Schedulers are chosen by the platform.',
    instead: 'No value',
  },
  {
    id: 'policy-scheduling',
    part: 'placement.priorityClasses',
    where: ['spec.batchSchedulerOptions.priorityClassName', ...at(pods, 'priorityClassName')],
    message: "A pod of a higher class ends other teams' pods.",
    instead: 'No value',
  },
  {
    id: 'policy-scheduling',
    part: 'placement.queues',
    where: ['spec.batchSchedulerOptions.{queue,resources}'],
    reads: node => textOf(node) ?? '',
    message: 'Queues hold the shares of teams.',
    instead: 'No value',
  },
  {
    id: 'policy-scheduling',
    part: 'placement.queues',
    where: [...labels, ...at(roles, 'annotations.*'), ...at(templateMetadata, 'annotations.*')],
    reads: node => (queueKeys.has(keyOf(node)) ? (textOf(node) ?? '') : undefined),
    message: 'A batch scheduler reads this as the name of a queue; queues hold the shares of teams.',
    instead: 'Another key, such as example.com/queue',
  },
  {
    id: 'policy-host-namespaces',
    part: 'network.host',
    where: at(pods, '{hostNetwork,hostPID,hostIPC,hostUsers,shareProcessNamespace}'),
    refuses: node => node.kind !== 'scalar' || node.scalar !== false,
    message: "This opens the node's network or the processes of other containers to the job.",
    instead: 'false, or no value',
  },
  {
    id: 'policy-name-resolution',
    part: 'network.resolution',
    where: at(pods, '{hostAliases,dnsConfig,dnsPolicy,hostname,subdomain}'),
    message: 'Names are resolved as the cluster does it.',
    instead: 'No value',
  },
  {
    id: 'policy-exposure',
    part: 'network.sparkUI',
    where: ['spec.sparkUIOptions'],
    message: exposed,
    instead: closed,
  },
  {
    id: 'policy-exposure',
    part: 'network.serviceTypes',
    where: ['spec.sparkUIOptions.serviceType', 'spec.driverIngressOptions[].serviceType'],
    message: exposed,
    instead: 'No value',
  },
  {
    id: 'policy-exposure',
    part: 'network.ingressHosts',
    where: ['spec.driverIngressOptions[]'],
    reads: node => hostOf(textOf(fieldAt(node, 'ingressURLFormat')) ?? ''),
    message: exposed,
    instead: closed,
  },
  {
    id: 'policy-exposure',
    part: 'network.ingressHosts',
    where: ['spec.sparkUIOptions.ingressTLS[].hosts[]', 'spec.driverIngressOptions[].ingressTLS[].hosts[]'],
    message: exposed,
    instead: 'No value',
  },
  {
    id: 'policy-exposure',
    part: 'network.ports',
    where: [
      ...at(roles, 'ports[].containerPort'),
      'spec.sparkUIOptions.servicePort',
      'spec.driverIngressOptions[].servicePort',
    ],
    message: exposed,
    instead: closed,
  },
  {
    id: 'policy-container-exposure',
    part: 'network.ports',
    where: at(containers, 'ports[]'),
    // A port of the host is open on the node.
    reads: node => ['containerPort', 'hostPort'].flatMap(name => numberOf(fieldAt(node, name)) ?? []).map(String),
    message: 'Further containers open no ports but those that the policy names.',
    instead: 'No value',
  },
  {
    id: 'policy-annotation',
    part: 'metadata.annotations',
    where: [
      ...at(roles, '{annotations,serviceAnnotations}.*'),
      ...at(templateMetadata, 'annotations.*'),
      'spec.sparkUIOptions.{serviceAnnotations,ingressAnnotations}.*',
      'spec.driverIngressOptions[].{serviceAnnotations,ingressAnnotations}.*',
    ],
    reads: keyOf,
    message: 'Annotations speak to controllers of the cluster: identities, networks, disruption.',
    instead: 'No value',
  },
  {
    id: 'policy-system-label',
    part: 'metadata.systemLabels',
    where: labels,
    refuses: node => /(^|\.)(kubernetes\.io|k8s\.io|karpenter\.sh|amazonaws\.com)\//.test(keyOf(node)),
    message: 'Labels of Kubernetes and its add-ons select pods for the platform.',
    instead: 'A label with a prefix of your own, or none',
  },
  {
    id: 'policy-label',
    part: 'metadata.labels',
    where: labels,
    reads: keyOf,
    message: 'The policy of this team does not name this label.',
    instead: 'No value',
  },
]

/** The host of `{{$appName}}.example.com/path`; nothing where a reader of URLs could see another one. */
function hostOf(format: string): string {
  const host = format.replace(/\/.*$/s, '')
  return /^[\w.{}$-]+$/.test(host) ? host : ''
}

/** Labels and annotations by which YuniKorn and Volcano find the queue of a pod. */
const queueKeys = new Set([
  'queue',
  'yunikorn.apache.org/queue',
  'yunikorn.apache.org/parentqueue',
  'volcano.sh/queue-name',
  'scheduling.volcano.sh/queue-name',
])
