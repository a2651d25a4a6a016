/** A clock that stands still until a test moves it. */
import type { Clock } from '../../shared/operations/ports.ts'

export class FakeClock implements Clock {
  private time: number
  constructor(time = Date.parse('2026-11-21T12:00:00Z')) {
    this.time = time
  }
  now(): number {
    return this.time
  }
  advanceSeconds(seconds: number): void {
    this.time += Math.round(seconds * 1000)
  }
}
