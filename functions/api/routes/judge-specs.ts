/** POST /v1/validate and POST /v1/convert: questions about specs. Whatever the verdict, the question was answered: 200. */
import type { JsonObject } from '../../../shared/domain/job-spec/canonical-spec.ts'
import { findingView } from '../../../shared/domain/report.ts'
import { json } from '../../../shared/runtime/http.ts'
import { readSpecBody } from '../bodies.ts'
import { wordOf } from '../query.ts'
import { teamOfMember } from '../route.ts'
import type { Answer, ApiRequest } from '../route.ts'

export async function validateSpec(request: ApiRequest): Promise<Answer> {
  const { deps, event } = request
  const verdicts = await deps.specs.read(
    deps.platform,
    teamOfMember(request),
    readSpecBody(event, deps.platform.maxSpecBytes),
  )
  const documents = verdicts.map((verdict): JsonObject => {
    const name = verdict.verdict === 'accepted' ? verdict.spec.name : verdict.name
    return {
      verdict: verdict.verdict,
      ...(name !== undefined && { name }),
      ...(verdict.verdict === 'accepted' && { specHash: verdict.specHash }),
      findings: verdict.findings.map(findingView),
    }
  })
  return json(200, { accepted: verdicts.every(({ verdict }) => verdict === 'accepted'), documents })
}

export const SPEC_FORMS = ['short', 'native'] as const

export async function convertSpec(request: ApiRequest): Promise<Answer> {
  const { deps, event, query } = request
  const form = wordOf(query, 'to', SPEC_FORMS) ?? 'native'
  const content = readSpecBody(event, deps.platform.maxSpecBytes)
  const { convertSpecs } = await import('../../../shared/operations/convert-specs.ts')
  const converted = convertSpecs(deps.platform, teamOfMember(request), content, form)
  const documents = converted.map(({ format, document, lost, findings }): JsonObject => ({
    ...(format !== undefined && { format }),
    ...(document !== undefined && { document }),
    lost: [...lost],
    findings: findings.map(findingView),
  }))
  return json(200, { to: form, documents })
}
