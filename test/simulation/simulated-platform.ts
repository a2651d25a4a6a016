/** The platform of the runs: deadlines short enough to pass within a run. */
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import type { Platform } from '../../shared/domain/platform/platform.ts'
import { specText } from './people.ts'

const made = new Map<string, Platform>()

/** Checked once for each change: runs are many. */
export function simulatedPlatform(change: Readonly<Record<string, unknown>> = {}): Platform {
  const key = JSON.stringify(change)
  const platform = made.get(key) ?? parsePlatform({ ...BASE, ...change })
  made.set(key, platform)
  return platform
}

const PRICES = { currency: 'USD', cpuHour: 0.04, gibHour: 0.005 }
const MAIN = { eksName: 'spark-main', region: 'eu-central-1', prices: PRICES }

/** One cluster: what the sweep asks of a second one only makes short scenarios longer. */
const BASE = {
  clusters: { main: MAIN },
  teams: {
    payments: { clusters: ['main'], namespace: 'team-a', inboxPrefixes: ['payments/'] },
    risk: { clusters: ['main'], namespace: 'team-b', inboxPrefixes: ['risk/'] },
  },
  inboxBuckets: ['inbox'],
  schedules: {
    nightly: { team: 'payments', expression: 'rate(1 day)', spec: specText({ name: 'nightly' }) },
  },
  deadlines: { queuedSeconds: 3_600, pendingSeconds: 600, runningSeconds: 1_800 },
}

const SECOND = { eksName: 'spark-second', region: 'eu-west-1', prices: PRICES }

/** A second cluster that both teams may use, and a team of its own; `lost`: what happens when a cluster is gone. */
export const twoClusters = (
  lost: 'wait' | 'move' = 'wait',
  clusters: Readonly<Record<'main' | 'second', object>> = { main: {}, second: {} },
  limits: object = {},
) => ({
  clusters: { main: { ...MAIN, ...clusters.main }, second: { ...SECOND, ...clusters.second } },
  teams: {
    payments: { ...BASE.teams.payments, clusters: ['main', 'second'], onClusterLost: lost, limits },
    risk: { ...BASE.teams.risk, clusters: ['main', 'second'] },
    growth: { clusters: ['second'], namespace: 'team-c', inboxPrefixes: ['growth/'], limits },
  },
  clusterLostSeconds: LOST_SECONDS,
})

/** One cluster, and a team that may have so much at a time. */
export const oneCluster = (limits: object) => ({
  teams: { ...BASE.teams, payments: { ...BASE.teams.payments, limits } },
})

/** A cluster that is silent for longer than this is lost. */
export const LOST_SECONDS = 240
