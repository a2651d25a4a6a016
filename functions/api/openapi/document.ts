/** The OpenAPI 3.1 document, from the table of routes and what stands beside it. */
import * as z from 'zod/mini'
import { PROBLEMS } from '../../../shared/runtime/http.ts'
import type { ProblemKind } from '../../../shared/runtime/http.ts'
import { SPEC_TYPES } from '../bodies.ts'
import { CATCH_ALL } from '../fallback.ts'
import type { Route } from '../route.ts'
import { ROUTES } from '../routes.ts'
import { COMMON_PROBLEMS, OPERATIONS } from './operations.ts'
import type { Operation } from './operations.ts'
import { LIST_TIMES, LOG_SINCE_PARAMETER, PATH_PARAMETERS, QUERY_PARAMETERS } from './parameters.ts'
import type { Parameter } from './parameters.ts'
import { stopReason } from './platform-schemas.ts'
import * as schemas from './schemas.ts'

type Json = { readonly [key: string]: unknown }

/** Schemas with a name of their own in the document. */
const NAMED = {
  Problem: schemas.problem,
  Finding: schemas.finding,
  Job: schemas.job,
  JobRow: schemas.jobRow,
  Attempt: schemas.attempt,
}

/** One good spec of each kind. */
export interface SpecExamples {
  readonly json: unknown
  readonly yaml: string
  readonly submit: string
}

/** Throws for a route without words, or words without a route. */
export function openApiDocument(version: string, examples: SpecExamples): Json {
  const ids = Object.entries(ROUTES).flatMap(([key, { id }]) => (key === CATCH_ALL ? [] : [id]))
  const unknown = Object.keys(OPERATIONS).filter(id => !ids.includes(id))
  if (unknown.length > 0) throw new Error(`operations without a route: ${unknown.join(', ')}`)
  const paths: Record<string, Record<string, Json>> = {}
  for (const [key, route] of Object.entries(ROUTES)) {
    if (key === CATCH_ALL) continue
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, path, examples) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sparkgate',
      version,
      summary: 'Spark jobs on Amazon EKS',
      description: 'docs/api.md is the guide: identities, roles, idempotency, paging, waiting, limits, errors.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: 'https://{host}', variables: { host: { default: 'api.example.com', description: 'The gateway.' } } },
    ],
    security: [{ token: [] }, { signature: [] }],
    tags: ['Jobs', 'Specs', 'Platform', 'About'].map(name => ({ name })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, schemaOf(schema, name)])),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token of the issuer.' },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4 for the service execute-api.',
        },
      },
    },
  }
}

function operationOf(route: Route, path: string, examples: SpecExamples): Json {
  const operation = OPERATIONS[route.id]
  if (operation === undefined) throw new Error(`the route ${route.id} has no words in openapi/operations.ts`)
  const { tag, summary, description, body } = operation
  return {
    operationId: route.id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    'x-needs': route.needs,
    parameters: parametersOf(route, operation, path),
    ...(body !== undefined && { requestBody: bodies(examples)[body] }),
    responses: { ...answersOf(operation), ...problemsOf(route, operation), 431: HEADERS_TOO_LARGE },
  }
}

const bodies = (examples: SpecExamples): Readonly<Record<'spec' | 'reason', Json>> => ({
  spec: {
    required: true,
    description: 'UTF-8, at most 256 KiB. docs/short-form.md and docs/schemas/job.schema.json describe the short form.',
    content: Object.fromEntries(
      // No schema: whether it is a spec is a question of its own, answered with every mistake (POST /v1/validate).
      Object.entries(SPEC_TYPES).map(([type, read]) => [
        type,
        { schema: {}, example: exampleFor(type, read, examples) },
      ]),
    ),
  },
  reason: {
    required: false,
    content: { 'application/json': { schema: z.toJSONSchema(stopReason, { io: 'input' }) } },
  },
})

const exampleFor = (type: string, read: 'json' | 'yaml' | undefined, { json, yaml, submit }: SpecExamples): unknown =>
  read === 'json' ? json : read === 'yaml' || type === 'text/plain' ? yaml : submit

function parametersOf(route: Route, { takesKey }: Operation, path: string): readonly Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
    parameterOf('path', name, PATH_PARAMETERS[name]),
  )
  const inQuery = route.query.map(name => parameterOf('query', name, queryParameter(route, name)))
  const key = takesKey === true ? [KEY_HEADER] : []
  const tag = route.id === 'getJob' ? [ETAG_HEADER] : []
  return [...inPath, ...inQuery, ...key, ...tag]
}

