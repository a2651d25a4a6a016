/**
 * The form of a rule about fields, and the questions that rules ask about a value.
 */
import type { SpecContext } from '../canonical-spec.ts'
import type { SourceNode } from '../document/source-node.ts'

/** One refused thing: where it stands and what is allowed instead. */
export interface PolicyRule {
  readonly id: string
  readonly refusedAt: 'always' | 'strict'
  /** Places as path-pattern.ts reads them; every node found there is refused. */
  readonly where: readonly string[]
  /** Refuses only some values (or, for maps with free keys, some names). Absent: all. */
  readonly refuses?: (node: SourceNode, context: SpecContext) => boolean
  readonly message: string
  readonly allowed: string
}

/** Labels by which the operator, the gateway, Spark and Kueue find their own pods. */
export function isReservedLabel(key: string): boolean {
  return (
    /^(.*\.)?(sparkoperator\.k8s\.io|sparkgate\.dev|kueue\.x-k8s\.io)\//.test(key) ||
    key.startsWith('spark-') ||
    batchJobLabels.has(key)
  )
}
const batchJobLabels = new Set(['job-name', 'controller-uid', 'pod-template-hash'])

/** Annotations that give a pod another identity, or speak to the platform. */
export function isPlatformAnnotation(key: string): boolean {
  return /^([a-z0-9-]+\.)*(sparkoperator\.k8s\.io|sparkgate\.dev)\//.test(key)
}

/** Refuses everything but `false`. */
export const isTrue = (node: SourceNode): boolean => node.kind !== 'scalar' || node.scalar !== false
/** Refuses annotations that are not for Prometheus. */
export const isNotPrometheus = (node: SourceNode): boolean => !String(node.key).startsWith('prometheus.io/')
/** Refuses the id of root. */
export const isRootId = (node: SourceNode): boolean => node.kind === 'scalar' && node.scalar === 0
/** Refuses everything but these values. */
export const isOtherThan =
  (...values: readonly (string | number | boolean)[]) =>
  (node: SourceNode): boolean =>
    node.kind !== 'scalar' || node.scalar === null || !values.includes(node.scalar)

/** Variables that choose credentials, or that Spark's start script and Kubernetes set themselves. */
export function isControlVariable(name: string): boolean {
  return /^(AWS_ROLE_ARN|AWS_WEB_IDENTITY_TOKEN_FILE|AWS_CONTAINER_.*|AWS_(ACCESS|SECRET|SESSION).*|KUBERNETES_.*|SPARK_.*|LD_.*)$/.test(
    name,
  )
}
