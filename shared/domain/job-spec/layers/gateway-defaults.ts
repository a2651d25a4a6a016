/**
 * The lowest layer: what holds where nobody says anything. It stays close to what the operator would fill in itself
 * (one core; but 2g of memory instead of 1g, which no driver of PySpark survives for long), so that a document runs here as it ran there.
 * No sparkVersion, image or S3 credentials provider: these belong together, and only the platform knows its image.
 */
import type { JsonObject, SpecLayer } from '../canonical-spec.ts'

/** The name of the lowest layer. */
export const GATEWAY = 'gateway'

/** Whether pods must pass the Pod Security level `restricted`. */
export interface SecurityLevel {
  readonly restricted: boolean
}

/** Spark's own images run as this user and group (`spark_uid` of their Dockerfile). */
const SPARK_UID = 185

/** The gateway's defaults. Under `restricted` the user is a number: kubelets cannot tell that a name (`USER spark`) is not root. */
export function gatewayDefaults({ restricted }: SecurityLevel): SpecLayer {
  const pod: JsonObject = {
    cores: 1,
    memory: '2g',
    ...(restricted && {
      podSecurityContext: { runAsUser: SPARK_UID, runAsGroup: SPARK_UID, fsGroup: SPARK_UID },
    }),
  }
  return {
    name: GATEWAY,
    spec: {
      // A node keeps images that other teams pulled; only `Always` checks that this team may.
      ...(restricted && { imagePullPolicy: 'Always' }),
      driver: pod,
      executor: pod,
      sparkConf: {
        // Lists of pods come from the API server's cache: a driver's polling no longer slows a busy cluster (facts of the operator's benchmark).
        'spark.kubernetes.executor.enablePollingWithResourceVersion': 'true',
      },
    },
  }
}
