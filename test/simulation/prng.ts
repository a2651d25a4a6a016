/** The one source of chance of a run: 32-bit arithmetic, so that a seed means the same on every machine. */

export class Prng {
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(seed: number) {
    this.a = seed >>> 0
    this.b = 0x9e3779b9 ^ (seed >>> 16)
    this.c = 0x85ebca6b
    for (let round = 0; round < WARM_UP; round++) this.next()
  }

  /** 0 ≤ x < 1 (sfc32, Chris Doty-Humphrey's small fast counting generator). */
  next(): number {
    const sum = (((this.a + this.b) >>> 0) + this.counter) >>> 0
    this.counter = (this.counter + 1) >>> 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) >>> 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) >>> 0
    return sum / 2 ** 32
  }

  /** A whole number, `low` ≤ x ≤ `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of them; throws for an empty list. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
}

/** Rounds until neighbouring seeds have nothing in common any more. */
const WARM_UP = 12
