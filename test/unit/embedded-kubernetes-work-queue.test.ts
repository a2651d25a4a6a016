import { describe, expect, it } from 'vitest'
import { WorkQueue } from '../../local/kubernetes/work-queue.ts'

describe('the work queue of the embedded operator', () => {
  it('has so many keys in work and no more, each once', () => {
    const begun: string[] = []
    const queue = new WorkQueue(2, key => begun.push(key))
    for (const key of ['a', 'b', 'c', 'c']) queue.add(key)
    expect(begun).toEqual(['a', 'b'])
    queue.done('a')
    queue.done('b')
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('remembers a key that comes again while it is in work', () => {
    const queue = new WorkQueue(1, () => undefined)
    queue.add('a')
    queue.add('a')
    expect([queue.done('a'), queue.done('a')]).toEqual([true, false])
  })

  it('begins nothing more when the work itself clears it, as a kill does', () => {
    const begun: string[] = []
    const queue: WorkQueue = new WorkQueue(1, key => {
      begun.push(key)
      if (key === 'killer') queue.clear()
    })
    queue.add('held')
    for (const key of ['killer', 'never']) queue.add(key)
    queue.done('held')
    expect(begun).toEqual(['held', 'killer'])
  })

  it('gets through thousands of keys that are done at once', () => {
    let count = 0
    const queue: WorkQueue = new WorkQueue(1, key => {
      count += 1
      if (key !== 'held') queue.done(key)
    })
    queue.add('held')
    for (let index = 0; index < 20_000; index += 1) queue.add(`key-${index}`)
    queue.done('held')
    expect(count).toBe(20_001)
  })
})
