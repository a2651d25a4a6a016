/** The embedded stack in one process: emulators and gateway together. What `npm run local`, the demo and e2e tests start. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importPKCS8, SignJWT } from 'jose'
import type { Platform } from '../shared/domain/platform/platform.ts'
import type { Log } from '../shared/runtime/logging.ts'
import { startEmulators } from './emulators.ts'
import type { EmulatorOptions, Emulators, Endpoints } from './emulators.ts'
import { startGateway } from './gateway.ts'
import type { Gateway, GatewayOptions } from './gateway.ts'
import { AUDIENCE, TEAM_CLAIM } from './local-platform.ts'
import { untilClosed } from './quiet-log.ts'

export interface StackOptions
  extends
    Pick<EmulatorOptions, 'speed' | 'spark' | 'onEvent' | 'eksCluster'>,
    Pick<GatewayOptions, 'clusters' | 'onInvocation' | 'pace' | 'wrap' | 'runFunctions'> {
  readonly platform: Platform
  readonly log: Log
  /** Keeps state there; without it everything is in a temporary folder that `close` removes. */
  readonly dataDir?: string
}

export interface Stack extends Emulators, Gateway {
  readonly dataDir: string
  /** A bearer token of a team, good for a day. */
  token(team: string): Promise<string>
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sparkgate-'))
  const keep = options.dataDir === undefined ? 'memory' : 'disk'
  const emulators = await startEmulators({ ...options, dataDir, keep })
  const log = untilClosed(options.log)
  const gateway = await startGateway({
    ...options,
    log,
    endpoints: emulators.endpoints,
    dataDir: join(dataDir, 'gateway'),
  })
  return {
    ...emulators,
    ...gateway,
    dataDir,
    token: team => mintToken(emulators.endpoints, options.platform, team),
    async close() {
      log.silence()
      await gateway.close()
      await emulators.close()
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** A token of the local issuer with the first claim value that means `team`. */
export async function mintToken(endpoints: Endpoints, platform: Platform, team: string): Promise<string> {
  const value = platform.teams[team]?.claims[0]
  if (value === undefined) throw new Error(`team ${team} has no claim in the platform file`)
  const key = await importPKCS8(readFileSync(endpoints.signingKeyFile, 'utf8'), 'RS256')
  return new SignJWT({ [platform.jwt?.teamClaim ?? TEAM_CLAIM]: value })
    .setProtectedHeader({ alg: 'RS256', kid: endpoints.signingKeyId })
    .setIssuer(endpoints.issuer)
    .setAudience(AUDIENCE)
    .setSubject(`${team}-local`)
    .setIssuedAt()
    .setExpirationTime('24h')
    .sign(key)
}
