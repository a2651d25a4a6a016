/** Conversion keeps the job: what is written anew and read again is the same canonical spec. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { requestOnly } from '../../cli/request-only.ts'
import { yamlText } from '../../cli/yaml-text.ts'
import type { JsonObject, SpecContext } from '../../shared/domain/job-spec/canonical-spec.ts'
import { toSparkApplicationDocument } from '../../shared/domain/job-spec/convert/to-spark-application.ts'
import { builtInProfiles } from '../../shared/domain/job-spec/layers/built-in-profiles.ts'
import { judgeJobSpecs } from '../../shared/domain/job-spec/parse-job-spec.ts'
import { openPolicy } from '../../shared/domain/job-spec/policy/built-in-policies.ts'

const context: SpecContext = {
  team: 'team',
  namespace: 'team',
  serviceAccount: 'spark',
  policy: openPolicy,
  profiles: builtInProfiles(),
  layers: [
    {
      name: 'platform',
      spec: {
        driver: { env: [{ name: 'ZONE', value: 'a' }], labels: { from: 'platform' } },
        sparkConf: { 'spark.ui.port': '4041' },
      },
    },
  ],
}

const judge = (text: string) =>
  judgeJobSpecs({ bytes: Buffer.from(text) }, context).map(({ verdict, merged }) => {
    if (verdict.verdict === 'refused' || merged === undefined) throw new Error(JSON.stringify(verdict))
    const request = requestOnly(verdict.spec.application, merged)
    return {
      ...verdict,
      request,
      text: yamlText(toSparkApplicationDocument({ ...verdict.spec, application: request })),
    }
  })

describe('what the author said', () => {
  const files = [
    ...globSync('test/unit/job-spec/golden/*.yaml'),
    'events/specs/spark-pi.yaml',
    'events/specs/long-running.json',
    ...['short-form', 'short-form-everything', 'short-form-python', 'short-form-stream'].map(
      name => `events/specs/${name}.yaml`,
    ),
  ]

  it('is the same job when it is written anew', () => {
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) {
      for (const { specHash, text } of judge(readFileSync(file, 'utf8'))) {
        expect(judge(text).map(again => again.specHash)).toEqual([specHash])
      }
    }
  })

  it('has nothing of profiles, the platform or the gateway in it', () => {
    const document = readFileSync('events/specs/spark-pi.yaml', 'utf8')
      .replace('metadata:', 'metadata:\n  annotations: {sparkgate.dev/profiles: "medium"}')
      .replace('driver:', 'driver:\n    env: [{name: MINE, value: b}]')
      .replaceAll(/^ {4}(cores|memory|instances): .*\n/gm, '')
      .replace('  executor:\n', '  executor: {}\n')
    const judged = judge(document)[0]!
    const { driver, executor, sparkConf } = judged.request as Record<string, JsonObject>
    expect(judged.spec.application['driver']).toMatchObject({ cores: 2, memory: '4g', labels: { from: 'platform' } })
    expect(driver).toEqual({ env: [{ name: 'MINE', value: 'b' }] })
    expect(executor).toEqual({})
    expect(sparkConf).toEqual({ 'spark.sql.adaptive.enabled': 'true' })
    expect(judged.text).toContain('sparkgate.dev/profiles: medium')
    expect(judge(judged.text)[0]?.specHash).toBe(judged.specHash)
  })
})
