/**
 * Kubernetes `Status` objects: how the API says that something failed. The texts follow a real API server (1.34).
 */
export interface StatusCause {
  readonly reason?: string
  readonly message: string
  readonly field?: string
}

export interface StatusBody {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Readonly<Record<string, unknown>>
  readonly status: 'Failure' | 'Success'
  readonly message?: string
  readonly reason?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly code?: number
}

/** Which resource a request or an answer is about. */
export interface ResourceKind {
  /** Empty for core/v1. */
  readonly group: string
  /** Plural, lower case. */
  readonly plural: string
  readonly kind: string
}

export const SPARK_APPLICATION_KIND: ResourceKind = {
  group: 'sparkoperator.k8s.io',
  plural: 'sparkapplications',
  kind: 'SparkApplication',
}

/** Thrown anywhere below the HTTP layer; it becomes the answer as it is. */
export class StatusError extends Error {
  readonly body: StatusBody & { readonly code: number }
  readonly headers: Readonly<Record<string, string>>

  constructor(body: StatusBody & { readonly code: number }, headers: Readonly<Record<string, string>> = {}) {
    super(body.message ?? body.reason ?? `status ${body.code}`)
    this.name = 'StatusError'
    this.body = body
    this.headers = headers
  }
}

/** A failure with the given fields; `details` only where the API server gives some. */
export function failure(
  code: number,
  reason: string | undefined,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  })
}

export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message)
}

export function notFound(resource: ResourceKind, name: string): StatusError {
  return failure(
    404,
    'NotFound',
    `${qualifiedPlural(resource)} ${JSON.stringify(name)} not found`,
    named(resource, name),
  )
}

export function alreadyExists(resource: ResourceKind, name: string): StatusError {
  const message = `${qualifiedPlural(resource)} ${JSON.stringify(name)} already exists`
  return failure(409, 'AlreadyExists', message, named(resource, name))
}

/** 409 of a DELETE whose uid precondition does not hold. */
export function uidConflict(resource: ResourceKind, name: string, given: string, stored: string): StatusError {
  const message =
    `Operation cannot be fulfilled on ${qualifiedKind(resource)} ${JSON.stringify(name)}: the UID in the precondition ` +
    `(${given}) does not match the UID in record (${stored}). The object might have been deleted and then recreated`
  return failure(409, 'Conflict', message, { name, ...group(resource), kind: resource.kind })
}

/** 422 with one cause a field. */
export function invalid(resource: ResourceKind, name: string, causes: readonly StatusCause[]): StatusError {
  const texts = causes.map(cause => `${cause.field}: ${cause.message}`)
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const message = `${qualifiedKind(resource)} ${JSON.stringify(name)} is invalid: ${list}`
  return failure(422, 'Invalid', message, { name, ...group(resource), kind: resource.kind, causes })
}

/** 403 by RBAC. `scope` ends the sentence: `in the namespace "team-a"` or `at the cluster scope`. */
export function forbidden(
  user: string,
  verb: string,
  resource: { readonly group: string; readonly plural: string },
  name: string | undefined,
  scope: string,
): StatusError {
  const [base] = resource.plural.split('/')
  const subject = `${qualifiedPlural({ group: resource.group, plural: base ?? '' })}${name === undefined ? '' : ` ${JSON.stringify(name)}`}`
  const message =
    `${subject} is forbidden: User ${JSON.stringify(user)} cannot ${verb} resource ${JSON.stringify(resource.plural)} ` +
    `in API group ${JSON.stringify(resource.group)} ${scope}`
  const details = { ...(name === undefined ? {} : { name }), ...group(resource), kind: base }
  return failure(403, 'Forbidden', message, details)
}

/** 410 for a resourceVersion or continue token that is no longer known. */
export function expired(message: string, metadata: Readonly<Record<string, unknown>> = {}): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message,
    reason: 'Expired',
    code: 410,
  })
}

/** `sparkapplications.sparkoperator.k8s.io`, or `pods` for core/v1. */
export function qualifiedPlural(resource: { readonly group: string; readonly plural: string }): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

function qualifiedKind(resource: ResourceKind): string {
  return resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`
}

function named(resource: ResourceKind, name: string): Record<string, unknown> {
  return { name, ...group(resource), kind: resource.plural }
}

function group(resource: { readonly group: string }): { readonly group?: string } {
  return resource.group === '' ? {} : { group: resource.group }
}
