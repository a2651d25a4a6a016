/** What happened in a run, as lines on request and as a hash always: the same seed must give the same hash. */

export class Trace {
  readonly lines: string[] = []
  private readonly keep: boolean
  private low = 0x811c9dc5
  private high = 0xcbf29ce4

  constructor(keep: boolean) {
    this.keep = keep
  }

  add(time: number, text: string): void {
    this.mix(time >>> 0)
    for (let index = 0; index < text.length; index++) this.mix(text.charCodeAt(index))
    if (this.keep) this.lines.push(`${(time / 1000).toFixed(3).padStart(11)} s  ${text}`)
  }

  /** 16 hexadecimal digits. */
  hash(): string {
    return [this.high, this.low].map(half => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private mix(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x01000193)
    this.high = Math.imul(this.high ^ (this.low >>> 15) ^ value, 0x85ebca6b)
  }
}
