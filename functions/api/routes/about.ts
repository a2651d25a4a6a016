/** What a caller is here, that the API answers, and what it offers. */
import { json } from '../../../shared/runtime/http.ts'
import type { Answer, ApiRequest } from '../route.ts'

/** Also for an identity without a team: it tells what to ask the platform team for. */
export async function whoAmI({ caller }: ApiRequest): Promise<Answer> {
  const { name, by, team, roles, isAdmin } = caller
  const all = team === undefined ? [] : ['viewer', ...roles.filter(role => role !== 'viewer')]
  return json(200, { name, by, team: team ?? null, roles: all, admin: isAdmin })
}

/** That requests get through; what is behind it is on the clusters and in the alarms. */
export const getHealth = async (): Promise<Answer> => json(200, { status: 'ok' })

export async function getOpenApi(): Promise<Answer> {
  const { default: document } = await import('../../../docs/openapi.json', { with: { type: 'json' } })
  return json(200, document)
}
