/** What a route is: who may take it, which query it knows, and what runs. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Role } from '../../shared/domain/identity.ts'
import type { JobRef } from '../../shared/domain/job.ts'
import type { Caller } from './caller.ts'
import type { ApiDeps } from './deps.ts'
import type { ApiEvent } from './event.ts'

/** A request whose caller, query and role are checked. */
export interface ApiRequest {
  readonly deps: ApiDeps
  readonly caller: Caller
  readonly event: ApiEvent
  /** Known parameters only, each at most once. */
  readonly query: URLSearchParams
  readonly path: Readonly<Record<string, string | undefined>>
  readonly requestId: string
}

export type Answer = APIGatewayProxyStructuredResultV2

export interface Route {
  /** Also the `operationId` in docs/openapi.json. */
  readonly id: string
  /** `identity`: anybody whom API Gateway let in. `admin`: of the platform file. Else a member of a team with this role. */
  readonly needs: 'identity' | 'admin' | Role
  readonly query: readonly string[]
  /** Whether a call changes something or asks a cluster: those are on the audit trail. */
  readonly isDecision: boolean
  readonly run: (request: ApiRequest) => Promise<Answer>
}

/** Runs for one job of the caller's team; `ref` names it. */
export type JobHandler = (request: ApiRequest, ref: JobRef) => Promise<Answer>

/** A member's team. Routes that need a role run only for members; anything else is a mistake in the table. */
export function teamOfMember({ caller }: ApiRequest): string {
  if (caller.team === undefined) throw new Error('this route runs for members of a team only')
  return caller.team
}
