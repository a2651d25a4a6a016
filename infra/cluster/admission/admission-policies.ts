/**
 * ValidatingAdmissionPolicies: the gateway's policy a second time, inside the API server, for what does not come through the
 * gateway. Teams under the same policy share one; a new team of a known policy only joins the bindings.
 */
import { GATEWAY_GROUPS } from '../../../shared/domain/platform/cluster-grants.ts'
import type { ClusterContext, ClusterTeam } from '../cluster-context.ts'
import { partLabels } from '../manifest.ts'
import type { Manifest } from '../manifest.ts'
import { alwaysRules, policyRules, REFUSED_SETTINGS_VARIABLE } from './application-rules.ts'
import { celText, celTexts } from './cel-patterns.ts'
import { layerValues } from './layer-values.ts'
import { podRules } from './pod-rules.ts'
import type { AdmissionRule } from './pod-rules.ts'

export function renderAdmissionPolicies(context: ClusterContext): readonly Manifest[] {
  const action = context.options.admissionPolicy
  if (action === 'off') return []
  return [...new Set(context.teams.map(team => team.policy))].toSorted().flatMap(policy => {
    const teams = context.teams.filter(team => team.policy === policy)
    const [first] = teams
    return first === undefined ? [] : wallOf(context, teams, first)
  })
}

interface Wall {
  readonly name: string
  readonly resources: object
  readonly rules: readonly AdmissionRule[]
  /** Beside `account`, which all have. */
  readonly variables?: readonly { name: string; expression: string }[]
  /** Whose requests it does not hold, beside the exempt groups. */
  readonly exempt: readonly string[]
}

/** For the teams of one policy; `first` is any of them: they have it in common. */
function wallOf(context: ClusterContext, teams: readonly ClusterTeam[], first: ClusterTeam): readonly Manifest[] {
  const layers = layerValues(context, teams)
  const walls: readonly Wall[] = [
    { name: `sparkgate-pods-${first.policy}`, resources: PODS, rules: podRules(first.rules, layers), exempt: [] },
    {
      name: `sparkgate-applications-${first.policy}`,
      resources: APPLICATIONS,
      rules: alwaysRules(layers),
      variables: [REFUSED_SETTINGS_VARIABLE],
      exempt: [],
    },
    {
      name: `sparkgate-direct-${first.policy}`,
      resources: context.options.directSubmission === 'refused' ? ALL_OF_OPERATOR : APPLICATIONS,
      rules: context.options.directSubmission === 'refused' ? [NOBODY_ELSE] : policyRules(first.rules, layers),
      exempt: [GATEWAY_GROUPS.reconcile, GATEWAY_GROUPS.api],
    },
    { name: `sparkgate-dry-run-${first.policy}`, resources: ALL_OF_OPERATOR, rules: [ONLY_TRIES], exempt: [] },
  ]
  return walls.filter(wall => wall.rules.length > 0).flatMap(wall => render(context, teams, wall))
}

const NOBODY_ELSE: AdmissionRule = {
  part: 'directSubmission',
  expression: 'false',
  message: 'SparkApplications of this namespace come from the gateway alone: submit the job there.',
}

/** The API's function tries creates for `?dryRun=server`; RBAC cannot say so. */
const ONLY_TRIES: AdmissionRule = {
  part: 'dryRun',
  expression: `!has(request.userInfo.groups) || !(${celText(GATEWAY_GROUPS.api)} in request.userInfo.groups) || (has(request.dryRun) && request.dryRun)`,
  message: "The gateway's API may only try SparkApplications (dryRun).",
}

const PODS = {
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
    { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
  ],
}
/** Not the status: the operator writes that. */
const APPLICATIONS = {
  resourceRules: [
    {
      apiGroups: ['sparkoperator.k8s.io'],
      apiVersions: ['v1beta2'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['sparkapplications'],
    },
  ],
}

/** A schedule of the operator's would create applications past the gateway, and a Spark Connect server is one. */
const ALL_OF_OPERATOR = {
  resourceRules: [
    {
      apiGroups: ['sparkoperator.k8s.io'],
      apiVersions: ['*'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['sparkapplications', 'scheduledsparkapplications', 'sparkconnects'],
    },
  ],
}

const API = 'admissionregistration.k8s.io/v1'

function render(context: ClusterContext, teams: readonly ClusterTeam[], wall: Wall): readonly Manifest[] {
  const { admissionPolicy, exemptGroups } = context.options
  const labels = partLabels('admission')
  const exempt = [...exemptGroups, ...wall.exempt]
  const accounts = teams.map(team => `${celText(team.namespace)}: ${celText(team.serviceAccount)}`).join(', ')
  return [
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: wall.name, labels },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: wall.resources,
        ...(exempt.length > 0 && {
          matchConditions: [
            {
              name: 'not-exempt',
              expression: `!has(request.userInfo.groups) || !request.userInfo.groups.exists(g, g in ${celTexts(exempt)})`,
            },
          ],
        }),
        variables: [{ name: 'account', expression: `{${accounts}}[request.namespace]` }, ...(wall.variables ?? [])],
        validations: wall.rules.map(({ expression, message }) => ({ expression, message, reason: 'Forbidden' })),
      },
    },
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: wall.name, labels },
      spec: {
        policyName: wall.name,
        validationActions: admissionPolicy === 'deny' ? ['Deny'] : ['Warn', 'Audit'],
        matchResources: {
          namespaceSelector: {
            matchExpressions: [
              {
                key: 'kubernetes.io/metadata.name',
                operator: 'In',
                values: teams.map(team => team.namespace).toSorted(),
              },
            ],
          },
        },
      },
    },
  ]
}
