/**
 * Tokens that have run out, got anew without the person: the refresh token of a profile for the next pair, and its end. Issuers
 * that rotate give each refresh token once, and some end the whole sign-in when one comes twice. So one command at a time
 * refreshes, and looks first whether another one just did.
 */
import * as oauth from 'oauth4webapi'
import { CommandFailure, EXIT } from './arguments.ts'
import { loginCommand, readProfiles, storeProfile } from './stored-profiles.ts'
import type { SignIn, StoredProfile } from './stored-profiles.ts'
import { whileAlone } from './profile-lock.ts'
import { chooseTokens, findIssuer, issuerFailure } from './token-issuer.ts'

/** A profile that can be refreshed. */
interface RefreshableProfile extends StoredProfile {
  readonly token: string
  readonly refreshToken: string
  readonly signIn: SignIn
}

/** The token of a profile after it ran out: a new one, stored with its refresh token. Throws CommandFailure that says how to go on. */
export async function renewToken(name: string, profile: RefreshableProfile): Promise<string> {
  return whileAlone(async () => {
    const others = tokenOfAnother(name, profile)
    if (others !== undefined) return others
    try {
      return await takeNext(name, profile)
    } catch (error) {
      // A command that was not held up (a home folder on several machines) may have been faster.
      const faster = tokenOfAnother(name, profile)
      if (faster !== undefined) return faster
      throw withWayOut(error, name, profile)
    }
  })
}

/** What another command stored since this one read the profile; never one for another gateway. */
function tokenOfAnother(name: string, { url, token }: RefreshableProfile): string | undefined {
  const stored = readProfiles()[name]
  return stored?.url === url && stored.token !== token ? stored.token : undefined
}

async function takeNext(name: string, profile: RefreshableProfile): Promise<string> {
  const { signIn } = profile
  const { server, client, authentication, http } = await findIssuer(signIn)
  const answer = await oauth.refreshTokenGrantRequest(server, client, authentication, profile.refreshToken, http)
  const tokens = chooseTokens(await oauth.processRefreshTokenResponse(server, client, answer), signIn)
  // Whoever logged in anew or forgot the profile meanwhile has the last word.
  if (readProfiles()[name]?.refreshToken === profile.refreshToken) storeProfile(name, { ...profile, ...tokens })
  return tokens.token
}

function withWayOut(error: unknown, name: string, { signIn }: RefreshableProfile): CommandFailure {
  const { message, exitCode } = issuerFailure(error, signIn, 'a new token')
  const advice =
    exitCode === EXIT.noPermission
      ? `Sign in again: \`${loginCommand(name)}\``
      : `Try again, or \`${loginCommand(name)}\``
  return new CommandFailure(`${message}\nThe token of profile ${name} has expired. ${advice}`, exitCode)
}

const REVOKE_MILLISECONDS = 5_000

/** Ends a refresh token at its issuer. Best effort: answers with what to tell the person. */
export async function revokeRefreshToken(signIn: SignIn, token: string): Promise<string> {
  const signal = AbortSignal.timeout(REVOKE_MILLISECONDS)
  try {
    const { server, client, authentication, http } = await findIssuer(signIn, signal)
    if (server.revocation_endpoint === undefined)
      return `${signIn.issuer} cannot be told to end the sign-in: its refresh token ends when the provider says so.`
    const more = { ...http, additionalParameters: { token_type_hint: 'refresh_token' } }
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication, token, more))
    return `The refresh token is revoked at ${signIn.issuer}.`
  } catch (error) {
    const { message } = issuerFailure(error, signIn, 'the end of the sign-in')
    return `The refresh token could not be revoked: ${message.replace(/^sparkgate: /, '')}`
  }
}
