/**
 * What runs in a pod: images, further containers, environment, secrets, templates, security.
 */
import { textOf, fieldAt } from '../document/source-node.ts'
import type { SourceNode } from '../document/source-node.ts'
import { pinOf } from './allows-image.ts'
import { at, containers, initContainers, pods, roles, sidecars, templatePods } from './pod-places.ts'
import type { PolicyRule } from './policy-rule.ts'

const allContainers = [...roles, ...containers]
const images = ['spec.image', ...at(roles, 'image')]
const contexts = [
  ...at(roles, '{securityContext,podSecurityContext}'),
  ...at([...containers, ...templatePods], 'securityContext'),
]
const ownRole = "The role of the team's service account; fetch secrets from AWS Secrets Manager in the program"
const ownFiles = 'sparkConf, hadoopConf and env in the spec; files in the image or in S3'
const anySecret = "Any secret of the team's namespace could be read by this name."
const anyConfigMap = "Any ConfigMap of the team's namespace could be read by this name, those of other jobs too."

const nameOf = (node: SourceNode): string => textOf(fieldAt(node, 'name')) ?? textOf(node) ?? ''
const isTrue = (node: SourceNode): boolean => node.kind !== 'scalar' || node.scalar !== false
const isNot =
  (value: string | boolean) =>
  (node: SourceNode): boolean =>
    node.kind !== 'scalar' || node.scalar !== value
const isRoot = (node: SourceNode): boolean => node.kind !== 'scalar' || node.scalar === 0

/** Variables that choose credentials, or that Spark's start script and Kubernetes set themselves. */
const isReserved = (name: string): boolean =>
  /^(AWS_ROLE_ARN|AWS_WEB_IDENTITY_TOKEN_FILE|AWS_CONTAINER_.*|AWS_(ACCESS|SECRET|SESSION).*|KUBERNETES_.*|SPARK_.*)$/.test(
    name,
  )

