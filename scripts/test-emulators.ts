/**
 * `npm run test:emulators`: the contract suites and one run of the whole on AWS emulators that are not ours (DynamoDB Local,
 * ElasticMQ, ministack), started by `../shared/emulators` with a state folder of their own and stopped again. A checkout
 * without that folder says so and is done. Arguments go to vitest.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const KIT = join(import.meta.dirname, '..', '..', 'shared', 'emulators')

if (existsSync(join(KIT, 'up'))) process.exitCode = await testOnEmulators()
else console.log('../shared/emulators is not here: the suites on other emulators did not run\n0 passed, 0 failed')

async function testOnEmulators(): Promise<number> {
  const state = mkdtempSync(join(tmpdir(), 'sparkgate-emulators-'))
  const env = { ...process.env, SPARKGATE_EMULATORS_STATE: state }
  try {
    const started = spawnSync(join(KIT, 'up'), { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    if (started.status !== 0) {
      console.log('the emulators did not start\n0 passed, 1 failed')
      return 1
    }
    return await run([join(import.meta.dirname, 'test.ts'), 'vitest.emulators.config.ts', ...process.argv.slice(2)], {
      ...env,
      ...variablesIn(started.stdout),
    })
  } finally {
    spawnSync(join(KIT, 'down'), { env, stdio: ['ignore', 'ignore', 'inherit'] })
    rmSync(state, { recursive: true, force: true })
  }
}

/** Lines of the form `NAME=value`. */
function variablesIn(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^(?<name>\w+)=(?<value>.*)$/gm)]
  return Object.fromEntries(lines.map(({ groups }) => [groups?.['name'] ?? '', groups?.['value'] ?? '']))
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
  // A signal ends the tests, and not us: the emulators have to be stopped in any case.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code => resolve(code ?? 1))
  })
}
