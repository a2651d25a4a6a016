/** The HTTP API in front of the function `api`: its routes, tokens of the local issuer, signatures of the local people. */
import { ROUTES } from '../functions/api/routes.ts'
import { startHttpApi } from './aws/http-api/http-api.ts'
import type { LambdaRunner } from './aws/lambda/lambda-runner.ts'
import type { Endpoints } from './emulators.ts'
import { ACCOUNT_ID, AUDIENCE, KEYS, REGION, ROLES } from './local-platform.ts'

/** Serves until its `close`. */
export function startGatewayApi(lambda: LambdaRunner, endpoints: Endpoints) {
  return startHttpApi({
    routes: Object.keys(ROUTES).map(routeKey => ({ routeKey, authorization: 'required' as const })),
    invoke: event => lambda.invoke('api', event),
    accountId: ACCOUNT_ID,
    jwt: {
      issuer: endpoints.issuer,
      audience: [AUDIENCE],
      jwks: async () => (await (await fetch(`${endpoints.issuer}/.well-known/jwks.json`)).json()) as { keys: [] },
    },
    iam: {
      region: REGION,
      principals: [
        {
          ...KEYS.people,
          accountId: ACCOUNT_ID,
          userId: 'AROALOCAL:local',
          userArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${ROLES.people.split('/')[1]}/local`,
        },
      ],
    },
  })
}
