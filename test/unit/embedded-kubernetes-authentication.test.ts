import { describe, expect, it } from 'vitest'
import { authenticate } from '../../local/kubernetes/authentication.ts'
import type { TokenVerdict } from '../../local/kubernetes/authentication.ts'
import { CLUSTER_NAME, observe, reconcile } from '../support/embedded-kubernetes-client.ts'
import { signEksToken, signEksUrl, tokenOf } from '../support/embedded-kubernetes-tokens.ts'
import type { TokenOptions } from '../support/embedded-kubernetes-tokens.ts'

const now = new Date('2026-11-21T12:00:00Z')
const clusterName = CLUSTER_NAME
const minutes = (count: number): Date => new Date(now.getTime() + count * 60_000)

function check(token: string): TokenVerdict {
  return authenticate(`Bearer ${token}`, clusterName, [reconcile, observe], now)
}

async function changed(change: (url: URL) => void, options: Partial<TokenOptions> = {}): Promise<TokenVerdict> {
  const url = await signEksUrl(reconcile, { clusterName, signedAt: now, ...options })
  change(url)
  return check(tokenOf(url.href))
}

describe('a token that the role itself signed', () => {
  it.each([reconcile, observe])('names the role and its groups, with and without a session token', async principal => {
    const verdict = check(await signEksToken(principal, { clusterName, signedAt: now }))
    expect(verdict).toMatchObject({
      user: { roleArn: principal.roleArn, groups: [...principal.groups, 'system:authenticated'] },
    })
  })

  it('names the session as EKS does', async () => {
    const verdict = check(await signEksToken(reconcile, { clusterName, signedAt: now }))
    expect(verdict).toHaveProperty(
      'user.username',
      'arn:aws:sts::111122223333:assumed-role/sparkgate-reconcile/embedded',
    )
  })

  it('is good for 15 minutes whatever X-Amz-Expires says, and not longer', async () => {
    expect(
      check(await signEksToken(reconcile, { clusterName, signedAt: minutes(-14.9), expiresSeconds: 60 })),
    ).toHaveProperty('user')
    expect(
      check(await signEksToken(reconcile, { clusterName, signedAt: minutes(-15.1), expiresSeconds: 900 })),
    ).toEqual({ refused: 'expired' })
  })

  it('may be for the global STS endpoint or another region', async () => {
    const global = { clusterName, signedAt: now, region: 'us-east-1', host: 'sts.amazonaws.com' }
    expect(check(await signEksToken(reconcile, global))).toHaveProperty('user')
    expect(
      check(await signEksToken(reconcile, { clusterName, signedAt: now, region: 'ap-southeast-2' })),
    ).toHaveProperty('user')
  })
})

