/** What `login` was asked for: a sign-in with a browser, anew or as the profile was made, or a token or AWS keys. */
import { textOption, UsageError } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { SignIn, StoredProfile } from './stored-profiles.ts'

type Options = Arguments['options']

const BROWSER_OPTIONS = ['issuer', 'client-id', 'audience', 'scope', 'use', 'print']
const OTHER_WAYS = ['token', 'aws-profile']

/** The sign-in that the options name, else the one that the profile was made with; undefined where it is to be a token or AWS keys. */
export function askedSignIn(
  options: Options,
  environment: NodeJS.ProcessEnv,
  stored: StoredProfile | undefined,
): SignIn | undefined {
  const named = BROWSER_OPTIONS.find(name => options[name] !== undefined)
  const other = OTHER_WAYS.find(name => options[name] !== undefined)
  if (other !== undefined && named !== undefined)
    throw new UsageError(`--${named} is of a sign-in with a browser, --${other} is another way to log in`)
  if (other !== undefined) return undefined
  const [issuer, clientId] = [textOption(options, 'issuer'), textOption(options, 'client-id')]
  if ((issuer === undefined) !== (clientId === undefined))
    throw new UsageError('a sign-in with a browser takes both --issuer and --client-id')
  if (issuer !== undefined && clientId !== undefined) return { issuer, clientId, ...changes(options) }
  if (stored?.signIn !== undefined && (named !== undefined || !environment['SPARKGATE_TOKEN']))
    return { ...stored.signIn, ...changes(options) }
  if (named !== undefined) throw new UsageError(`--${named} needs --issuer and --client-id`)
  return undefined
}

function changes(options: Options): Omit<SignIn, 'issuer' | 'clientId'> {
  const [audience, scope, use] = [textOption(options, 'audience'), textOption(options, 'scope'), options['use']]
  return {
    ...(audience !== undefined && { audience }),
    ...(scope !== undefined && { scope }),
    ...((use === 'access-token' || use === 'id-token') && { use }),
  }
}
