/** readWatches: up to when the watches of the clusters of some jobs have told every change. */
import type { Job } from '../domain/job.ts'
import { isWatched } from '../domain/report.ts'
import type { KnownAround } from '../domain/report.ts'
import type { AdmissionStore } from './ports.ts'

/** One question for all clusters; none where no job has anything there. */
export async function readWatches(
  admission: Pick<AdmissionStore, 'readRooms'>,
  jobs: readonly Job[],
): Promise<Required<Pick<KnownAround, 'watchedAt'>>> {
  const clusters = [...new Set(jobs.filter(isWatched).map(({ cluster }) => cluster))]
  if (clusters.length === 0) return { watchedAt: () => undefined }
  const rooms = await admission.readRooms([], clusters)
  return {
    watchedAt: name => {
      const observer = rooms.clusters.get(name)?.observer
      return observer?.active === true ? observer.reachableAt : undefined
    },
  }
}
