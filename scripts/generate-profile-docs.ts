/**
 * `node scripts/generate-profile-docs.ts`: writes docs/profiles.md from the profiles and the lowest layer. `--check`
 * compares instead.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import type { JsonObject } from '../shared/domain/job-spec/canonical-spec.ts'
import { builtInProfiles } from '../shared/domain/job-spec/layers/built-in-profiles.ts'
import { gatewayDefaults } from '../shared/domain/job-spec/layers/gateway-defaults.ts'

const FILE = 'docs/profiles.md'
const HEAD =
  '<!-- Written by scripts/generate-profile-docs.ts from the code: change that, then `node scripts/generate-profile-docs.ts`. -->\n'

const profiles = builtInProfiles({
  eventLogDir: 's3a://BUCKET/PREFIX (the platform names it)',
  checkpointDir: 's3a://BUCKET/PREFIX (where the platform names one)',
})

const yaml = (spec: JsonObject): string =>
  `\`\`\`yaml\n${stringify(spec, { lineWidth: 0, aliasDuplicateObjects: false })}\`\`\``

function page(): string {
  const rows = Object.entries(profiles).map(([name, { summary }]) => `| [\`${name}\`](#${name}) | ${summary} |`)
  const details = Object.entries(profiles).map(
    ([name, { summary, spec }]) => `### ${name}\n\n${summary}\n\n${yaml(spec)}`,
  )
  return `${HEAD}
# Profiles and defaults

A profile is a named bundle of defaults. A job names those it wants, in the order in which they are laid over each other:
\`profiles: [medium, spot-executors]\` in the short form, the annotation \`sparkgate.dev/profiles: medium,spot-executors\` of
a SparkApplication. \`sparkgate explain\` shows where each value of a job came from.

| profile | for |
| --- | --- |
${rows.join('\n')}

## Who wins

gateway < cluster < team < profiles < request < enforced, value by value:

- Objects are merged field by field.
- Lists of things with a name are merged by it (volumes, env, secrets, configMaps, initContainers, sidecars by \`name\`, volumeMounts
  by \`mountPath\`), and an item of the higher layer replaces the whole lower one. Tolerations, imagePullSecrets and ports are
  added to. Every other list (arguments, jars) is replaced whole.
- A field that is written as \`null\` keeps the default away: \`executor: {affinity: null}\`.
- A setting of Spark that is also a field (\`spark.executor.memory\`) counts as the field in every layer.
- What is enforced replaces the value of a request, with a finding (\`enforced-value\`) that says so.

The policy of a team judges what a request says, not what a layer gives: a profile is how a platform offers what it does not
let everybody write. The limits of a job count everything.

## Enforced where teams share a cluster

Under a restricted policy every container of a job passes the Pod Security level \`restricted\`: it cannot run as root or gain
privileges, has no capabilities and the runtime's seccomp profile. The user is the author's, or 185, the one of Spark's images.

## The gateway's own defaults

${yaml(gatewayDefaults({ restricted: false }).spec)}

Under a restricted policy also:

${yaml(restrictedOnly())}

The credentials provider of S3A depends on the Hadoop in the image, so it belongs to the layer of the cluster that names the image:
\`spark.hadoop.fs.s3a.aws.credentials.provider\` is \`com.amazonaws.auth.WebIdentityTokenCredentialsProvider\` for Spark 3 (Hadoop
3.3) with roles for service accounts, and \`software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider\` for Spark 4
(Hadoop 3.4) with EKS Pod Identity.

## The profiles

${details.join('\n\n')}
`
}

/** What \`restricted\` adds: shown for one pod, because both get the same. */
function restrictedOnly(): JsonObject {
  const { imagePullPolicy = null, driver } = gatewayDefaults({ restricted: true }).spec
  const { podSecurityContext = null } = driver as JsonObject
  return { imagePullPolicy, driver: { podSecurityContext }, executor: { podSecurityContext } }
}

const url = new URL(`../${FILE}`, import.meta.url)
if (!process.argv.includes('--check')) writeFileSync(url, page())
else if (readFileSync(url, 'utf8') !== page()) {
  console.error(`${FILE} is not what the code says: run \`node scripts/generate-profile-docs.ts\``)
  process.exitCode = 1
}
