/**
 * The operator's validating webhook: rules for the name, sparkConf and node selectors.
 */
import { isMap } from './schema-check.ts'
import type { JsonMap } from './schema-check.ts'
import { failure } from './status-answer.ts'

const WEBHOOK = 'validate-sparkoperator-k8s-io-v1beta2-sparkapplication'
/** sparkConf keys that the validating webhook refuses (operator 2.5.2, exact keys). */
const DENIED_SPARK_CONF = new Set([
  'spark.kubernetes.authenticate.driver.serviceAccountName',
  'spark.kubernetes.authenticate.executor.serviceAccountName',
  'spark.kubernetes.authenticate.serviceAccountName',
  'spark.kubernetes.authenticate.oauthToken',
  'spark.kubernetes.authenticate.oauthTokenFile',
  'spark.kubernetes.authenticate.driver.oauthToken',
  'spark.kubernetes.authenticate.driver.oauthTokenFile',
  'spark.kubernetes.authenticate.executor.oauthToken',
  'spark.kubernetes.authenticate.executor.oauthTokenFile',
  'spark.master',
  'spark.kubernetes.driver.master',
  'spark.kubernetes.container.image',
  'spark.kubernetes.driver.container.image',
  'spark.kubernetes.executor.container.image',
])

/** Throws 403 where a rule is broken; the webhook gives no causes. */
export function validateApplication(name: string, spec: JsonMap, namespace: string): void {
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 63) {
    const rule =
      name.length > 63
        ? 'must be no more than 63 characters'
        : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end " +
          "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
    throw denied(`invalid SparkApplication name ${JSON.stringify(name)}: ${rule}`)
  }
  const conf = isMap(spec.sparkConf) ? spec.sparkConf : {}
  for (const [key, value] of Object.entries(conf)) {
    if (DENIED_SPARK_CONF.has(key)) {
      throw denied(`sparkConf key ${JSON.stringify(key)} is not allowed: this value is managed by the operator`)
    }
    if (key === 'spark.kubernetes.namespace' && value !== namespace) {
      throw denied(
        `sparkConf key ${JSON.stringify(key)} is not allowed: it must be the namespace of the SparkApplication`,
      )
    }
  }
  if (
    spec.nodeSelector !== undefined &&
    [spec.driver, spec.executor].some(pod => isMap(pod) && pod.nodeSelector !== undefined)
  ) {
    throw denied('node selector cannot be defined at both SparkApplication and Driver/Executor')
  }
}

function denied(why: string): Error {
  return failure(403, 'Forbidden', `admission webhook "${WEBHOOK}.sparkoperator.k8s.io" denied the request: ${why}`)
}
