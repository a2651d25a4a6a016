import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openPlatform, sealPlatform } from '../../shared/domain/platform/sealed-platform.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'
import { configOf } from '../../shared/runtime/config.ts'
import { makePlatform } from '../support/make-job.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const environment = (platform: string) => {
  const file = join(folder, 'platform.json')
  writeFileSync(file, platform)
  return { TABLE_NAME: 't', RECONCILE_QUEUE_URL: 'r', OBSERVE_QUEUE_URL: 'o', EVENT_BUS_NAME: 'b', PLATFORM_FILE: file }
}

describe('the environment of a function', () => {
  it('is parsed once, with the platform file', () => {
    const platform = parsePlatform({ clusters: { main: { eksName: 'x', region: 'eu-central-1' } }, teams: {} })
    expect(configOf(environment(sealPlatform(platform)))).toMatchObject({
      tableName: 't',
      platform: { clusters: { main: { submitsPerSecond: 2 } }, retentionDays: 90 },
      settings: { createWindowSeconds: 35 },
    })
  })
  it('names every variable that is missing', () => {
    expect(() => configOf({ TABLE_NAME: 't', EVENT_BUS_NAME: '' })).toThrow(
      'RECONCILE_QUEUE_URL, OBSERVE_QUEUE_URL, EVENT_BUS_NAME, PLATFORM_FILE',
    )
  })
  it('takes no platform file that deployment did not check', () => {
    expect(() => configOf(environment('clusters: {}'))).toThrow(/not the JSON that deployment makes/)
    expect(() => configOf(environment('{"clusters":{}}'))).toThrow(/not made by deployment/)
    const sealed = sealPlatform(makePlatform())
    expect(() => configOf(environment(sealed.replace('payments', 'penguins')))).toThrow(/changed after it/)
    expect(openPlatform(sealed)).toEqual(makePlatform())
  })
})
