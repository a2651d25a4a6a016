/**
 * How the platform's log shipper names the stream of a container's log, and so where the log of a pod that is gone is found. The
 * one source of both sides: infra gives the template to Fluent Bit, the API reads by the names.
 */
import type { Attempt } from './job.ts'
import { driverPodOf, PROGRAM_CONTAINERS } from './pod-names.ts'

/**
 * A record accessor of Fluent Bit: namespace, SparkApplication, pod, container, with dots between. Pods without the operator's
 * label keep the stream name of `log_stream_prefix`, which is of no job.
 */
export const POD_LOG_STREAM_TEMPLATE = [
  "$kubernetes['namespace_name']",
  "$kubernetes['labels']['sparkoperator.k8s.io/app-name']",
  "$kubernetes['pod_name']",
  "$kubernetes['container_name']",
].join('.')

/** Whose log. The namespace is one team's alone on its cluster, and only the cluster's API server says where a pod is. */
export interface PodLogPlace {
  readonly cluster: string
  readonly namespace: string
  readonly objectName: Attempt['objectName']
  /** `driver`, or the number of an executor. */
  readonly role: 'driver' | number
}

/** All streams of one SparkApplication begin so, and none of another: names of namespaces and applications have no dot. */
export const streamPrefixOf = ({ namespace, objectName }: PodLogPlace): string => `${namespace}.${objectName}.`

/** The pod that wrote a stream, if the stream is the place's; else undefined. A program may choose what its executors begin with. */
export function podOfStream(stream: string, place: PodLogPlace): string | undefined {
  const prefix = streamPrefixOf(place)
  const [pod = '', container, ...more] = stream.startsWith(prefix) ? stream.slice(prefix.length).split('.') : []
  if (container !== PROGRAM_CONTAINERS[place.role === 'driver' ? 'driver' : 'executor'] || more.length > 0)
    return undefined
  const isMeant = place.role === 'driver' ? pod === driverPodOf(place) : pod.endsWith(`-exec-${place.role}`)
  return isMeant ? pod : undefined
}
