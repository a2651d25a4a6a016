/**
 * Velocity templates between a REST API and a function that speaks HTTP API payload 2.0 (what functions/api reads of it).
 * escapeJavaScript writes `\'`, which JSON does not know: taken back each time. The body travels as base64: no text can end
 * its string.
 */

const text = (expression: string): string => String.raw`"$util.escapeJavaScript(${expression}).replaceAll("\\'","'")"`

const map = (kind: 'header' | 'querystring' | 'path', name: string): string =>
  `{#foreach($name in $input.params().${kind}.keySet())${text(name)}:${text(`$input.params().${kind}.get($name)`)}#if($foreach.hasNext),#end#end}`

const QUERY =
  '#foreach($name in $input.params().querystring.keySet())$util.urlEncode($name)=$util.urlEncode($input.params().querystring.get($name))#if($foreach.hasNext)&#end#end'

export const REQUEST_TEMPLATE = `{
"version":"2.0",
"routeKey":"$context.httpMethod $context.resourcePath",
"rawPath":${text('$context.path')},
"rawQueryString":"${QUERY}",
"headers":${map('header', '$name.toLowerCase()')},
"queryStringParameters":${map('querystring', '$name')},
"pathParameters":${map('path', '$name')},
"requestContext":{
"accountId":"$context.accountId",
"apiId":"$context.apiId",
"domainName":"$context.domainName",
"requestId":"$context.requestId",
"routeKey":"$context.httpMethod $context.resourcePath",
"stage":"$context.stage",
"timeEpoch":$context.requestTimeEpoch,
"http":{"method":"$context.httpMethod","path":${text('$context.path')},"sourceIp":"$context.identity.sourceIp","userAgent":${text('$context.identity.userAgent')}},
"authorizer":{"iam":{"accountId":"$context.identity.accountId","callerId":"$context.identity.caller","userArn":"$context.identity.userArn"}}
},
"body":"$util.base64Encode($input.body)",
"isBase64Encoded":true
}`

/** Headers of the function's answers that are passed on; Velocity sets headers by name only. */
const RESPONSE_HEADERS = [
  'content-type',
  'cache-control',
  'location',
  'idempotent-replayed',
  'retry-after',
  'etag',
  'www-authenticate',
  'x-content-type-options',
  'x-needs',
  'ratelimit',
  'ratelimit-policy',
] as const

const passOn = (header: string): string =>
  `#if($answer.headers.containsKey("${header}"))#set($context.responseOverride.header.${header} = $answer.headers.get("${header}"))#end`

export const RESPONSE_TEMPLATE = `#set($answer = $input.path('$'))#set($context.responseOverride.status = $answer.statusCode)${RESPONSE_HEADERS.map(passOn).join('')}$answer.body`
