/**
 * What a spec may not contain, as data: one rule for each way out of a tenancy or into the platform. The rules here
 * hold for every team: what they refuse acts inside the operator, whose rights reach all namespaces, or on objects of
 * others. policy-strict.ts adds those for shared clusters; settings of Spark have a table too, policy-spark-conf.ts.
 */
import { isOtherThan, isPlatformAnnotation, isReservedLabel, type PolicyRule } from './policy-rule.ts'
import { strictRules } from './policy-strict.ts'
import { textOf } from '../document/source-node.ts'

const pods = 'spec.{driver,executor}'
const podSpecs = `${pods}.template.spec`

/** The rules that hold for every team. */
const alwaysRules: readonly PolicyRule[] = [
  {
    id: 'policy-client-mode',
    refusedAt: 'always',
    where: ['spec.mode'],
    refuses: isOtherThan('cluster'),
    message: 'In client mode the program would run inside the operator, with its rights.',
    allowed: 'mode: cluster, or no mode',
  },
  {
    id: 'policy-proxy-user',
    refusedAt: 'always',
    where: ['spec.proxyUser'],
    message: 'A job cannot act as another Hadoop user.',
    allowed: 'The identity of the team; grant rights to its role',
  },
  {
    id: 'policy-kubernetes-master',
    refusedAt: 'always',
    where: ['spec.driver.kubernetesMaster'],
    message: 'The API server is given by the cluster; another one would receive the credentials of the job.',
    allowed: 'No value',
  },
  {
    id: 'policy-maven',
    refusedAt: 'always',
    where: ['spec.deps.{packages,repositories,excludePackages}'],
    message: 'Packages would be resolved and downloaded inside the operator.',
    allowed: 'Jars in the image (local://) or in S3 (s3a://) under deps.jars',
  },
  {
    id: 'policy-reserved-label',
    refusedAt: 'always',
    refuses: node => isReservedLabel(String(node.key)),
    where: [
      'metadata.labels.*',
      `${pods}.{labels,serviceLabels}.*`,
      `${pods}.template.metadata.labels.*`,
      'spec.sparkUIOptions.serviceLabels.*',
      'spec.driverIngressOptions[].serviceLabels.*',
    ],
    message: 'The operator, the gateway or Spark finds its own pods by this label.',
    allowed: 'A label with a prefix of your own, such as example.com/NAME',
  },
  {
    id: 'policy-reserved-annotation',
    refusedAt: 'always',
    refuses: node => isPlatformAnnotation(String(node.key)),
    where: ['metadata.annotations.*', `${pods}.annotations.*`, `${pods}.template.metadata.annotations.*`],
    message: 'The operator or the gateway writes this annotation.',
    allowed: 'An annotation with a prefix of your own',
  },
  {
    id: 'policy-template-identity',
    refusedAt: 'always',
    where: [`${podSpecs}.{serviceAccountName,serviceAccount}`],
    refuses: (node, context) => textOf(node) !== context.serviceAccount,
    message: 'Pods run as the service account of their team.',
    allowed: 'No value: the gateway sets it',
  },
  {
    id: 'policy-template-metadata',
    refusedAt: 'always',
    where: [
      `${pods}.template.metadata.{name,namespace,generateName,ownerReferences,finalizers,uid}`,
      `${pods}.template.{status,apiVersion,kind}`,
    ],
    message: 'The gateway and Spark name and own the pods.',
    allowed: 'labels and annotations',
  },
]

/** All rules about fields. */
export const policyRules: readonly PolicyRule[] = [...alwaysRules, ...strictRules]
