/**
 * What the platform's own layers (defaults of platform, cluster and team; profiles) put into jobs. The gateway's policy does
 * not judge them, so the second wall must let them through as well.
 */
import { profilesOf } from '../../../shared/domain/platform/spec-context.ts'
import { allows } from '../../../shared/domain/job-spec/policy/allow-list.ts'
import type { ClusterContext, ClusterTeam } from '../cluster-context.ts'

/** Values by what they are; each list is sorted and has no value twice. */
export interface LayerValues {
  readonly images: readonly string[]
  readonly hostPaths: readonly string[]
  readonly nfs: readonly string[]
  readonly secrets: readonly string[]
  readonly tolerations: readonly string[]
  readonly priorityClasses: readonly string[]
  readonly schedulers: readonly string[]
  readonly settings: readonly string[]
}

export function layerValues(context: ClusterContext, teams: readonly ClusterTeam[]): LayerValues {
  const layers = [
    context.platform.defaults,
    context.cluster.defaults,
    ...teams.map(team => team.defaults),
    ...Object.entries(profilesOf(context.platform))
      .filter(([name]) => teams.some(team => allows(team.rules.gateway.profiles, name)))
      .map(([, profile]) => profile.spec),
  ]
  const found = layers.flatMap(layer => leavesOf(layer, ''))
  const at = (form: RegExp): string[] => found.flatMap(({ path, text }) => (form.test(path) ? [text] : []))
  const set = (...lists: readonly string[][]): string[] => [...new Set(lists.flat())].toSorted()
  return {
    images: set(at(/(^|\.)image$/)),
    hostPaths: set(at(/\.hostPath\.path$/), at(/sparkConf\.spark\..*volumes\.hostPath\..*\.options\.path$/)),
    nfs: set(nfsOf(found)),
    secrets: set(at(/\.secret(KeyRef|Ref)\.name$/), at(/\.secret\.secretName$/), at(/\.secrets\.\d+\.name$/)),
    tolerations: set(at(/\.tolerations\.\d+\.key$/)),
    priorityClasses: set(at(/\.priorityClassName$/)),
    schedulers: set(at(/\.schedulerName$/), at(/spark\.kubernetes\..*scheduler\.name$/)),
    settings: set(found.flatMap(({ path }) => /^sparkConf\.(.*)$/.exec(path)?.[1] ?? [])),
  }
}

interface Leaf {
  readonly path: string
  readonly text: string
}

function nfsOf(found: readonly Leaf[]): string[] {
  return found
    .filter(({ path }) => path.endsWith('.nfs.server'))
    .flatMap(({ path, text }) => {
      const folder = found.find(leaf => leaf.path === path.replace(/server$/, 'path'))
      return folder === undefined ? [] : [`${text}:${folder.text}`]
    })
}

/** Layers are as deep as a pod's spec; deeper is nothing that a schema has. */
const MAX_DEPTH = 32

function leavesOf(value: unknown, path: string, depth = 0): readonly Leaf[] {
  if (depth > MAX_DEPTH || value === null || value === undefined) return []
  if (typeof value !== 'object') return [{ path, text: typeof value === 'string' ? value : JSON.stringify(value) }]
  return Object.entries(value).flatMap(([key, inner]) =>
    leavesOf(inner, path === '' ? key : `${path}.${key}`, depth + 1),
  )
}
