/** `sparkgate config`: a platform file with its mistakes at their lines, and what a change of it would do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runSparkgate } from './cli-process.ts'

const GOOD = `clusters:
  main: {eksName: analytics, region: eu-central-1}
teams:
  lab: {clusters: [main], namespace: team-lab}
  risk: {clusters: [main], namespace: team-risk}
`
let folder: string

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sparkgate-config-'))))
afterEach(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('config check', () => {
  it('takes a good file, from standard input too', async () => {
    const said = { code: 0, out: expect.stringContaining('1 cluster, 2 teams') }
    expect(await runSparkgate(['config', 'check', file('good.yaml', GOOD)])).toMatchObject(said)
    expect(await runSparkgate(['config', 'check', '-'], { input: GOOD })).toMatchObject(said)
  })
  it.each([
    [
      'an unknown field',
      GOOD.replace('team-lab}', 'team-lab, polcy: open}'),
      /line 4:\d+\)\n +Unrecognized key: "polcy"/,
    ],
    [
      'a team on no cluster',
      GOOD.replace('[main], namespace: team-risk', '[other], namespace: team-risk'),
      /teams\.risk\.clusters \(line 5:\d+\)\n +there is no cluster other/,
    ],
    ['a wrong value', GOOD.replace('eu-central-1', 'Frankfurt'), /clusters\.main\.region \(line 2:\d+\)/],
    ['broken YAML', `${GOOD}  : : [`, /line 6:\d+\)/],
    ['a key that is there twice', `${GOOD}teams: {}\n`, /line 6:\d+\)\n +Map keys must be unique/],
    ['nothing', '', /line 1:1/],
  ])('refuses %s with 2, at its line', async (_, text, said) => {
    expect(await runSparkgate(['config', 'check', file('bad.yaml', text)])).toMatchObject({
      code: 2,
      out: expect.stringMatching(said),
    })
  })
  it('says the same as JSON', async () => {
    const bad = file('bad.yaml', GOOD.replace('team-lab}', 'team-lab, polcy: open}'))
    const { code, out } = await runSparkgate(['config', 'check', bad, '-o', 'json'])
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ accepted: false, problems: [{ path: 'teams.lab', line: 4 }] })
  })
  it('cannot check what it cannot read', async () => {
    const missing = await runSparkgate(['config', 'check', join(folder, 'none.yaml')])
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('no such file') })
    expect(await runSparkgate(['config', 'chek', 'x'])).toMatchObject({ code: 1 })
  })
})

describe('config diff', () => {
  it('tells what a change would do, the worst first', async () => {
    const before = file('before.yaml', GOOD)
    expect(await runSparkgate(['config', 'diff', before, before])).toMatchObject({ code: 0, out: 'Nothing changes.\n' })
    const after = file(
      'after.yaml',
      GOOD.replace(/ {2}risk: .*\n/, '').replace('team-lab}', 'team-lab, limits: {cores: 4}}'),
    )
    const { code, out } = await runSparkgate(['config', 'diff', before, after])
    expect(code).toBe(0)
    expect(out).toMatch(/^breaks teams\.risk \(risk\)\n[\s\S]*^restricts teams\.lab\.limits\.cores \(lab\)\n/m)
    const { out: json } = await runSparkgate(['config', 'diff', before, after, '-o', 'json'])
    expect((JSON.parse(json) as { changes: object[] }).changes).toHaveLength(2)
  })
  it('refuses two files of which one is wrong', async () => {
    const bad = file('bad.yaml', 'teams: {}\n')
    expect(await runSparkgate(['config', 'diff', file('good.yaml', GOOD), bad])).toMatchObject({
      code: 2,
      err: expect.stringContaining('bad.yaml: '),
    })
  })
})
