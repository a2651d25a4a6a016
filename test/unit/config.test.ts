import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { configOf } from '../../shared/runtime/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const environment = (platform: string) => {
  const file = join(folder, 'platform.json')
  writeFileSync(file, platform)
  return { TABLE_NAME: 't', RECONCILE_QUEUE_URL: 'r', OBSERVE_QUEUE_URL: 'o', EVENT_BUS_NAME: 'b', PLATFORM_FILE: file }
}

describe('the environment of a function', () => {
  it('is parsed once, with the platform file', () => {
    const platform = { clusters: { main: { eksName: 'x', region: 'eu-central-1' } }, teams: {} }
    expect(configOf(environment(JSON.stringify(platform)))).toMatchObject({
      tableName: 't',
      platform: { clusters: { main: { submitsPerSecond: 2 } }, retentionDays: 90 },
      settings: { createWindowSeconds: 30 },
    })
  })
  it('names every variable that is missing', () => {
    expect(() => configOf({ TABLE_NAME: 't', EVENT_BUS_NAME: '' })).toThrow(
      'RECONCILE_QUEUE_URL, OBSERVE_QUEUE_URL, EVENT_BUS_NAME, PLATFORM_FILE',
    )
  })
  it('says what is wrong with the platform file', () => {
    expect(() => configOf(environment('clusters: {}'))).toThrow(/PLATFORM_FILE .*cannot be read as JSON/)
    expect(() => configOf(environment('{"clusters":{}}'))).toThrow(/teams/)
  })
})
