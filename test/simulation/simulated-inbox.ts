/** The inbox bucket with its versions and reports, the archive, and the event bus: what reached them. */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../shared/domain/job-spec/canonical-spec.ts'
import type { InboxObject, JobEvent } from '../../shared/operations/ports.ts'
import type { Archive, Bus, Inbox } from './ports-of-worker.ts'

export class SimulatedInbox implements Inbox, Bus, Archive {
  readonly reports = new Map<string, JsonObject>()
  /** Ids of the events that were told, as JSON. */
  readonly told = new Set<string>()
  /** The jobs whose ends are kept, with their attempt: `["id",attempt]`. */
  readonly kept = new Set<string>()
  private readonly objects = new Map<string, Uint8Array>()

  /** The version's id. */
  put(key: string, bytes: Uint8Array): string {
    const version = `v${this.objects.size + 1}-${createHash('sha256').update(bytes).digest('hex').slice(0, 6)}`
    this.objects.set(`${key}@${version}`, bytes)
    return version
  }

  read(at: { readonly key: string; readonly version: string }): InboxObject {
    const bytes = this.objects.get(`${at.key}@${at.version}`)
    return bytes === undefined ? { outcome: 'missing' } : { outcome: 'read', bytes }
  }

  writeReport(at: { readonly key: string }, report: JsonObject): void {
    this.reports.set(at.key, report)
  }

  publish(events: readonly JobEvent[]): void {
    for (const { detail } of events) this.told.add(JSON.stringify(detail['eventId']))
  }

  archived(_name: string, lines: readonly JsonObject[]): void {
    for (const { id, attempt } of lines) this.kept.add(JSON.stringify([id, attempt]))
  }
}
