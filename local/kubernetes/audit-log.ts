/**
 * Who asked for what: one entry a request, like a Kubernetes audit log at Metadata level. Tests count creates in it, so
 * it is written for every request that reached the server, whatever became of the answer.
 */
import { appendFileSync } from 'node:fs'

export interface AuditEntry {
  readonly kind: 'Event'
  readonly apiVersion: 'audit.k8s.io/v1'
  readonly level: 'Metadata'
  readonly auditID: string
  /** `ResponseStarted` for a watch (it has no end worth waiting for), else `ResponseComplete`. */
  readonly stage: 'ResponseStarted' | 'ResponseComplete'
  readonly requestURI: string
  /** Kubernetes verb: create, get, list, watch, delete, deletecollection, patch, update. */
  readonly verb: string
  /** Absent fields: nobody was authenticated (401). `extra` as EKS fills it. */
  readonly user: {
    readonly username?: string
    readonly groups?: readonly string[]
    readonly extra?: {
      readonly arn: readonly string[]
      readonly canonicalArn: readonly string[]
      readonly accessKeyId: readonly string[]
    }
  }
  readonly objectRef?: {
    readonly resource: string
    readonly namespace?: string
    readonly name?: string
    readonly uid?: string
    readonly apiGroup?: string
    readonly apiVersion: string
    readonly subresource?: string
  }
  /** What the server decided, even where `control` kept the answer from the client. */
  readonly responseStatus: { readonly code: number; readonly reason?: string }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  /** What `control` did to this request, if anything. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** More entries than this are dropped from memory, oldest first, and counted; the file keeps them all. */
export const MAX_AUDIT_ENTRIES = 50_000

export class AuditLog {
  readonly file: string | undefined
  readonly #entries: AuditEntry[] = []
  #dropped = 0

  /** `file`: also append there, a JSON line each, so that it survives kill -9. */
  constructor(file?: string) {
    this.file = file
  }

  /** Newest last. */
  get entries(): readonly AuditEntry[] {
    return this.#entries
  }

  /** How many entries memory has lost. */
  get dropped(): number {
    return this.#dropped
  }

  append(entry: AuditEntry): void {
    this.#entries.push(entry)
    if (this.#entries.length > MAX_AUDIT_ENTRIES) {
      this.#entries.shift()
      this.#dropped += 1
    }
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
  }
}
