/** docs/cli.md, from the command table: what `--help` says of each command, and the parts that are about all of them. */
import { exitCodes, renderCommandHelp } from './help.ts'
import type { Commands } from './parse-command-line.ts'

/** The whole page. A test holds docs/cli.md to it. */
export function commandsPage(commands: Commands): string {
  const toc = Object.entries(commands).map(([name, { summary }]) => `- [\`${name}\`](#${name}): ${summary}`)
  const sections = Object.entries(commands).map(
    ([name, command]) => `## ${name}\n\n\`\`\`text\n${withoutExitCodes(renderCommandHelp(name, command))}\n\`\`\``,
  )
  return `${HEAD}\n\n${toc.join('\n')}\n\n${ABOUT_ALL}\n\n${sections.join('\n\n')}\n`
}

const withoutExitCodes = (help: string): string => help.replace(exitCodes, '').trimEnd()

const HEAD = `<!-- From cli/commands.ts and cli/commands-page.ts: change those, and run \`npx vitest run test/unit/cli-docs.test.ts -u\`. -->

# The \`sparkgate\` command

In this checkout \`npm run -s sparkgate -- COMMAND …\` runs it. \`node scripts/pack-cli.ts\` packs it for other machines:
\`npm install -g ./dist/sparkgate-VERSION.tgz\` needs Node 20 or newer and nothing else.`

const ABOUT_ALL = `## Which gateway, and as whom

| what | in this order |
| --- | --- |
| the gateway | \`--url\`, \`$SPARKGATE_URL\`, the URL of the profile |
| who you are | \`--token\`, \`--aws-profile\`, \`--profile\`, \`$SPARKGATE_TOKEN\`, \`$SPARKGATE_PROFILE\`, the profile \`default\`, the AWS keys of this machine |
| AWS keys | \`$AWS_ACCESS_KEY_ID\`, the profile (\`$AWS_PROFILE\`, \`default\`) in \`~/.aws/credentials\` and \`~/.aws/config\`, its \`credential_process\`, else \`aws configure export-credentials\` |
| AWS region | \`--region\`, the gateway's own host name, \`$AWS_REGION\`, \`$AWS_DEFAULT_REGION\`, the profile |

\`sparkgate login\` keeps profiles in \`~/.config/sparkgate/credentials.json\` (\`$XDG_CONFIG_HOME\`), which only you may read; it refuses
to read one that others may. A stored token goes to the gateway that it was stored for and to no other, and no token goes over plain
HTTP to another machine. SSO, roles to assume, web identity, containers and machines with a role are left to the AWS CLI, version 2:
where it is installed, \`aws configure export-credentials\` is asked.

### Signing in with a browser

\`sparkgate login --issuer URL --client-id ID\` writes a page and a code (RFC 8628, the device authorization grant), so it works over SSH
too; on a terminal it also opens the page, unless \`--print\` or \`$CI\` is set. The profile remembers the issuer and the client: a plain
\`sparkgate login\` then signs in again, and a token for that profile comes from \`--token\` or \`$SPARKGATE_TOKEN\`. Where the issuer gives a
refresh token, commands renew the token in its last minute without a word, also while they run (\`watch\`, \`logs -f\`, \`--wait\`);
\`login --forget\` revokes it.

The gateway reads JWTs. Where the provider's access tokens are opaque, name an API of yours by \`--audience\` or \`--scope\`; or send the ID
token with \`--use id-token\`, where the platform file says \`jwt.idTokens: accept\`. The client has no secret, and the grant must be on:

| provider | issuer | what to turn on |
| --- | --- | --- |
| Keycloak | \`https://HOST/realms/REALM\` | a public client with the OAuth 2.0 Device Authorization Grant |
| Okta | \`https://ORG.okta.com/oauth2/SERVER\` | a native app with Device Authorization and Refresh Token; the same in a rule of the server's access policy |
| Auth0 | \`https://TENANT.auth0.com/\` | a native application with Device Code and Refresh Token; an API with offline access, named by \`--audience\` |
| Entra ID | \`https://login.microsoftonline.com/TENANT/v2.0\` | an app registration that allows public client flows; a scope of your API in \`--scope\` |
| Amazon Cognito | – | user pools have no such grant: pipe a token in, \`sparkgate login < token.txt\` |

## Answers

\`--output json\` and \`yaml\` are what the gateway said, whole; \`name\` is one id a line, for \`xargs\`. Text is for people: tables as wide as
the terminal, colours on a terminal only (\`NO_COLOR\` turns them off, \`FORCE_COLOR\` on), relative times. What is about the command rather
than the answer (progress, advice, hints) goes to standard error. Text of strangers (names, logs, messages) cannot move the cursor.

While a job runs, \`get\`, \`watch\` and the line of \`--wait\` tell the stage that it is at and its tasks (\`stage 3: 14/20 tasks\`). That is read
from the end of the driver's log, where Spark logs at level INFO: every five seconds for a line on a terminal, for one job every two
seconds in a table, every five minutes elsewhere, each a request and a look at the cluster. Without such lines nothing is said.

Ctrl-C while waiting leaves the job running and says how to go on.

| exit code | means |
| --- | --- |
| 0 | it worked; of a job that was waited for: it succeeded |
| 1 | the tool failed: the command line, the network, the gateway |
| 2 | refused: the spec has errors, the key belongs to another job, nothing to cancel |
| 3 | the job failed |
| 4 | the job was cancelled |
| 5 | the job ran into a deadline |
| 6 | there is no such job, cluster, team or log |
| 7 | no permission: no credentials, or credentials that may not do this |
| 130 | Ctrl-C |`
