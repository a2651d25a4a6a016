/**
 * `node scripts/test-generated-client.ts`: a client that a standard generator makes of docs/openapi.json (openapi-typescript and
 * openapi-fetch, from npm into a folder of its own, no dependencies of this project): its types are checked and it calls the
 * local stack. Needs the registry once: not part of `npm test`. Exit 1 when something does not fit, 2 when it cannot be installed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '../local/stack.ts'
import { defaultPlatform } from '../local/local-platform.ts'

const PACKAGES = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3', '@types/node@24.10.1']
const FOLDER = join(homedir(), '.cache', 'sparkgate-generated-client')
const root = join(import.meta.dirname, '..')
const GENERATOR = join(FOLDER, 'node_modules', 'openapi-typescript', 'bin', 'cli.js')
const COMPILER = join(FOLDER, 'node_modules', 'typescript', 'bin', 'tsc')

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  },
  files: ['calls.ts'],
}

function install(): void {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  const marker = join(FOLDER, `${PACKAGES.join('+').replaceAll(/[@/]/g, '_')}.installed`)
  if (!existsSync(marker)) {
    const npm = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES]
    const { status } = spawnSync('npm', npm, { cwd: FOLDER, stdio: 'inherit' })
    if (status === 0) writeFileSync(marker, '')
  }
  if (existsSync(marker)) return
  console.error(`the generator could not be installed into ${FOLDER}`)
  process.exit(2)
}

/** Throws when the program ends with another code than 0. */
function run(what: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: FOLDER, stdio: 'inherit', env: { ...process.env, ...env } })
  return new Promise((resolve, reject) => {
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`${what} ended with ${code}`))))
  })
}

install()
copyFileSync(join(root, 'test', 'generated-client', 'calls.ts.txt'), join(FOLDER, 'calls.ts'))
await run('the generator', [GENERATOR, join(root, 'docs', 'openapi.json'), '-o', join(FOLDER, 'schema.d.ts')])
await run('the check of its types', [COMPILER, '-p', '.'])
const log = { info: () => {}, warn: console.warn, error: console.error }
const stack = await startStack({ platform: defaultPlatform(), speed: 50, spark: 'off', log })
try {
  const env = {
    SPARKGATE_URL: stack.apiUrl,
    SPARKGATE_TOKEN: await stack.token('payments'),
    SPEC: join(root, 'events', 'specs', 'spark-pi.yaml'),
  }
  await run('the client', [join(FOLDER, 'calls.ts')], env)
} finally {
  await stack.close()
}
