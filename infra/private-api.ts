/**
 * The API as a REST API, for what HTTP APIs cannot do: an endpoint inside a VPC only, or a web ACL in front. AWS credentials
 * only. The function reads events of HTTP APIs (payload 2.0), so two mapping templates translate
 * (infra/rest-api-templates.ts); a second function in between would be one more cold start.
 */
import { Stack } from 'aws-cdk-lib'
import {
  AccessLogFormat,
  AuthorizationType,
  AwsIntegration,
  EndpointType,
  LogGroupLogDestination,
  PassthroughBehavior,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway'
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2'
import type { Construct } from 'constructs'
import { SPEC_TYPES } from '../functions/api/bodies.ts'
import { ROUTES } from '../functions/api/routes.ts'
import type { GatewayFunction } from './functions.ts'
import type { Door, Throttle } from './http-api.ts'
import { REQUEST_TEMPLATE, RESPONSE_TEMPLATE } from './rest-api-templates.ts'

export interface PrivateApiOptions {
  /** `execute-api` endpoints (`vpce-…`) that alone may call it; absent: it is public, and needs a web ACL. */
  readonly vpcEndpointIds?: readonly string[]
  /** A regional AWS WAF web ACL. */
  readonly webAclArn?: string
}

interface AddOptions extends PrivateApiOptions {
  readonly gatewayName: string
  readonly api: GatewayFunction
  readonly accessLogs: LogGroup
  readonly throttle: Throttle
}

export function addPrivateApi(scope: Construct, options: AddOptions): Door {
  const { gatewayName, api: called, accessLogs, throttle, vpcEndpointIds, webAclArn } = options
  if (vpcEndpointIds === undefined && webAclArn === undefined)
    throw new Error('privateApi: say the VPC endpoints that may call it, or the web ACL that guards it')
  const api = new RestApi(scope, 'PrivateApi', {
    restApiName: `${gatewayName}-private`,
    cloudWatchRole: false,
    deployOptions: {
      stageName: 'live',
      throttlingRateLimit: throttle.rate,
      throttlingBurstLimit: throttle.burst,
      accessLogDestination: new LogGroupLogDestination(accessLogs),
      accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
    },
    defaultMethodOptions: { authorizationType: AuthorizationType.IAM },
    ...(vpcEndpointIds === undefined
      ? { endpointTypes: [EndpointType.REGIONAL] }
      : { endpointConfiguration: endpointOf(scope, vpcEndpointIds), policy: onlyFrom(vpcEndpointIds) }),
  })
  const integration = integrationOf(called)
  for (const routeKey of Object.keys(ROUTES)) {
    const [method = '', path = ''] = routeKey.split(' ')
    api.root
      .resourceForPath(path)
      .addMethod(method, integration, { methodResponses: [{ statusCode: '200' }, { statusCode: '500' }] })
  }
  const { account } = Stack.of(scope)
  new CfnPermission(scope, 'PrivateApiInvokes', {
    action: 'lambda:InvokeFunction',
    functionName: called.target.functionArn,
    principal: 'apigateway.amazonaws.com',
    sourceArn: api.arnForExecuteApi('*', '/*', '*'),
    sourceAccount: account,
  })
  if (webAclArn !== undefined)
    new CfnWebACLAssociation(scope, 'WebAcl', { webAclArn, resourceArn: api.deploymentStage.stageArn })
  return { kind: 'private', apiId: api.restApiId, url: api.url.replace(/\/$/, '') }
}

const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  routeKey: '$context.httpMethod $context.resourcePath',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  principal: '$context.identity.userArn',
  milliseconds: '$context.responseLatency',
  error: '$context.error.message',
}

const endpointOf = (scope: Construct, ids: readonly string[]) => ({
  types: [EndpointType.PRIVATE],
  vpcEndpoints: ids.map((vpcEndpointId, index) =>
    InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, `PrivateApiEndpoint${index}`, {
      vpcEndpointId,
      port: 443,
    }),
  ),
})

/** Both statements: without the deny, any identity of the account with rights comes in by another endpoint. */
function onlyFrom(ids: readonly string[]): PolicyDocument {
  const statement = (effect: Effect, conditions?: Record<string, unknown>): PolicyStatement =>
    new PolicyStatement({
      effect,
      principals: [new AnyPrincipal()],
      actions: ['execute-api:Invoke'],
      resources: ['execute-api:/*'],
      ...(conditions !== undefined && { conditions }),
    })
  return new PolicyDocument({
    statements: [
      statement(Effect.ALLOW, { StringEquals: { 'aws:SourceVpce': [...ids] } }),
      statement(Effect.DENY, { StringNotEquals: { 'aws:SourceVpce': [...ids] } }),
    ],
  })
}

function integrationOf({ target }: GatewayFunction): AwsIntegration {
  return new AwsIntegration({
    service: 'lambda',
    path: `2015-03-31/functions/${target.functionArn}/invocations`,
    options: {
      passthroughBehavior: PassthroughBehavior.NEVER,
      // What the API reads, and no other: another content type is answered 415. Requests without one count as JSON.
      requestTemplates: Object.fromEntries(Object.keys(SPEC_TYPES).map(type => [type, REQUEST_TEMPLATE])),
      integrationResponses: [
        { statusCode: '200', responseTemplates: { 'application/json': RESPONSE_TEMPLATE } },
        // A function that failed answers with an errorMessage; what it says stays inside.
        {
          statusCode: '500',
          selectionPattern: String.raw`(\n|.)+`,
          responseTemplates: { 'application/json': '{"message":"Internal Server Error"}' },
        },
      ],
    },
  })
}
