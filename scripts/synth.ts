/**
 * `npm run synth`: both example deployments as CloudFormation, offline and without an AWS account, checked by cdk-nag. Writes
 * dist/synth/<variant>/ for scripts/lint-templates.ts; exit 1 when a check finds something, or when it needs too much time.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepareGateway } from '../infra/bundles.ts'
import { readDeployment } from '../infra/deployment.ts'
import { createGatewayApp } from '../infra/gateway-app.ts'

const ROOT = join(import.meta.dirname, '..')
const VARIANTS = { minimal: undefined, full: 'full.deployment.yaml' } as const
/** CloudFormation takes templates of at most this many bytes and resources. */
const MAX_TEMPLATE_BYTES = 1_000_000
const MAX_RESOURCES = 500
/** Of CPU, which other work on the machine does not change: 17 s were measured for both. */
const MAX_CPU_SECONDS = 60

async function main(): Promise<void> {
  for (const [variant, deploymentFile] of Object.entries(VARIANTS)) {
    const startedAt = performance.now()
    const examples = join(ROOT, 'infra', 'examples')
    const outdir = join(ROOT, 'dist', 'synth', variant)
    rmSync(outdir, { recursive: true, force: true })
    const prepared = await prepareGateway(
      join(examples, `${variant}.yaml`),
      join(ROOT, 'dist', 'synth', 'code', variant),
    )
    const deployment = readDeployment(deploymentFile && join(examples, deploymentFile))
    createGatewayApp(deployment, prepared, { outdir }).synth()
    const files = readdirSync(outdir).filter(name => name.endsWith('.template.json'))
    for (const file of files) describeTemplate(variant, join(outdir, file), performance.now() - startedAt)
  }
  const { user, system } = process.cpuUsage()
  const cpuSeconds = (user + system) / 1_000_000
  console.log(`together ${(performance.now() / 1000).toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`)
  if (cpuSeconds > MAX_CPU_SECONDS) fail(`a synthesis must be done within ${MAX_CPU_SECONDS} s`)
}

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