describe('a token that was tampered with is refused', () => {
  const bad: [string, () => Promise<TokenVerdict>, string][] = [
    ['another signature', () => changed(url => url.searchParams.set('X-Amz-Signature', '0'.repeat(64))), 'signature'],
    ['a shorter signature', () => changed(url => url.searchParams.set('X-Amz-Signature', 'ab')), 'signature'],
    ['no signature', () => changed(url => url.searchParams.delete('X-Amz-Signature')), 'signature'],
    [
      'another action',
      () => changed(url => url.searchParams.set('Action', 'AssumeRole')),
      'action is not GetCallerIdentity',
    ],
    [
      'a signed but wrong action',
      () => changed(() => undefined, { query: { Action: 'GetFederationToken' } }),
      'action is not GetCallerIdentity',
    ],
    ['no version', () => changed(url => url.searchParams.delete('Version')), 'wrong version'],
    [
      'an extra parameter that is signed',
      () => changed(() => undefined, { query: { 'x-id': 'GetCallerIdentity' } }),
      'parameter x-id is not allowed',
    ],
    [
      'an extra parameter',
      () => changed(url => url.searchParams.set('RoleArn', 'x')),
      'parameter RoleArn is not allowed',
    ],
    [
      'a parameter twice',
      () => changed(url => url.searchParams.append('Action', 'GetCallerIdentity')),
      'parameter Action comes twice',
    ],
    [
      'a parameter twice in other case',
      () => changed(url => url.searchParams.append('action', 'GetCallerIdentity')),
      'parameter action comes twice',
    ],
    ['another date', () => changed(url => url.searchParams.set('X-Amz-Date', '20261121T120001Z')), 'signature'],
    ['a date that is none', () => changed(url => url.searchParams.set('X-Amz-Date', '20261121')), 'X-Amz-Date'],
    ['a date from the future', () => changed(() => undefined, { signedAt: minutes(6) }), 'from the future'],
    ['X-Amz-Expires over 15 minutes', () => changed(() => undefined, { expiresSeconds: 901 }), 'X-Amz-Expires'],
    ['no X-Amz-Expires', () => changed(url => url.searchParams.delete('X-Amz-Expires')), 'X-Amz-Expires'],
    ['another cluster', () => changed(() => undefined, { clusterName: 'other-cluster' }), 'signature'],
    [
      'a cluster that is not signed',
      () => changed(() => undefined, { headers: { host: 'sts.eu-central-1.amazonaws.com' } }),
      'x-k8s-aws-id is not signed',
    ],
    [
      'one more signed header',
      () => changed(url => url.searchParams.set('X-Amz-SignedHeaders', 'host;x-evil;x-k8s-aws-id')),
      'signed headers that are not sent',
    ],
    ['another host', () => changed(url => (url.host = 'sts.evil.example')), 'not an STS host'],
    [
      'a host that only looks like STS',
      () => changed(url => (url.host = 'sts.amazonaws.com.evil.example')),
      'not an STS host',
    ],
    ['another port', () => changed(url => (url.port = '8443')), 'not an STS host'],
    [
      'another region than the host',
      () => changed(() => undefined, { region: 'eu-central-1', host: 'sts.eu-west-1.amazonaws.com' }),
      'credential scope',
    ],
    ['another service', () => changed(() => undefined, { service: 's3' }), 'credential scope'],
    ['another path', () => changed(url => (url.pathname = '/x')), 'unexpected path'],
    ['http', () => changed(url => (url.protocol = 'http:')), 'not https'],
    ['no session token', () => changed(url => url.searchParams.delete('X-Amz-Security-Token')), 'session token'],
    ['another session token', () => changed(url => url.searchParams.set('X-Amz-Security-Token', 'x')), 'session token'],
    [
      'another access key',
      () =>
        changed(url => url.searchParams.set('X-Amz-Credential', 'AKIAUNKNOWN/20261121/eu-central-1/sts/aws4_request')),
      'unknown access key',
    ],
    [
      "another role's access key",
      () =>
        changed(url =>
          url.searchParams.set('X-Amz-Credential', `${observe.accessKeyId}/20261121/eu-central-1/sts/aws4_request`),
        ),
      'session token',
    ],
    [
      'another algorithm',
      () => changed(url => url.searchParams.set('X-Amz-Algorithm', 'AWS4-ECDSA-P256-SHA256')),
      'wrong algorithm',
    ],
    [
      'a secret that is wrong',
      async () => check(await signEksToken({ ...reconcile, secretAccessKey: 'guess' }, { clusterName, signedAt: now })),
      'signature',
    ],
  ]
  it.each(bad)('%s', async (_name, verdict, refused) => {
    expect(await verdict()).toEqual({ refused })
  })

  it('spelled in another way: padding, base64, prefix, length, no URL', async () => {
    const token = await signEksToken(reconcile, { clusterName, signedAt: now })
    const refusals = [
      `${token}=`,
      `k8s-aws-v2.${token.slice(11)}`,
      `${token}A`,
      `k8s-aws-v1.${'A'.repeat(5000)}`,
      tokenOf('not a url'),
      '',
      'x',
    ]
    for (const one of refusals) expect(check(one), one.slice(0, 20)).toHaveProperty('refused')
  })

  it('and nothing else is let in: no header, basic, lower-case scheme', async () => {
    const token = await signEksToken(reconcile, { clusterName, signedAt: now })
    for (const header of [undefined, '', `Basic ${token}`, `bearer ${token}`, `Bearer ${token} ${token}`]) {
      expect(authenticate(header, clusterName, [reconcile], now), header?.slice(0, 12)).toHaveProperty('refused')
    }
  })
})
