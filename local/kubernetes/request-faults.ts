/**
 * Failures on request: what the next matching requests get instead of, or after, their real answer.
 */

/** Which requests, how often, and what happens to them. */
export interface RequestFault {
  /** Kubernetes verb; any if absent. */
  readonly verb?: string
  /** Plural, with subresource: `sparkapplications`, `pods/log`; any if absent. */
  readonly resource?: string
  readonly namespace?: string
  /** Name of the object; for a create the name in the body. */
  readonly name?: string
  /** How many requests; 1 if absent. */
  readonly times?: number
  readonly how: FaultEffect
}

export type FaultEffect =
  /** Answers this status (429, 500, 503 …) and does nothing. `retryAfterSeconds` becomes Retry-After. */
  | { readonly kind: 'status'; readonly code: number; readonly retryAfterSeconds?: number; readonly message?: string }
  /** Never answers and does nothing: the client runs into its time-out. */
  | { readonly kind: 'hang' }
  /** Cuts the connection and does nothing. */
  | { readonly kind: 'cut' }
  /** Does what was asked, and cuts the connection instead of answering: the answer is lost. */
  | { readonly kind: 'cut-after' }
  /** Does what was asked and never answers. */
  | { readonly kind: 'hang-after' }
  /** Answers after this many real seconds. */
  | { readonly kind: 'slow'; readonly seconds: number }

export interface FaultTarget {
  readonly verb: string
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
}

/** More pending faults than this are a mistake of the test. */
const MAX_FAULTS = 1000

export class RequestFaults {
  #pending: { readonly fault: RequestFault; left: number }[] = []

  add(fault: RequestFault): void {
    if (this.#pending.length >= MAX_FAULTS) throw new Error(`more than ${MAX_FAULTS} faults are pending`)
    this.#pending.push({ fault, left: fault.times ?? 1 })
  }

  clear(): void {
    this.#pending = []
  }

  /** How many injected failures have not happened yet. */
  get pending(): number {
    return this.#pending.reduce((sum, entry) => sum + entry.left, 0)
  }

  /** The effect on this request, if any; the oldest matching fault is used up by one. */
  take(target: FaultTarget): FaultEffect | undefined {
    const entry = this.#pending.find(({ fault }) => matches(fault, target))
    if (entry === undefined) return undefined
    entry.left -= 1
    if (entry.left <= 0) this.#pending = this.#pending.filter(one => one !== entry)
    return entry.fault.how
  }
}

function matches(fault: RequestFault, target: FaultTarget): boolean {
  return (['verb', 'resource', 'namespace', 'name'] as const).every(
    key => fault[key] === undefined || fault[key] === target[key],
  )
}
