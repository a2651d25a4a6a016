/**
 * The HTTPS API: two HTTP APIs in front of one function, with the same routes. A route has one authorizer, so callers with
 * tokens and callers with AWS credentials come by different doors; functions/api/caller.ts sees which by what the authorizer
 * left in the request's context. An HTTP API costs nothing while nobody calls it, so two cost no more than one.
 */
import { Stack } from 'aws-cdk-lib'
import {
  CfnApi,
  CfnApiMapping,
  CfnAuthorizer,
  CfnDomainName,
  CfnIntegration,
  CfnRoute,
  CfnStage,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { ROUTES } from '../functions/api/routes.ts'
import { pascalCase } from './pascal-case.ts'
import type { GatewayFunction } from './functions.ts'

/** Tokens of one OpenID Connect issuer; which claim names the team is said in the platform file (`jwt.teamClaim`). */
export interface JwtIssuer {
  /** `https://…`, exactly as in the token's `iss`. API Gateway reads its keys from `/.well-known/openid-configuration`. */
  readonly issuer: string
  /** Values of `aud` (or `client_id`) that are for this gateway. */
  readonly audiences: readonly string[]
}

/** A name of yours: tokens at `https://NAME/v1/…`, AWS credentials at `https://NAME/iam/v1/…`. The names of AWS are then off. */
export interface ApiDomain {
  readonly name: string
  /** In this region. */
  readonly certificateArn: string
}

export interface Throttle {
  /** Requests a second, of all callers of one door together. */
  readonly rate: number
  readonly burst: number
}

export interface HttpApiOptions {
  readonly gatewayName: string
  readonly api: GatewayFunction
  readonly accessLogs: LogGroup
  readonly jwt: JwtIssuer | undefined
  readonly domain: ApiDomain | undefined
  readonly throttle: Throttle
}

export interface Door {
  readonly kind: 'iam' | 'jwt' | 'private'
  readonly apiId: string
  /** Without a slash at the end. */
  readonly url: string
}

/** HTTP APIs end a request after this, whatever the function does. */
const INTEGRATION_MILLISECONDS = 30_000

export function addHttpApis(scope: Construct, options: HttpApiOptions): readonly Door[] {
  const kinds = options.jwt === undefined ? (['iam'] as const) : (['iam', 'jwt'] as const)
  const domain = options.domain === undefined ? undefined : addDomain(scope, options.domain)
  return kinds.map(kind => addDoor(scope, kind, options, domain))
}

function addDoor(
  scope: Construct,
  kind: 'iam' | 'jwt',
  options: HttpApiOptions,
  domain: CfnDomainName | undefined,
): Door {
  const prefix = `${pascalCase(kind)}Api`
  const { target } = options.api
  const api = new CfnApi(scope, prefix, {
    name: `${options.gatewayName}-${kind}`,
    protocolType: 'HTTP',
    disableExecuteApiEndpoint: domain !== undefined,
  })
  const integration = new CfnIntegration(scope, `${prefix}Integration`, {
    apiId: api.ref,
    integrationType: 'AWS_PROXY',
    integrationUri: target.functionArn,
    payloadFormatVersion: '2.0',
    timeoutInMillis: INTEGRATION_MILLISECONDS,
  })
  const authorization =
    kind === 'iam' ? { authorizationType: 'AWS_IAM' } : addJwtAuthorizer(scope, prefix, api, options.jwt)
  for (const routeKey of Object.keys(ROUTES)) {
    new CfnRoute(scope, `${prefix}Route${pascalCase(routeKey)}`, {
      apiId: api.ref,
      routeKey,
      target: `integrations/${integration.ref}`,
      ...authorization,
    })
  }
  const stage = addStage(scope, prefix, api, options)
  allowInvoke(scope, prefix, api, options.api)
  if (domain === undefined) return { kind, apiId: api.ref, url: api.attrApiEndpoint }
  const path = kind === 'iam' ? 'iam' : undefined
  new CfnApiMapping(scope, `${prefix}Mapping`, {
    apiId: api.ref,
    domainName: domain.ref,
    stage: stage.ref,
    ...(path !== undefined && { apiMappingKey: path }),
  })
  return { kind, apiId: api.ref, url: `https://${domain.ref}${path === undefined ? '' : `/${path}`}` }
}

function addJwtAuthorizer(scope: Construct, prefix: string, api: CfnApi, jwt: JwtIssuer | undefined) {
  if (jwt === undefined || jwt.audiences.length === 0)
    throw new Error('an issuer of tokens needs at least one audience')
  const authorizer = new CfnAuthorizer(scope, `${prefix}Authorizer`, {
    apiId: api.ref,
    name: 'jwt',
    authorizerType: 'JWT',
    identitySource: ['$request.header.Authorization'],
    jwtConfiguration: { issuer: jwt.issuer, audience: [...jwt.audiences] },
  })
  return { authorizationType: 'JWT', authorizerId: authorizer.ref }
}

/** Allow-listed: no header, no query, no token. */
const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  routeKey: '$context.routeKey',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  principal: '$context.identity.userArn',
  subject: '$context.authorizer.claims.sub',
  milliseconds: '$context.responseLatency',
  functionMilliseconds: '$context.integrationLatency',
  error: '$context.error.message',
  authorizerError: '$context.authorizer.error',
}

function addStage(scope: Construct, prefix: string, api: CfnApi, { accessLogs, throttle }: HttpApiOptions): CfnStage {
  return new CfnStage(scope, `${prefix}Stage`, {
    apiId: api.ref,
    stageName: '$default',
    autoDeploy: true,
    accessLogSettings: { destinationArn: accessLogs.logGroupArn, format: JSON.stringify(ACCESS_LOG_FIELDS) },
    defaultRouteSettings: { throttlingRateLimit: throttle.rate, throttlingBurstLimit: throttle.burst },
  })
}

/** This API of this account, any stage and route of it; nobody else's. */
function allowInvoke(scope: Construct, prefix: string, api: CfnApi, { target }: GatewayFunction): void {
  const stack = Stack.of(scope)
  new CfnPermission(scope, `${prefix}Invokes`, {
    action: 'lambda:InvokeFunction',
    functionName: target.functionArn,
    principal: 'apigateway.amazonaws.com',
    sourceArn: stack.formatArn({ service: 'execute-api', resource: api.ref, resourceName: '*/*/*' }),
    sourceAccount: stack.account,
  })
}

function addDomain(scope: Construct, { name, certificateArn }: ApiDomain): CfnDomainName {
  return new CfnDomainName(scope, 'ApiDomain', {
    domainName: name,
    domainNameConfigurations: [{ certificateArn, endpointType: 'REGIONAL', securityPolicy: 'TLS_1_2' }],
  })
}
