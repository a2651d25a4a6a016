/** Links of a job to what shows more of it: templates of the platform file with the job's own names put in. */
import { clusterOfAttempt, currentAttempt } from './job.ts'
import type { Job } from './job.ts'

/** Of the platform file: `https://history.example.com/history/{sparkApplicationId}/`. */
export interface LinkTemplates {
  /** The UI of the running driver. */
  readonly sparkUi?: string | undefined
  /** Where its event log is shown, also after it ended. */
  readonly historyServer?: string | undefined
  readonly console?: string | undefined
}

/** What may stand in a template. */
export const LINK_PLACES = [
  'team',
  'jobId',
  'name',
  'cluster',
  'namespace',
  'attempt',
  'objectName',
  'sparkApplicationId',
] as const

/** What may stand in its host: names of the platform file, which are DNS labels. */
export const LINK_HOST_PLACES: readonly string[] = ['team', 'cluster', 'namespace']

/** Those links whose every name is known; the Spark UI only while the driver runs. */
export function linksOf(job: Job, templates: LinkTemplates | undefined): Readonly<Record<string, string>> {
  const attempt = currentAttempt(job) ?? job.attempts.at(-1)
  const names: Readonly<Record<(typeof LINK_PLACES)[number], string | undefined>> = {
    team: job.team,
    jobId: job.jobId,
    name: job.name,
    cluster: attempt === undefined ? job.cluster : clusterOfAttempt(job, attempt),
    namespace: job.namespace,
    attempt: attempt && String(attempt.number),
    objectName: attempt?.objectName,
    sparkApplicationId: attempt?.sparkApplicationId,
  }
  return Object.fromEntries(
    Object.entries(templates ?? {}).flatMap(([link, template]) => {
      const isThere = template !== undefined && (link !== 'sparkUi' || job.state === 'RUNNING')
      const url = isThere ? fill(template, names) : undefined
      return url === undefined ? [] : [[link, url]]
    }),
  )
}

/** Undefined where a name is not known yet. Nothing that a name holds leaves its place in the address. */
function fill(template: string, names: Readonly<Record<string, string | undefined>>): string | undefined {
  const places = [...template.matchAll(PLACE)].map(([, name = '']) => name)
  if (places.some(name => names[name] === undefined)) return undefined
  return template.replace(PLACE, (_, name: string) => encodeURIComponent(names[name] ?? ''))
}

const PLACE = /\{(\w+)\}/g

/** Why a text is no template of a link, in words; undefined where it is one. */
export function linkTemplateProblem(template: string): string | undefined {
  const known: readonly string[] = LINK_PLACES
  const unknown = [...template.matchAll(/\{([^}]*)\}?/g)].find(
    ([whole, name = '']) => !whole.endsWith('}') || !known.includes(name),
  )
  if (unknown !== undefined) return `${unknown[0]} is none of ${known.map(name => `{${name}}`).join(', ')}`
  const [, host] = /^https?:\/\/([^/?#]+)/.exec(template) ?? []
  if (host === undefined || !URL.canParse(template.replace(PLACE, 'x'))) return 'must be a web address (https://…)'
  const strange = [...host.matchAll(PLACE)].find(([, name = '']) => !LINK_HOST_PLACES.includes(name))
  return strange === undefined ? undefined : `${strange[0]} may not stand in the host`
}
