/** The environment of a function, parsed once; the only reader of `process.env` besides the command-line tools. */
import { readFileSync } from 'node:fs'
import { DEFAULT_ENGINE_SETTINGS } from '../domain/engine-settings.ts'
import type { EngineSettings } from '../domain/engine-settings.ts'
import { openPlatform } from '../domain/platform/sealed-platform.ts'
import type { Platform } from '../domain/platform/platform.ts'

export interface Config {
  readonly tableName: string
  readonly reconcileQueueUrl: string
  readonly observeQueueUrl: string
  readonly eventBusName: string
  readonly platform: Platform
  readonly settings: EngineSettings
  readonly watchSeconds: number
  readonly sweepGraceSeconds: number
  readonly kubernetesTimeoutSeconds: number
  /** Settings of the SDK clients by service; absent in AWS, where the SDK finds its own. */
  readonly aws?: Readonly<Record<'dynamodb' | 'sqs' | 's3' | 'eventbridge' | 'eks', ClientSettings>> & {
    /** Only where clusters of other accounts are tried. */
    readonly sts?: Pick<ClientSettings, 'endpoint'>
  }
}

export interface ClientSettings {
  readonly endpoint: string
  readonly region: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/**
 * Throws one error that names every variable that is missing, or the platform file's problems. `PLATFORM_FILE` is the
 * platform file as JSON: people write YAML, whoever deploys converts it, and four functions go without a YAML parser
 * (docs/adr/0004).
 */
export function configOf(environment: Readonly<Record<string, string | undefined>>): Config {
  const required = [
    'TABLE_NAME',
    'RECONCILE_QUEUE_URL',
    'OBSERVE_QUEUE_URL',
    'EVENT_BUS_NAME',
    'PLATFORM_FILE',
  ] as const
  const missing = required.filter(name => (environment[name] ?? '') === '')
  if (missing.length > 0) throw new Error(`environment variables are missing: ${missing.join(', ')}`)
  const value = (name: (typeof required)[number]): string => environment[name] ?? ''
  return {
    tableName: value('TABLE_NAME'),
    reconcileQueueUrl: value('RECONCILE_QUEUE_URL'),
    observeQueueUrl: value('OBSERVE_QUEUE_URL'),
    eventBusName: value('EVENT_BUS_NAME'),
    platform: openPlatform(readFileSync(value('PLATFORM_FILE'), 'utf8')),
    settings: DEFAULT_ENGINE_SETTINGS,
    watchSeconds: 50,
    sweepGraceSeconds: 60,
    kubernetesTimeoutSeconds: 10,
  }
}
