/**
 * What the operator writes when spark-submit fails: the whole stderr of it, 11 to 13 kB, with the cause between the
 * characters 1,000 and 2,000 and a long stack behind it (recorded with Spark 4.0.4).
 */
import { randomUUID } from 'node:crypto'

/** Why the API server or a webhook refused the driver pod. */
export type PodRefusal =
  | { readonly kind: 'service-account'; readonly namespace: string; readonly pod: string; readonly account: string }
  | { readonly kind: 'quota'; readonly namespace: string; readonly pod: string; readonly text: string }
  | { readonly kind: 'application-gone'; readonly namespace: string; readonly app: string }
  | { readonly kind: 'webhook-down'; readonly namespace: string }
  | { readonly kind: 'memory-size'; readonly text: string }

/** `applicationState.errorMessage` after a refused driver pod. */
export function submissionError(refusal: PodRefusal, now: Date): string {
  const stamp = sparkTime(now)
  const head = [
    'WARNING: Using incubator modules: jdk.incubator.vector',
    "Using Spark's default log4j profile: org/apache/spark/log4j2-defaults.properties",
    `${stamp} WARN Utils: Your hostname, spark-operator-controller, resolves to a loopback address: 127.0.0.1; using 192.0.2.2 instead (on interface eth0)`,
    `${stamp} WARN Utils: Set SPARK_LOCAL_IP if you need to bind to another address`,
    `${stamp} WARN NativeCodeLoader: Unable to load native-hadoop library for your platform... using builtin-java classes where applicable`,
    "Using Spark's default log4j profile: org/apache/spark/log4j2-defaults.properties",
    `${stamp} INFO SparkKubernetesClientFactory: Auto-configuring K8S client using current context from users K8S config file`,
    `${stamp} INFO KerberosConfDriverFeatureStep: You have not specified a krb5.conf file locally or via a ConfigMap. Make sure that you have the krb5.conf locally on the driver image.`,
    `${stamp} ERROR Client: Please check "kubectl auth can-i create pod" first. It should be yes.`,
    exceptionLine(refusal),
  ]
  const directories = [1, 2, 3].map(
    () => `${stamp} INFO ShutdownHookManager: Deleting directory /tmp/spark-${randomUUID()}`,
  )
  const tail = [`${stamp} INFO ShutdownHookManager: Shutdown hook called`, ...directories]
  return `${PREFIX}failed to run spark-submit: ${[...head, ...stack(), ...tail].join('\n')}\n`
}

/** `applicationState.errorMessage` where the driver pod was there already: it may be alive. */
export const DRIVER_POD_EXISTS =
  'failed to submit spark application: failed to run spark-submit: driver pod already exist'

/** `26/11/21 11:03:45`, as Spark's log4j writes it. */
export function sparkTime(now: Date): string {
  return now.toISOString().slice(2, 19).replaceAll('-', '/').replace('T', ' ')
}

const PREFIX = 'failed to submit spark application: failed to run spark-submit: '

function exceptionLine(refusal: PodRefusal): string {
  if (refusal.kind === 'memory-size')
    return `Exception in thread "main" java.lang.NumberFormatException: ${refusal.text}`
  const { code, message, name } = podAnswer(refusal)
  const reason = code === 500 ? 'InternalError' : 'Forbidden'
  const details =
    name === undefined
      ? 'null'
      : `StatusDetails(causes=[], group=null, kind=pods, name=${name}, retryAfterSeconds=null, uid=null, additionalProperties={})`
  return (
    `Exception in thread "main" io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: ` +
    `https://127.0.0.1:443/api/v1/namespaces/${refusal.namespace}/pods. Message: ${message}. Received status: ` +
    `Status(apiVersion=v1, code=${code}, details=${details}, kind=Status, message=${message}, metadata=ListMeta(_continue=null, ` +
    `remainingItemCount=null, resourceVersion=null, selfLink=null, additionalProperties={}), reason=${reason}, status=Failure, ` +
    'additionalProperties={}).'
  )
}

/** What the API server answered to the creation of the driver pod. */
function podAnswer(refusal: Exclude<PodRefusal, { kind: 'memory-size' }>): PodAnswer {
  switch (refusal.kind) {
    case 'service-account':
      return forbiddenPod(refusal.pod, accountText(refusal.namespace, refusal.account))
    case 'quota':
      return forbiddenPod(refusal.pod, refusal.text)
    case 'application-gone':
      return {
        code: 403,
        message: `admission webhook "${POD_WEBHOOK}" denied the request: ${goneText(refusal.namespace, refusal.app)}`,
      }
    default:
      return { code: 500, message: `Internal error occurred: failed calling webhook "${POD_WEBHOOK}": ${UNREACHABLE}` }
  }
}

interface PodAnswer {
  readonly code: number
  readonly message: string
  /** Name of the pod, where the answer gives it. */
  readonly name?: string
}

const POD_WEBHOOK = 'mutate--v1-pod.sparkoperator.k8s.io'
const UNREACHABLE =
  'failed to call webhook: Post "https://spark-operator-webhook-svc.spark-operator.svc:9443/mutate--v1-pod?timeout=10s": ' +
  'dial tcp 127.0.0.1:9443: connect: connection refused'

function forbiddenPod(pod: string, why: string): PodAnswer {
  return { code: 403, message: `pods "${pod}" is forbidden: ${why}`, name: pod }
}

function accountText(namespace: string, account: string): string {
  return `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`
}

function goneText(namespace: string, app: string): string {
  return `failed to get SparkApplication ${namespace}/${app}: SparkApplication.sparkoperator.k8s.io "${app}" not found`
}

/** The recorded stack has about a hundred lines; its length is what matters to readers that cut from the wrong end. */
const STACK_LINES = 104

function stack(): string[] {
  const lines = Array.from({ length: STACK_LINES }, (_, line) => `\tat ${FRAMES[line % FRAMES.length]}`)
  lines[Math.floor(STACK_LINES / 3)] =
    'Caused by: io.fabric8.kubernetes.client.KubernetesClientException: see the first line'
  return lines
}

const FRAMES = [
  'io.fabric8.kubernetes.client.KubernetesClientException.copyAsCause(KubernetesClientException.java:205)',
  'io.fabric8.kubernetes.client.dsl.internal.OperationSupport.waitForResult(OperationSupport.java:507)',
  'io.fabric8.kubernetes.client.dsl.internal.BaseOperation.create(BaseOperation.java:1155)',
  'org.apache.spark.deploy.k8s.submit.Client.run(KubernetesClientApplication.scala:154)',
  'org.apache.spark.deploy.k8s.submit.KubernetesClientApplication.start(KubernetesClientApplication.scala:225)',
  'org.apache.spark.deploy.SparkSubmit.doSubmit(SparkSubmit.scala:96)',
  'java.base/java.util.concurrent.CompletableFuture.postComplete(CompletableFuture.java:510)',
  'io.netty.channel.AbstractChannelHandlerContext.invokeChannelRead(AbstractChannelHandlerContext.java:420)',
  'io.netty.channel.nio.NioEventLoop.processSelectedKeys(NioEventLoop.java:658)',
  'java.base/java.lang.Thread.run(Thread.java:840)',
]
