/**
 * Rules about fields for clusters that several teams share: everything that reaches nodes, networks, secrets or other
 * jobs of the namespace, each with the way that is allowed.
 */
import { isControlVariable, isNotPrometheus, isOtherThan, isRootId, isTrue, type PolicyRule } from './policy-rule.ts'
import { textOf } from '../document/source-node.ts'

const pods = 'spec.{driver,executor}'
const podSpecs = `${pods}.template.spec`
const containers = `${pods}.{initContainers,sidecars}[]`

/** Added to the rules of every team where the policy is `strict`. */
export const strictRules: readonly PolicyRule[] = [
  {
    id: 'policy-host-namespaces',
    refusedAt: 'strict',
    refuses: isTrue,
    where: [
      `${pods}.{hostNetwork,shareProcessNamespace}`,
      `${podSpecs}.{hostNetwork,hostPID,hostIPC,hostUsers,shareProcessNamespace}`,
    ],
    message: "This opens the node's network or the processes of other containers to the job.",
    allowed: 'false, or no value',
  },
  {
    id: 'policy-name-resolution',
    refusedAt: 'strict',
    where: [`${pods}.{hostAliases,dnsConfig}`],
    message: 'Names are resolved as the cluster does it.',
    allowed: 'No value',
  },
  {
    id: 'policy-volume',
    refusedAt: 'strict',
    where: ['spec.volumes[].*'],
    refuses: node => node.key !== 'name' && node.key !== 'emptyDir',
    message: "This volume reaches the node's disk, other jobs' data or secrets.",
    allowed: 'emptyDir (with sizeLimit; medium Memory for small fast ones), or data in S3',
  },
  {
    id: 'policy-volume-mount',
    refusedAt: 'strict',
    where: [`${pods}.volumeMounts[].{subPath,subPathExpr,mountPropagation}`],
    message: 'Parts of volumes and mount propagation reach beyond the pod.',
    allowed: 'name, mountPath, readOnly',
  },
  {
    id: 'policy-init-container',
    refusedAt: 'strict',
    where: [`${pods}.initContainers`],
    message: 'Init containers run images and commands beside Spark.',
    allowed: 'Preparation in the image; an emptyDir volume needs no chown with podSecurityContext.fsGroup',
  },
  {
    id: 'policy-sidecar',
    refusedAt: 'strict',
    where: [`${pods}.sidecars`],
    message: 'Sidecars run images and commands beside Spark, and keep a job from ending.',
    allowed: 'What the platform offers: metrics by Prometheus, logs by the cluster',
  },
  {
    id: 'policy-lifecycle',
    refusedAt: 'strict',
    where: [`${pods}.lifecycle`],
    message: 'Lifecycle hooks run commands or requests outside the program.',
    allowed: 'The same work inside the program',
  },
  {
    id: 'policy-pod-template',
    refusedAt: 'strict',
    where: [`${pods}.template`],
    message: 'A pod template can say anything, and nothing checks it.',
    allowed: 'The fields of driver and executor: env, labels, volumes, volumeMounts, securityContext',
  },
  {
    id: 'policy-placement',
    refusedAt: 'strict',
    where: [`${pods}.{nodeSelector,affinity,tolerations,schedulerName}`, 'spec.nodeSelector'],
    message: 'Where pods run is decided by the platform; this could reach nodes of other teams.',
    allowed: 'No value; ask the platform team for a node pool',
  },
  {
    id: 'policy-scheduling',
    refusedAt: 'strict',
    where: [`${pods}.priorityClassName`, 'spec.{batchScheduler,batchSchedulerOptions}'],
    message: 'Priorities and queues are decided by the platform.',
    allowed: 'No value',
  },
  {
    id: 'policy-exposure',
    refusedAt: 'strict',
    where: ['spec.{sparkUIOptions,driverIngressOptions}', `${pods}.{ports,serviceLabels,serviceAnnotations}`],
    message: 'This would open the job to the network, or change how it is opened.',
    allowed: "No value; the driver's UI is reached through the platform",
  },
  {
    id: 'policy-annotation',
    refusedAt: 'strict',
    where: [`${pods}.annotations.*`],
    refuses: isNotPrometheus,
    message: 'Annotations speak to controllers of the cluster: identities, networks, disruption.',
    allowed: 'prometheus.io/scrape, prometheus.io/path, prometheus.io/port',
  },
  {
    id: 'policy-system-label',
    refusedAt: 'strict',
    where: ['metadata.labels.*', `${pods}.labels.*`],
    refuses: node => /(^|\.)(kubernetes\.io|k8s\.io|karpenter\.sh|amazonaws\.com)\//.test(String(node.key)),
    message: 'Labels of Kubernetes and its add-ons select pods for the platform.',
    allowed: 'A label with a prefix of your own, or none',
  },
  {
    id: 'policy-secret',
    refusedAt: 'strict',
    where: [
      `${pods}.{secrets,envSecretKeyRefs,envFrom}`,
      `${pods}.env[].valueFrom.{secretKeyRef,fileKeyRef}`,
      'spec.imagePullSecrets',
    ],
    message: "Any secret of the team's namespace could be read by this name.",
    allowed: "The role of the team's service account; fetch secrets from AWS Secrets Manager in the program",
  },
  {
    id: 'policy-config-map',
    refusedAt: 'strict',
    where: [`${pods}.configMaps`, `${pods}.env[].valueFrom.configMapKeyRef`, 'spec.{sparkConfigMap,hadoopConfigMap}'],
    message: "Any ConfigMap of the team's namespace could be read by this name, those of other jobs too.",
    allowed: 'sparkConf, hadoopConf and env in the spec; files in the image or in S3',
  },
  {
    id: 'policy-environment',
    refusedAt: 'strict',
    refuses: node => isControlVariable(textOf(node) ?? ''),
    where: [`${pods}.env[].name`],
    message: 'This variable decides identity or how Spark starts.',
    allowed: 'Variables of your own',
  },
  {
    id: 'policy-environment',
    refusedAt: 'strict',
    refuses: node => isControlVariable(String(node.key)),
    where: [`${pods}.envVars.*`],
    message: 'This variable decides identity or how Spark starts.',
    allowed: 'Variables of your own',
  },
  {
    id: 'policy-security-context',
    refusedAt: 'strict',
    where: [
      `${pods}.{securityContext,podSecurityContext}.{seLinuxOptions,windowsOptions,sysctls,appArmorProfile,procMount}`,
    ],
    message: 'Pods run in the restricted profile of Kubernetes.',
    allowed:
      'runAsUser 185, runAsNonRoot true, allowPrivilegeEscalation false, capabilities.drop, seccompProfile RuntimeDefault',
  },
  {
    id: 'policy-security-context',
    refusedAt: 'strict',
    refuses: isTrue,
    where: [`${pods}.securityContext.{privileged,allowPrivilegeEscalation}`],
    message: 'Pods have no privileges and cannot gain any.',
    allowed: 'false',
  },
  {
    id: 'policy-security-context',
    refusedAt: 'strict',
    refuses: isOtherThan(true),
    where: [`${pods}.{securityContext,podSecurityContext}.runAsNonRoot`],
    message: 'Pods do not run as root.',
    allowed: 'true',
  },
  {
    id: 'policy-security-context',
    refusedAt: 'strict',
    refuses: isRootId,
    where: [
      `${pods}.{securityContext,podSecurityContext}.{runAsUser,runAsGroup,fsGroup}`,
      `${pods}.podSecurityContext.supplementalGroups[]`,
    ],
    message: 'Pods do not run as root, nor in its group.',
    allowed: '185, or another number above 0',
  },
  {
    id: 'policy-security-context',
    refusedAt: 'strict',
    where: [`${pods}.securityContext.capabilities.add[]`],
    message: 'Pods get no capabilities.',
    allowed: 'capabilities.drop: [ALL]',
  },
  {
    id: 'policy-security-context',
    refusedAt: 'strict',
    refuses: isOtherThan('RuntimeDefault'),
    where: [`${pods}.{securityContext,podSecurityContext}.seccompProfile.type`],
    message: "Pods run with the runtime's own seccomp profile.",
    allowed: 'RuntimeDefault',
  },
  {
    id: 'policy-termination',
    refusedAt: 'strict',
    where: [`${pods}.terminationGracePeriodSeconds`],
    refuses: node => node.kind === 'scalar' && typeof node.scalar === 'number' && node.scalar > 300,
    message: 'A pod that takes longer to end keeps its node from being drained.',
    allowed: '0 to 300',
  },
  {
    id: 'policy-container-exposure',
    refusedAt: 'strict',
    where: [`${containers}.{ports,securityContext}`],
    message: 'Further containers open no ports and have no privileges.',
    allowed: 'No value',
  },
]
