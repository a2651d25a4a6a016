/** What the embedded stack has unless a platform file says otherwise: one cluster, three teams, quick retries, test keys. */
import { DEFAULT_ENGINE_SETTINGS } from '../shared/domain/engine-settings.ts'
import type { EngineSettings } from '../shared/domain/engine-settings.ts'
import { parsePlatform } from '../shared/domain/platform/platform.ts'
import type { Platform } from '../shared/domain/platform/platform.ts'

export const REGION = 'eu-central-1'
export const ACCOUNT_ID = '111122223333'
export const INBOX_BUCKET = 'sparkgate-inbox'
/** Ended jobs and their drivers' logs. */
const ARCHIVE_BUCKET = 'sparkgate-archive'
export const AUDIENCE = 'sparkgate'
export const TEAM_CLAIM = 'sparkgate:team'

/** Known test keys of the embedded stack; they open nothing else. Shaped so that no scanner takes them for real ones. */
export const KEYS = {
  people: { accessKeyId: 'LOCALPEOPLE', secretAccessKey: 'local-people-secret' },
  reconcile: { accessKeyId: 'LOCALRECONCILE', secretAccessKey: 'local-reconcile-secret' },
  observe: { accessKeyId: 'LOCALOBSERVE', secretAccessKey: 'local-observe-secret' },
  api: { accessKeyId: 'LOCALAPI', secretAccessKey: 'local-api-secret' },
} as const

const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`
export const ROLES = {
  people: roleArn('payments-ci'),
  reconcile: roleArn('sparkgate-reconcile'),
  observe: roleArn('sparkgate-observe'),
  api: roleArn('sparkgate-api'),
}

export type Schedules = Readonly<Record<string, { team: string; expression: string; timezone?: string; spec: string }>>

export function defaultPlatform(schedules: Schedules = {}): Platform {
  return parsePlatform({
    clusters: { local: { eksName: 'sparkgate-local', region: REGION } },
    teams: {
      payments: {
        clusters: ['local'],
        namespace: 'team-payments',
        claims: ['payments'],
        principals: [ROLES.people],
        inboxPrefixes: ['payments/'],
      },
      risk: { clusters: ['local'], namespace: 'team-risk', claims: ['risk'], inboxPrefixes: ['risk/'] },
      lab: { clusters: ['local'], namespace: 'team-lab', policy: 'open', claims: ['lab'], inboxPrefixes: ['lab/'] },
    },
    inboxBuckets: [INBOX_BUCKET],
    archiveBucket: ARCHIVE_BUCKET,
    schedules,
    retry: { maxAttempts: 3, firstDelaySeconds: 2, maxDelaySeconds: 30 },
  })
}

/**
 * The engine's times for one machine: everything answers within milliseconds, so the windows are short. The arithmetic is
 * that of DEFAULT_ENGINE_SETTINGS: read age 1 s, client's time-out 3 s, 1 s for the server.
 */
export const LOCAL_SETTINGS: EngineSettings = {
  ...DEFAULT_ENGINE_SETTINGS,
  createWindowSeconds: 5,
  maxReadAgeSeconds: 1,
  vanishedGraceSeconds: 10,
  pendingLookSeconds: 2,
  strandedDriverSeconds: 60,
  removalLookSeconds: 1,
  unreachableSeconds: 1,
  unreachableMaxSeconds: 10,
}
export const KUBERNETES_TIMEOUT_SECONDS = 3

/**
 * For a cluster that is not in this process, with webhooks that may take 10 s: read age 1 s, client's time-out 5 s, 12 s for the
 * server to finish what its client gave up.
 */
export const REMOTE_SETTINGS: EngineSettings = { ...LOCAL_SETTINGS, createWindowSeconds: 18, vanishedGraceSeconds: 30 }
export const REMOTE_TIMEOUT_SECONDS = 5