/** The rules about what is in a pod. */
export const podRules: readonly PolicyRule[] = [
  {
    id: 'policy-image',
    part: 'images.repositories',
    compare: 'images',
    where: images,
    message: 'Images come from the registries of the platform.',
    instead: 'No image; the platform has a default',
  },
  {
    id: 'policy-image-tag',
    part: 'images.tags',
    where: [...images, ...at(containers, 'image')],
    refuses: (node, { policy }) =>
      policy.images.tags === 'digest' ? pinOf(textOf(node) ?? '') !== 'digest' : pinOf(textOf(node) ?? '') === 'any',
    message: 'The tag can mean another image tomorrow; a retry may then run other code.',
    instead: 'registry/name@sha256:… (or, where the policy says fixed, a tag other than latest)',
  },
  {
    id: 'policy-secret',
    part: 'images.pullSecrets',
    where: ['spec.imagePullSecrets[]', ...at(templatePods, 'imagePullSecrets[]')],
    reads: nameOf,
    message: 'This secret would be used against a registry that it may not be meant for.',
    instead: "No value: nodes pull by the platform's own rights",
  },
  {
    id: 'policy-artifact',
    part: 'artifacts.prefixes',
    compare: 'paths',
    where: ['spec.mainApplicationFile', 'spec.deps.{jars,files,pyFiles,archives}[]'],
    message: 'Code and files come from the places that the policy of this team names.',
    instead: 'Files in the image',
  },
  {
    id: 'policy-init-container',
    part: 'containers.initImages',
    compare: 'images',
    where: initContainers,
    reads: node => textOf(fieldAt(node, 'image')) ?? '',
    message: 'Init containers run images and commands beside Spark.',
    instead: 'Preparation in the image; an emptyDir volume needs no chown with podSecurityContext.fsGroup',
  },
  {
    id: 'policy-sidecar',
    part: 'containers.sidecarImages',
    compare: 'images',
    where: sidecars,
    // In a template this may be Spark's own container, which has its image from the spec.
    reads: node => textOf(fieldAt(node, 'image')) ?? (node.parent?.key === 'containers' ? undefined : ''),
    message: 'Sidecars run images and commands beside Spark, and keep a job from ending.',
    instead: 'What the platform offers: metrics by Prometheus, logs by the cluster',
  },
  {
    id: 'policy-lifecycle',
    part: 'containers.hooks',
    where: at(allContainers, '{lifecycle,livenessProbe,readinessProbe,startupProbe}'),
    message: 'Hooks and probes run commands or requests outside the program.',
    instead: 'The same work inside the program',
  },
  {
    id: 'policy-pod-template',
    part: 'templates.paths',
    compare: 'fields',
    where: at(roles, 'template'),
    parts: (node, { templates }) => (templates.paths.length === 0 ? [node] : leavesOf(node)),
    reads: pathInTemplate,
    message: 'A pod template can say anything about a pod; the policy of this team does not name this field.',
    instead: 'The fields of driver and executor: env, labels, volumes, volumeMounts, securityContext',
  },
  {
    id: 'policy-secret',
    part: 'objects.secrets',
    where: [
      ...at(roles, 'secrets[]', 'envSecretKeyRefs.*'),
      ...at(allContainers, 'env[].valueFrom.secretKeyRef', 'envFrom[].secretRef'),
      'spec.sparkUIOptions.ingressTLS[].secretName',
      'spec.driverIngressOptions[].ingressTLS[].secretName',
    ],
    reads: nameOf,
    message: anySecret,
    instead: ownRole,
  },
  {
    id: 'policy-secret',
    part: 'objects.secrets',
    where: at(allContainers, 'env[].valueFrom.fileKeyRef'),
    reads: () => '',
    message: 'Variables from files of volumes can be anything that a volume holds.',
    instead: ownRole,
  },
  {
    id: 'policy-config-map',
    part: 'objects.configMaps',
    where: [
      ...at(roles, 'configMaps[]'),
      ...at(allContainers, 'env[].valueFrom.configMapKeyRef', 'envFrom[].configMapRef'),
      'spec.{sparkConfigMap,hadoopConfigMap}',
    ],
    reads: nameOf,
    message: anyConfigMap,
    instead: ownFiles,
  },
  {
    id: 'policy-environment',
    part: 'environment.reserved',
    where: at(allContainers, 'env[].name'),
    refuses: node => isReserved(textOf(node) ?? ''),
    message: 'This variable decides identity or how Spark starts.',
    instead: 'Variables of your own',
  },
  {
    id: 'policy-environment',
    part: 'environment.reserved',
    where: at(roles, '{envVars,envSecretKeyRefs}.*'),
    refuses: node => isReserved(String(node.key)),
    message: 'This variable decides identity or how Spark starts.',
    instead: 'Variables of your own',
  },
  {
    id: 'policy-environment',
    part: 'environment.names',
    where: at(allContainers, 'env[].name'),
    message: 'The policy of this team does not name this variable.',
    instead: 'Arguments of the program',
  },
  {
    id: 'policy-environment',
    part: 'environment.names',
    where: at(roles, '{envVars,envSecretKeyRefs}.*'),
    reads: node => String(node.key),
    message: 'The policy of this team does not name this variable.',
    instead: 'Arguments of the program',
  },
  {
    id: 'policy-security-context',
    part: 'security.contexts',
    where: at(contexts, '{seLinuxOptions,windowsOptions,sysctls,appArmorProfile,procMount}', 'capabilities.add[]'),
    message: 'Pods run in the restricted profile of Kubernetes.',
    instead:
      'runAsUser 185, runAsNonRoot true, allowPrivilegeEscalation false, capabilities.drop, seccompProfile RuntimeDefault',
  },
  {
    id: 'policy-security-context',
    part: 'security.contexts',
    where: at(contexts, '{privileged,allowPrivilegeEscalation}'),
    refuses: isTrue,
    message: 'Pods have no privileges and cannot gain any.',
    instead: 'false',
  },
  {
    id: 'policy-security-context',
    part: 'security.contexts',
    where: at(contexts, 'runAsNonRoot'),
    refuses: isNot(true),
    message: 'Pods do not run as root.',
    instead: 'true',
  },
  {
    id: 'policy-security-context',
    part: 'security.contexts',
    where: at(contexts, '{runAsUser,runAsGroup,fsGroup}', 'supplementalGroups[]'),
    refuses: isRoot,
    message: 'Pods do not run as root, nor in its group.',
    instead: '185, or another number above 0',
  },
  {
    id: 'policy-security-context',
    part: 'security.contexts',
    where: at(contexts, 'seccompProfile.type'),
    refuses: isNot('RuntimeDefault'),
    message: "Pods run with the runtime's own seccomp profile.",
    instead: 'RuntimeDefault',
  },
  {
    id: 'policy-termination',
    part: 'security.terminationGraceSeconds',
    where: at(pods, 'terminationGracePeriodSeconds'),
    message: 'A pod that takes longer to end keeps its node from being drained.',
    instead: 'No value',
  },
]

/** All values below a template; an empty object is a value too. */
function leavesOf(node: SourceNode): readonly SourceNode[] {
  if (node.kind === 'scalar') return [node]
  const children = node.kind === 'map' ? [...node.fields.values()] : node.items
  return children.length === 0 ? [node] : children.flatMap(leavesOf)
}

/** `spec.tolerations.key`: the dotted path below the template, without the indexes of lists. */
function pathInTemplate(node: SourceNode): string {
  const steps: string[] = []
  for (let at: SourceNode | undefined = node; at !== undefined; at = at.parent) {
    if (typeof at.key === 'string') steps.unshift(at.key)
  }
  const isRole = (step: string | undefined): boolean => step === 'driver' || step === 'executor'
  return steps.slice(steps.findIndex((step, index) => step === 'template' && isRole(steps[index - 1])) + 1).join('.')
}
