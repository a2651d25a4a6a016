/**
 * Least privilege on the Kubernetes API: a recorded run of the whole gateway against the embedded cluster, held against the
 * Roles that are rendered for the same platform file. Every request is allowed; every verb is used, or says why it is there.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GATEWAY_GRANTS, GATEWAY_GROUPS, GATEWAY_IDENTITIES } from '../../../shared/domain/platform/cluster-grants.ts'
import type { GatewayIdentity } from '../../../shared/domain/platform/cluster-grants.ts'
import { parseClusterOptions } from '../../../infra/cluster/cluster-options.ts'
import { renderCluster } from '../../../infra/cluster/render-cluster.ts'
import type { AuditEntry } from '../../../local/kubernetes/audit-log.ts'
import { E2E_TEST_MILLISECONDS, readEvent, startTestStack, testPlatform } from '../../support/embedded-stack.ts'
import type { TestStack } from '../../support/embedded-stack.ts'
import { isAllowed, rulesOf } from './role-evaluator.ts'
import type { KubernetesRequest } from './role-evaluator.ts'
import { allManifests, renderSample } from './sample-cluster.ts'

const rendered = allManifests(renderCluster(testPlatform(), 'local', parseClusterOptions({ identity: 'none' })))
const recorded: { identity: GatewayIdentity; request: KubernetesRequest; code: number }[] = []
let stack: TestStack

const identityOf = ({ user }: AuditEntry): GatewayIdentity | undefined =>
  GATEWAY_IDENTITIES.find(identity => user.groups?.includes(GATEWAY_GROUPS[identity]))

function requestOf({ verb, objectRef }: AuditEntry): KubernetesRequest {
  const { resource = '', subresource, apiGroup = '', namespace } = objectRef ?? {}
  return {
    verb,
    apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace !== undefined && { namespace }),
  }
}

beforeAll(async () => {
  stack = await startTestStack()
  const succeeds = await stack.accepted('access-1', readEvent('specs/spark-pi.yaml'))
  await stack.untilOver(succeeds)
  await stack.call('GET', `/v1/jobs/${succeeds}/logs`)
  const tried = await stack.call('POST', '/v1/jobs?dryRun=server', {
    headers: { 'content-type': 'application/yaml' },
    body: readEvent('specs/spark-pi.yaml'),
  })
  if (tried.status !== 200) throw new Error(`the dry run was answered with ${tried.status}: ${tried.text}`)
  const cancelled = await stack.accepted('access-2', readEvent('specs/long-running.json'))
  await stack.untilJob(cancelled, job => job.state !== 'QUEUED')
  await stack.call('POST', `/v1/jobs/${cancelled}/cancel`)
  await stack.untilOver(cancelled)
  for (const entry of stack.kubernetes.auditLog) {
    const identity = identityOf(entry)
    if (identity !== undefined) recorded.push({ identity, request: requestOf(entry), code: entry.responseStatus.code })
  }
}, E2E_TEST_MILLISECONDS)
afterAll(() => stack.close())

describe('the gateway on the Kubernetes API', () => {
  it('was recorded with every identity', () => {
    expect(new Set(recorded.map(({ identity }) => identity))).toEqual(new Set(GATEWAY_IDENTITIES))
    expect(recorded.filter(({ code }) => code === 403)).toEqual([])
  })
  it('asks for nothing that the rendered roles of its identity do not allow', () => {
    const refused = recorded.filter(({ identity, request }) => !isAllowed(rendered, GATEWAY_GROUPS[identity], request))
    expect(refused).toEqual([])
  })
  it.each(GATEWAY_IDENTITIES)(
    'uses every verb of %s that carries no reason, and has a reason for each other',
    identity => {
      const seen = new Set(
        recorded
          .filter(each => each.identity === identity)
          .map(({ request: { apiGroup, resource, verb } }) => `${apiGroup}/${resource} ${verb}`),
      )
      for (const { apiGroups, resources, verbs } of GATEWAY_GRANTS[identity])
        for (const [verb, reason] of Object.entries(verbs)) {
          const uses = apiGroups.flatMap(group => resources.map(resource => `${group}/${resource} ${verb}`))
          const isUsed = uses.some(use => seen.has(use))
          expect({ uses, isUsed, hasReason: (reason ?? '').length > 20 }).toEqual({
            uses,
            isUsed: reason === undefined,
            hasReason: reason !== undefined,
          })
        }
    },
  )
})

describe('the rendered roles', () => {
  const manifests = allManifests(renderSample())
  const secrets = { verb: 'get', apiGroup: '', resource: 'secrets', namespace: 'team-risk' }
  it('reach the namespaces of teams on the cluster, and no other', () => {
    const create = { verb: 'create', apiGroup: 'sparkoperator.k8s.io', resource: 'sparkapplications' }
    const where = (namespace?: string): boolean =>
      isAllowed(manifests, GATEWAY_GROUPS.reconcile, { ...create, ...(namespace !== undefined && { namespace }) })
    expect(where('team-risk')).toBe(true)
    expect([where('team-elsewhere'), where('kube-system'), where()]).toEqual([false, false, false])
  })
  it('keep the identities apart: observing creates and deletes nothing and sees no pod', () => {
    for (const namespace of ['team-risk', undefined]) {
      const rules = rulesOf(manifests, GATEWAY_GROUPS.observe, namespace)
      expect(rules.flatMap(rule => rule.resources)).toEqual(['sparkapplications'])
      expect(rules.flatMap(rule => rule.verbs).toSorted()).toEqual(['get', 'list', 'watch'])
    }
  })
  it('keep the API to trying creates and reading logs, in team namespaces', () => {
    const rules = rulesOf(manifests, GATEWAY_GROUPS.api, 'team-risk')
    expect(Object.fromEntries(rules.map(({ resources, verbs }) => [resources.join(), verbs]))).toEqual({
      sparkapplications: ['create'],
      pods: ['list'],
      'pods/log': ['get'],
    })
    expect(rulesOf(manifests, GATEWAY_GROUPS.api)).toEqual([])
  })
  it('name no secret, no exec, no wildcard, and no way to change an object', () => {
    expect(isAllowed(manifests, GATEWAY_GROUPS.reconcile, secrets)).toBe(false)
    for (const role of manifests.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')) {
      const text = JSON.stringify(role['rules'])
      expect(text).not.toMatch(/"\*"|secrets|exec|attach|portforward|impersonate|escalate|"bind"|serviceaccounts/)
      if (role.metadata.name !== 'spark-driver') expect(text).not.toMatch(/patch|update|deletecollection/)
    }
  })
  it("give a driver its own pods, maps, claims and services, in its team's namespace alone", () => {
    const role = manifests.find(
      ({ kind, metadata }) => kind === 'Role' && metadata.name === 'spark-driver' && metadata.namespace === 'team-risk',
    )
    const rules = role?.['rules'] as readonly { resources: readonly string[] }[]
    expect(rules.flatMap(rule => rule.resources)).toEqual(['pods', 'configmaps', 'persistentvolumeclaims', 'services'])
    const binding = manifests.find(
      ({ kind, metadata }) =>
        kind === 'RoleBinding' && metadata.name === 'spark-driver' && metadata.namespace === 'team-risk',
    )
    expect(binding?.['subjects']).toEqual([{ kind: 'ServiceAccount', name: 'risk-jobs', namespace: 'team-risk' }])
  })
})