const queryParameter = (route: Route, name: string): Parameter | undefined =>
  route.id === 'getLogs' && name === 'since' ? LOG_SINCE_PARAMETER : (QUERY_PARAMETERS[name] ?? LIST_TIMES[name])

const KEY_HEADER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'One for each job; needed unless the spec has the option idempotencyKey, or with dryRun.',
  schema: { type: 'string', pattern: '^[!-+\\--~]{1,255}$' },
  example: 'sales-2026-11-21',
}
const ETAG_HEADER = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The ETag of an answer before; anything else is no condition.',
  schema: { type: 'string' },
}

function parameterOf(place: 'path' | 'query', name: string, parameter: Parameter | undefined): Json {
  if (parameter === undefined) throw new Error(`the parameter ${name} has no words in openapi/parameters.ts`)
  const { description, schema, example } = parameter
  return {
    name,
    in: place,
    required: place === 'path',
    description,
    schema: schemaOf(schema),
    ...(example !== undefined && { example }),
  }
}

function answersOf({ answers }: Operation): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema }]) => [
      status,
      {
        description,
        headers: headersOf(Number(status)),
        ...(schema !== undefined && { content: { 'application/json': { schema: schemaOf(schema) } } }),
      },
    ]),
  )
}

const TEXT = { schema: { type: 'string' } }

const headersOf = (status: number): Json => ({
  'Apigw-Requestid': { description: 'Names the request in our logs; API Gateway sets it.', ...TEXT },
  'RateLimit-Policy': { description: "The team's limit: q requests in w seconds.", ...TEXT },
  RateLimit: { description: 'What is left (r) for how many seconds (t), once it is less than half.', ...TEXT },
  ...(status === 202 && {
    Location: { description: 'The job, of one document.', ...TEXT },
    'Idempotent-Replayed': { description: 'true where the job was there already.', ...TEXT },
  }),
})

/** Several kinds of problem can have one status. */
function problemsOf(route: Route, { problems = [] }: Operation): Json {
  const denied: readonly ProblemKind[] = DENIALS[route.needs] ?? ['no-team', 'role-missing']
  const kinds = [...COMMON_PROBLEMS, ...denied, ...problems]
  const statuses = [...new Set(kinds.map(kind => PROBLEMS[kind].status))].toSorted((a, b) => a - b)
  return Object.fromEntries(
    statuses.map(status => {
      const here = [...new Set(kinds.filter(kind => PROBLEMS[kind].status === status))]
      const description = here.map(kind => `\`${kind}\`: ${PROBLEMS[kind].title}.`).join(' ')
      const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
      return [
        String(status),
        { description, content: FRONT_STATUSES.has(status) ? { ...content, ...FRONT_CONTENT } : content },
      ]
    }),
  )
}

const DENIALS: Readonly<Partial<Record<Route['needs'], readonly ProblemKind[]>>> = {
  identity: ['no-team'],
  admin: ['role-missing'],
  viewer: ['no-team'],
}

/** API Gateway itself answers these before the gateway sees a request: a message, and nothing else. */
const FRONT_STATUSES = new Set([400, 401, 403, 404, 413, 429, 500, 503])
const FRONT_CONTENT = {
  'application/json': {
    schema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  },
}

const HEADERS_TOO_LARGE = {
  description: 'Request line and headers have more than 10,240 bytes; answered by API Gateway.',
  content: FRONT_CONTENT,
}

/** Named schemas stand once in the document. */
function schemaOf(schema: z.core.$ZodType, own?: string): Json {
  const name = Object.entries(NAMED).find(([, each]) => each === schema)?.[0]
  if (name !== undefined && name !== own) return { $ref: `#/components/schemas/${name}` }
  const registry = z.registry<{ id: string }>()
  for (const [id, each] of Object.entries(NAMED)) if (each !== schema) registry.add(each, { id })
  const {
    $schema: _schema,
    $defs: _definitions,
    ...json
  } = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'throw',
    override: ({ zodSchema, jsonSchema }) => {
      const inner = Object.entries(NAMED).find(([, each]) => each === zodSchema && each !== schema)?.[0]
      if (inner === undefined) return
      for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Record<string, unknown>)[key]
      jsonSchema.$ref = `#/components/schemas/${inner}`
    },
  }) as Json
  return json
}
