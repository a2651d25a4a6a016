/**
 * Names, labels and variables that end up in Kubernetes objects: one that is no name fails the pod, after the job was
 * accepted by everybody else.
 */
import {
  isDns1123,
  isDnsSubdomain,
  isEnvironmentName,
  isLabelValue,
  isQualifiedName,
  suggestDns1123,
  suggestLabelValue,
} from './kubernetes-formats.ts'
import { containers, pods, type TextFormat } from './text-format.ts'

const labels: readonly TextFormat[] = [
  {
    rule: 'label-key-format',
    of: 'key',
    where: [
      `${pods}.{labels,annotations,serviceLabels,serviceAnnotations,nodeSelector}.*`,
      'spec.nodeSelector.*',
      'metadata.labels.*',
      'spec.sparkUIOptions.{serviceLabels,serviceAnnotations,ingressAnnotations}.*',
      'spec.driverIngressOptions[].{serviceLabels,serviceAnnotations,ingressAnnotations}.*',
    ],
    accepts: isQualifiedName,
    message: 'This is not the key of a label or annotation.',
    allowed: 'letters, digits, - _ . (at most 63), with an optional DNS prefix and /',
  },
  {
    rule: 'label-value-format',
    of: 'value',
    where: [
      `${pods}.{labels,serviceLabels,nodeSelector}.*`,
      'spec.nodeSelector.*',
      'metadata.labels.*',
      'spec.sparkUIOptions.serviceLabels.*',
      'spec.driverIngressOptions[].serviceLabels.*',
    ],
    accepts: isLabelValue,
    message: 'This is not the value of a label; the driver pod would be refused.',
    allowed: 'at most 63 letters, digits, - _ . between letters or digits',
    suggest: suggestLabelValue,
  },
]

const variables: readonly TextFormat[] = [
  {
    rule: 'environment-name-format',
    of: 'value',
    where: [`${pods}.env[].name`, `${containers}.env[].name`],
    accepts: isEnvironmentName,
    message: 'This is not the name of an environment variable.',
    allowed: 'letters, digits, _ . -',
  },
  {
    rule: 'environment-name-format',
    of: 'key',
    where: [`${pods}.{envVars,envSecretKeyRefs}.*`],
    accepts: isEnvironmentName,
    message: 'This is not the name of an environment variable.',
    allowed: 'letters, digits, _ . -',
  },
]

const names: readonly TextFormat[] = [
  {
    rule: 'name-format',
    of: 'value',
    where: [
      'spec.volumes[].name',
      `${pods}.volumeMounts[].name`,
      `${containers}.name`,
      `${containers}.volumeMounts[].name`,
    ],
    accepts: isDns1123,
    message: 'This is not a Kubernetes name.',
    allowed: 'at most 63 lower-case letters, digits and -',
    suggest: suggestDns1123,
  },
  {
    rule: 'name-format',
    of: 'value',
    where: [
      `${pods}.{secrets,configMaps}[].name`,
      `${pods}.{priorityClassName,schedulerName,serviceAccount}`,
      'spec.{hadoopConfigMap,sparkConfigMap}',
      'spec.imagePullSecrets[]',
      'spec.volumes[].configMap.name',
      'spec.volumes[].secret.secretName',
      'spec.volumes[].persistentVolumeClaim.claimName',
      `${pods}.env[].valueFrom.{secretKeyRef,configMapKeyRef}.name`,
      `${pods}.envFrom[].{secretRef,configMapRef}.name`,
      `${pods}.envSecretKeyRefs.*.name`,
    ],
    accepts: isDnsSubdomain,
    message: 'This is not a Kubernetes name.',
    allowed: 'lower-case letters, digits, - and .',
    suggest: suggestDns1123,
  },
  {
    rule: 'port-name-format',
    of: 'value',
    where: [`${pods}.ports[].name`, 'spec.monitoring.prometheus.portName'],
    accepts: text => text.length <= 15 && isDns1123(text) && /[a-z]/.test(text),
    message: 'This is not the name of a port.',
    allowed: 'at most 15 lower-case letters, digits and -, with one letter',
  },
  {
    rule: 'data-key-format',
    of: 'value',
    where: [`${pods}.env[].valueFrom.{secretKeyRef,configMapKeyRef}.key`, `${pods}.envSecretKeyRefs.*.key`],
    accepts: text => text.length <= 253 && /^[-._A-Za-z0-9]+$/.test(text),
    message: 'This is not a key of a secret or ConfigMap.',
    allowed: 'letters, digits, - _ .',
  },
  {
    rule: 'gpu-name-format',
    of: 'value',
    where: [`${pods}.gpu.name`],
    accepts: text => isQualifiedName(text) && text.includes('/'),
    message: 'This is not the name of a device.',
    allowed: 'nvidia.com/gpu',
  },
  {
    rule: 'address-format',
    of: 'value',
    where: [`${pods}.hostAliases[].ip`],
    accepts: text => /^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]{2,39})$/.test(text),
    message: 'This is not an IP address.',
    allowed: '10.0.0.1',
  },
]

/** Every form of a name. */
export const nameFormats: readonly TextFormat[] = [...labels, ...variables, ...names]
