import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { builtInProfiles } from '../../shared/domain/job-spec/layers/built-in-profiles.ts'
import { parseJobSpec } from '../../shared/domain/job-spec/parse-job-spec.ts'
import { strictPolicy } from '../../shared/domain/job-spec/policy/built-in-policies.ts'
import { parsePlatform } from '../../shared/domain/platform/platform.ts'

const readme = readFileSync('README.md', 'utf8')

describe('the README', () => {
  it('shows a platform file that is one', () => {
    const [, block] = /```yaml\n(clusters:[\s\S]*?)```/.exec(readme) ?? []
    expect(Object.keys(parsePlatform(parse(block ?? '')).teams)).toEqual(['payments'])
  })
  it('shows a short form that is accepted', () => {
    const [, block = ''] = /```yaml\n(main:[\s\S]*?)```/.exec(readme) ?? []
    const context = {
      team: 't',
      namespace: 't',
      serviceAccount: 'spark',
      policy: strictPolicy,
      profiles: builtInProfiles(),
    }
    expect(parseJobSpec({ bytes: Buffer.from(block) }, context)).toMatchObject({ verdict: 'accepted' })
  })
  it('names only scripts and flags that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?([a-z:]+)/g)].map(match => match[1] ?? '')
    const unknown = named.filter(name => !(name in scripts) && name !== 'ci' && name !== 'registry')
    expect(named.length).toBeGreaterThan(10)
    expect(unknown).toEqual([])
    const local = readFileSync('local/main.ts', 'utf8')
    for (const [, flag] of readme.matchAll(/^\| `--([a-z-]+)/gm)) expect(local).toContain(`${flag}`)
  })
  it('links to files that exist', () => {
    for (const [, link = ''] of readme.matchAll(/\]\((docs\/[^)#]+)\)/g)) {
      if (link.endsWith('.md')) expect(readFileSync(link, 'utf8').length).toBeGreaterThan(100)
      else expect(readdirSync(link).length).toBeGreaterThan(0)
    }
  })
})
