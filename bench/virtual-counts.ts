/** Sums of what a virtual gateway has asked for so far, and differences between two moments. */
import type { VirtualGateway } from './virtual-gateway.ts'

export interface Counts {
  readonly dynamodb: number
  readonly writeUnits: number
  readonly readUnits: number
  readonly sqs: number
  readonly kubernetes: number
  readonly invocations: number
  /** Passes of admission: each reads all rooms once. */
  readonly passes: number
}

export function countsOf({ dynamodb, queues, cluster, functions }: VirtualGateway): Counts {
  const bills = [...dynamodb.bills.values()]
  return {
    dynamodb: sum(bills.flatMap(({ requests }) => [...requests.values()])),
    writeUnits: sum(bills.map(bill => bill.writeUnits)),
    readUnits: sum(bills.map(bill => bill.readUnits)),
    sqs: sum([...queues.reconcile.requests.values(), ...queues.observe.requests.values()]),
    kubernetes: sum([...cluster.requests.values()]),
    invocations: sum([...functions.values()].map(({ count }) => count)),
    passes: sum(bills.map(({ requests }) => requests.get('BatchGetItem') ?? 0)),
  }
}

/** Each difference times `factor`. */
export const between = (before: Counts, after: Counts, factor: number): Counts =>
  Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value - before[name as keyof Counts]) * factor]),
  ) as unknown as Counts

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
