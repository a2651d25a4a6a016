/**
 * A team's policy as rules over its pods. Here stands the real second wall: whatever a driver's program creates with its
 * service account, and whatever slipped past the gateway, becomes a pod in the end.
 *
 * Not covered, because a pod does not show it or Spark itself needs it: settings of Spark, artifacts, arguments, sizes of
 * scratch, ConfigMaps (the driver may read them all), labels and annotations. Privileges and root are Pod Security's.
 */
import type { Policy } from '../../../shared/domain/job-spec/policy/policy-schema.ts'
import { celText, celTexts, DOT_SEGMENTS, regexOfImages, regexOfNames, regexOfPaths } from './cel-patterns.ts'
import type { LayerValues } from './layer-values.ts'

/** One validation of a ValidatingAdmissionPolicy. `part`: of the policy that it was made from. */
export interface AdmissionRule {
  readonly part: string
  readonly expression: string
  readonly message: string
}

/** Rules for the pods of teams under one policy; `variables.account` is the team's service account. */
export function podRules(rules: Policy, layers: LayerValues): readonly AdmissionRule[] {
  return [
    {
      part: 'always',
      expression: 'object.spec.serviceAccountName == variables.account',
      message: 'Pods run as the service account of their team.',
    },
    {
      part: 'always',
      expression: "request.operation != 'CREATE' || !has(object.spec.nodeName) || object.spec.nodeName == ''",
      message: 'Nodes are chosen by the scheduler: a pod that names its node passes every taint.',
    },
    ...hostRules(rules),
    ...volumeRules(rules, layers, 'object.spec'),
    ...imageRules(rules, layers),
    ...secretRules(rules, layers),
    ...placementRules(rules, layers),
  ]
}

function hostRules({ network }: Policy): readonly AdmissionRule[] {
  const isOff = (field: string): string => `(!has(object.spec.${field}) || !object.spec.${field})`
  return [
    ...(network.host === 'any'
      ? []
      : [
          {
            part: 'network.host',
            expression: ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'].map(isOff).join(' && '),
            message: "Pods have no part in the node's network, nor in the processes of other containers.",
          },
        ]),
    ...(network.resolution === 'any'
      ? []
      : [
          {
            part: 'network.resolution',
            expression:
              "!has(object.spec.hostAliases) && !has(object.spec.dnsConfig) && object.spec.dnsPolicy == 'ClusterFirst'",
            message: 'Names are resolved as the cluster does it.',
          },
        ]),
  ]
}

/** Kinds that have no rule of their own in the policy and are no part of every pod (`projected` is: its token). */
const OTHER_KINDS = [
  'csi',
  'image',
  'iscsi',
  'fc',
  'flexVolume',
  'cephfs',
  'rbd',
  'glusterfs',
  'gitRepo',
  'awsElasticBlockStore',
]

/** Rules over `holder.volumes`, of a pod or of a SparkApplication: the two have the same form. */
export function volumeRules({ volumes }: Policy, layers: LayerValues, holder: string): readonly AdmissionRule[] {
  const all = (condition: string): string => `!has(${holder}.volumes) || ${holder}.volumes.all(v, ${condition})`
  const kinds = OTHER_KINDS.filter(kind => !volumes.otherKinds.includes('*') && !volumes.otherKinds.includes(kind))
  const hostPaths = [...volumes.hostPaths, ...layers.hostPaths]
  const nfs = [...volumes.nfs, ...layers.nfs]
  const path = 'v.hostPath.path'
  return [
    ...(hostPaths.includes('*')
      ? []
      : [
          {
            part: 'volumes.hostPaths',
            expression: all(
              hostPaths.length === 0
                ? '!has(v.hostPath)'
                : `!has(v.hostPath) || (${path}.matches(${celText(regexOfPaths(hostPaths))}) && !${path}.matches(${celText(DOT_SEGMENTS)}))`,
            ),
            message: "Folders of the node's disk are used by the pods of other teams too.",
          },
        ]),
    ...(nfs.includes('*')
      ? []
      : [
          {
            part: 'volumes.nfs',
            expression: all(
              nfs.length === 0
                ? '!has(v.nfs)'
                : `!has(v.nfs) || ((v.nfs.server + ':' + v.nfs.path).matches(${celText(regexOfPaths(nfs))}) && !v.nfs.path.matches(${celText(DOT_SEGMENTS)}))`,
            ),
            message: 'This export of a file server is not on the list of the team.',
          },
        ]),
    ...(kinds.length === 0
      ? []
      : [
          {
            part: 'volumes.otherKinds',
            expression: all(kinds.map(kind => `!has(v.${kind})`).join(' && ')),
            message: `Volumes of these kinds are not for this team: ${kinds.join(', ')}.`,
          },
        ]),
  ]
}

