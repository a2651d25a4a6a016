/** Structured logs at the edge: JSON lines by Powertools, allow-listed fields only (no event, spec, header or token). */
import { Logger } from '@aws-lambda-powertools/logger'

export interface Log {
  info(message: string, fields: LogFields): void
  warn(message: string, fields: LogFields): void
  error(message: string, fields: LogFields & { readonly error: unknown }): void
}

/** All that may be logged. */
export interface LogFields {
  readonly team?: string
  readonly jobId?: string
  readonly cluster?: string
  readonly bucket?: string
  readonly key?: string
  readonly schedule?: string
  readonly outcome?: string
  readonly why?: string
  readonly messageId?: string
  readonly requestId?: string
  readonly count?: number
  readonly milliseconds?: number
  /** From a create to its submission by the operator, smoothed. */
  readonly lagMilliseconds?: number
}

export function createLog(functionName: string): Log {
  const logger = new Logger({ serviceName: `sparkgate-${functionName}` })
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    warn: (message, fields) => logger.warn(message, { ...fields }),
    error: (message, { error, ...fields }) => logger.error(message, { ...fields, ...describeError(error) }),
  }
}

/** Name, message and stack: own properties of SDK errors can hold request headers. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: { name: 'NotAnError', message: redact(String(error)) } }
  return { error: { name: error.name, message: redact(error.message), stack: redact(error.stack ?? '') } }
}

const SECRETS =
  /k8s-aws-v1\.[\w-]+|Bearer \S+|X-Amz-(?:Signature|Security-Token|Credential)=[^&\s]+|AKIA[A-Z0-9]{16}|ASIA[A-Z0-9]{16}/g

/** Text without what looks like a credential, at most 4,000 characters. */
export const redact = (text: string): string => text.replace(SECRETS, '[redacted]').slice(0, 4_000)
