/**
 * `npm run synth`: the example deployments of the gateway and of clusters as CloudFormation, offline and without an AWS account,
 * checked by cdk-nag. Writes dist/synth/<variant>/ for scripts/lint-templates.ts; exit 1 when a check finds something, or when it
 * needs too much time.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from 'aws-cdk-lib'
import { prepareGateway } from '../infra/bundles.ts'
import { createClusterApp, readClusterDeployment } from '../infra/cluster/cluster-app.ts'
import { readDeployment } from '../infra/deployment.ts'
import { createGatewayApp } from '../infra/gateway-app.ts'
import { readPlatform } from '../shared/runtime/platform-file.ts'

const ROOT = join(import.meta.dirname, '..')
const EXAMPLES = join(ROOT, 'infra', 'examples')
/** Each makes its app, to be written into a folder. */
const VARIANTS: Readonly<Record<string, (outdir: string) => App | Promise<App>>> = {
  minimal: outdir => gateway('minimal', undefined, outdir),
  full: outdir => gateway('full', 'full.deployment.yaml', outdir),
  cluster: outdir => cluster('full.cluster.yaml', outdir),
  'cluster-access': outdir => cluster('access.cluster.yaml', outdir),
}
/** CloudFormation takes templates of at most this many bytes and resources. */
const MAX_TEMPLATE_BYTES = 1_000_000
const MAX_RESOURCES = 500
/** Of CPU, which other work on the machine does not change: 7 s were measured for all four. */
const MAX_CPU_SECONDS = 60

async function main(): Promise<void> {
  for (const [variant, makeApp] of Object.entries(VARIANTS)) {
    const startedAt = performance.now()
    const outdir = join(ROOT, 'dist', 'synth', variant)
    rmSync(outdir, { recursive: true, force: true })
    ;(await makeApp(outdir)).synth()
    const files = readdirSync(outdir).filter(name => name.endsWith('.template.json'))
    for (const file of files) describeTemplate(variant, join(outdir, file), performance.now() - startedAt)
  }
  const { user, system } = process.cpuUsage()
  const cpuSeconds = (user + system) / 1_000_000
  console.log(`together ${(performance.now() / 1000).toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`)
  if (cpuSeconds > MAX_CPU_SECONDS) fail(`a synthesis must be done within ${MAX_CPU_SECONDS} s`)
}

async function gateway(platform: string, deploymentFile: string | undefined, outdir: string): Promise<App> {
  const code = join(ROOT, 'dist', 'synth', 'code', platform)
  const prepared = await prepareGateway(join(EXAMPLES, `${platform}.yaml`), code)
  return createGatewayApp(readDeployment(deploymentFile && join(EXAMPLES, deploymentFile)), prepared, { outdir })
}

const cluster = (file: string, outdir: string): App =>
  createClusterApp(readClusterDeployment(join(EXAMPLES, file)), readPlatform(join(EXAMPLES, 'full.yaml')), { outdir })

function describeTemplate(variant: string, file: string, milliseconds: number): void {
  const text = readFileSync(file, 'utf8')
  const count = Object.keys((JSON.parse(text) as { Resources: object }).Resources).length
  console.log(`${variant}: ${count} resources, ${text.length} bytes, ${(milliseconds / 1000).toFixed(1)} s`)
  if (text.length > MAX_TEMPLATE_BYTES || count > MAX_RESOURCES) fail(`${file} is larger than CloudFormation takes`)
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}

await main()