function imageRules({ images, containers }: Policy, layers: LayerValues): readonly AdmissionRule[] {
  // Init containers and sidecars are containers like others here: their lists are added up.
  const lists = [...images.repositories, ...containers.initImages, ...containers.sidecarImages]
  if (lists.includes('*')) return []
  const regex = celText(regexOfImages([...lists, ...layers.images.map(repositoryOf)]))
  const all = (field: string): string =>
    `(!has(object.spec.${field}) || object.spec.${field}.all(c, c.image.matches(${regex})))`
  return [
    {
      part: 'images.repositories',
      expression: ['containers', 'initContainers', 'ephemeralContainers'].map(all).join(' && '),
      message: 'Images come from the registries of the team.',
    },
  ]
}

/** An image without tag and digest. */
export const repositoryOf = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')

function secretRules({ objects }: Policy, layers: LayerValues): readonly AdmissionRule[] {
  const names = [...objects.secrets, ...layers.secrets]
  if (names.includes('*')) return []
  const isNamed = (value: string): string =>
    names.length === 0 ? 'false' : `${value}.matches(${celText(regexOfNames(names))})`
  const inEnvironment = (field: string): string =>
    `(!has(object.spec.${field}) || object.spec.${field}.all(c, ` +
    `(!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef) || ${isNamed('e.valueFrom.secretKeyRef.name')})) && ` +
    `(!has(c.envFrom) || c.envFrom.all(e, !has(e.secretRef) || ${isNamed('e.secretRef.name')}))))`
  return [
    {
      part: 'objects.secrets',
      expression:
        `!has(object.spec.volumes) || object.spec.volumes.all(v, (!has(v.secret) || ${isNamed('v.secret.secretName')}) && ` +
        `(!has(v.projected) || !has(v.projected.sources) || v.projected.sources.all(s, !has(s.secret) || ${isNamed('s.secret.name')})))`,
      message: 'This secret is not on the list of the team.',
    },
    {
      part: 'objects.secrets',
      expression: ['containers', 'initContainers'].map(inEnvironment).join(' && '),
      message: 'A variable reads a secret that is not on the list of the team.',
    },
  ]
}

/** Added to every pod by Kubernetes itself. */
const OWN_TOLERATIONS = ['node.kubernetes.io/*']
const DEFAULT_SCHEDULER = 'default-scheduler'

function placementRules({ placement, security }: Policy, layers: LayerValues): readonly AdmissionRule[] {
  const { tolerations, priorityClasses, schedulers } = placement
  const keys = celText(regexOfNames([...tolerations, ...layers.tolerations, ...OWN_TOLERATIONS]))
  const grace = security.terminationGraceSeconds
  return [
    ...(tolerations.includes('*')
      ? []
      : [
          {
            part: 'placement.tolerations',
            expression: `!has(object.spec.tolerations) || object.spec.tolerations.all(t, has(t.key) && t.key.matches(${keys}))`,
            message: 'A taint of the platform keeps the pods of this team away; so it must.',
          },
        ]),
    ...(priorityClasses.includes('*')
      ? []
      : [
          {
            part: 'placement.priorityClasses',
            expression: `!has(object.spec.priorityClassName) || object.spec.priorityClassName in ${celTexts(['', ...priorityClasses, ...layers.priorityClasses])}`,
            message: "A pod of a higher class ends other teams' pods.",
          },
        ]),
    ...(schedulers.includes('*')
      ? []
      : [
          {
            part: 'placement.schedulers',
            expression: `object.spec.schedulerName in ${celTexts([DEFAULT_SCHEDULER, ...schedulers, ...layers.schedulers])}`,
            message: 'Schedulers are chosen by the platform.',
          },
        ]),
    ...(grace === 'unlimited'
      ? []
      : [
          {
            part: 'security.terminationGraceSeconds',
            expression: `!has(object.spec.terminationGracePeriodSeconds) || object.spec.terminationGracePeriodSeconds <= ${grace}`,
            message: `A pod that takes longer than ${grace} s to end keeps its node from being drained.`,
          },
        ]),
  ]
}
