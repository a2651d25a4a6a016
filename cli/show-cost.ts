/** An estimate for people: the sum, each role that makes it, and the end at the deadline; or why there is none. */

/** As the gateway answers it, and as the domain makes it. */
export type CostAnswer =
  | { readonly cluster?: string; readonly unknown: string }
  | {
      readonly cluster: string
      readonly currency: string
      readonly perHour: number
      readonly atDeadline?: { readonly hours: number; readonly amount: number }
      readonly lines: readonly {
        readonly role: string
        readonly pods: number
        readonly cores: number
        readonly memoryMiB: number
        readonly spot: boolean
        readonly perHour: number
      }[]
    }

/** No line where an older gateway says nothing. */
export function costLines(cost: CostAnswer | undefined): readonly string[] {
  if (cost === undefined) return []
  if ('unknown' in cost) return [`cost  unknown: ${cost.unknown}`]
  const { cluster, currency, perHour, atDeadline, lines } = cost
  const end =
    atDeadline === undefined
      ? 'it has no running deadline'
      : `${atDeadline.amount} ${currency} at the running deadline (${atDeadline.hours} h)`
  return [
    `cost  at most ${perHour} ${currency} an hour on ${cluster}; ${end}`,
    ...lines.map(
      ({ role, pods, cores, memoryMiB, spot, perHour: part }) =>
        `      ${role}: ${pods} × (${cores} ${cores === 1 ? 'core' : 'cores'}, ${memoryMiB} MiB)${spot ? ' on spot nodes' : ''}, ${part} ${currency} an hour`,
    ),
  ]
}
