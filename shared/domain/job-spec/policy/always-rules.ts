/**
 * What no policy can allow: it acts inside the operator, whose rights reach all namespaces, or on objects of others. The
 * settings of the same kind are in setting-rules.ts.
 */
import { textOf } from '../document/source-node.ts'
import { at, containers, roles, templateMetadata, templatePods } from './pod-places.ts'
import type { PolicyRule } from './policy-rule.ts'

/** The rules that hold for every team. */
export const alwaysRules: readonly PolicyRule[] = [
  {
    id: 'policy-client-mode',
    where: ['spec.mode'],
    refuses: node => textOf(node) !== 'cluster',
    message: 'In client mode the program would run inside the operator, with its rights.',
    instead: 'mode: cluster, or no mode',
  },
  {
    id: 'policy-proxy-user',
    where: ['spec.proxyUser'],
    message: 'A job cannot act as another Hadoop user.',
    instead: 'The identity of the team; grant rights to its role',
  },
  {
    id: 'policy-kubernetes-master',
    where: ['spec.driver.kubernetesMaster'],
    message: 'The API server is given by the cluster; another one would receive the credentials of the job.',
    instead: 'No value',
  },
  {
    id: 'policy-maven',
    where: ['spec.deps.{packages,repositories,excludePackages}'],
    message: 'Packages would be resolved and downloaded inside the operator.',
    instead: 'Jars in the image (local://) or in S3 (s3a://) under deps.jars',
  },
  {
    id: 'policy-reserved-label',
    where: [
      'metadata.labels.*',
      ...at(roles, '{labels,serviceLabels}.*'),
      ...at(templateMetadata, 'labels.*'),
      'spec.sparkUIOptions.serviceLabels.*',
      'spec.driverIngressOptions[].serviceLabels.*',
    ],
    refuses: node => isReservedLabel(String(node.key)),
    message: 'The operator, the gateway or Spark finds its own pods by this label.',
    instead: 'A label with a prefix of your own, such as example.com/NAME',
  },
  {
    id: 'policy-reserved-annotation',
    where: [
      'metadata.annotations.*',
      ...at(roles, '{annotations,serviceAnnotations}.*'),
      ...at(templateMetadata, 'annotations.*'),
      'spec.sparkUIOptions.{serviceAnnotations,ingressAnnotations}.*',
      'spec.driverIngressOptions[].{serviceAnnotations,ingressAnnotations}.*',
    ],
    refuses: node => isPlatformAnnotation(String(node.key)),
    message: 'The operator or the gateway writes this annotation.',
    instead: 'An annotation with a prefix of your own',
  },
  {
    id: 'policy-template-identity',
    where: at(templatePods, '{serviceAccountName,serviceAccount}'),
    refuses: (node, context) => textOf(node) !== context.serviceAccount,
    message: 'Pods run as the service account of their team.',
    instead: 'No value: the gateway sets it',
  },
  {
    id: 'policy-template-metadata',
    where: [
      ...at(templateMetadata, '{name,namespace,generateName,ownerReferences,finalizers,uid}'),
      ...at(roles, 'template.{status,apiVersion,kind}'),
    ],
    message: 'The gateway and Spark name and own the pods.',
    instead: 'labels and annotations',
  },
  {
    id: 'policy-java-options',
    where: [
      ...at(roles, '{javaOptions,defaultJavaOptions}', 'env[].value', 'envVars.*'),
      ...at(containers, 'env[].value'),
    ],
    refuses: node => setsSparkProperties(textOf(node) ?? ''),
    message:
      'A system property that begins with "spark" is a setting that nothing has checked; an agent is a file of the image.',
    instead: 'sparkConf for settings of Spark, -javaagent:/PATH.jar for agents',
  },
  {
    id: 'policy-java-options',
    where: ['spec.monitoring.prometheus.{jmxExporterJar,configFile}', 'spec.monitoring.metricsPropertiesFile'],
    refuses: node => !/^(local:\/\/)?\/[\w./-]+$/.test(textOf(node) ?? ''),
    message:
      'The operator writes this file name into the options of the JVM: what is no plain path would be an option.',
    instead: 'The path of a file in the image, such as /prometheus/jmx_prometheus_javaagent.jar',
  },
]

/** Labels by which the operator, the gateway, Spark and Kueue find their own pods. */
function isReservedLabel(key: string): boolean {
  return (
    /^(.*\.)?(sparkoperator\.k8s\.io|sparkgate\.dev|kueue\.x-k8s\.io)\//.test(key) ||
    key.startsWith('spark-') ||
    batchJobLabels.has(key)
  )
}
const batchJobLabels = new Set(['job-name', 'controller-uid', 'pod-template-hash'])

/** Annotations that give a pod another identity, or speak to the platform. */
function isPlatformAnnotation(key: string): boolean {
  return /^([a-z0-9-]+\.)*(sparkoperator\.k8s\.io|sparkgate\.dev)\//.test(key)
}

/** JVM options with `-Dspark…` or an agent from elsewhere, however they are quoted. */
function setsSparkProperties(options: string): boolean {
  const bare = options.replace(/["'\\]/g, '')
  return /-D\s*spark/i.test(bare) || /-javaagent:\S*:\/\//i.test(bare)
}
