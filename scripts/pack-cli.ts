/**
 * Packs the `sparkgate` command for machines without this checkout: `dist/sparkgate-VERSION.tgz`, JavaScript in a few files (a
 * command loads its own), no dependencies, for Node 20 and newer. `npm install -g ./dist/sparkgate-….tgz` installs it.
 * A folder given as operand takes the place of `dist`.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** The oldest Node that has every function that the tool calls without asking (`import.meta.dirname`, `Array.prototype.toSorted`). */
const ENGINES = { node: '>=20.11' }
const ROOT = join(import.meta.dirname, '..')
/** What a machine downloads; a tool that doubles has taken something in by mistake. */
const BUDGET_KB = 1_200

async function main(): Promise<void> {
  const target = resolve(process.argv[2] ?? join(ROOT, 'dist'))
  const folder = mkdtempSync(join(tmpdir(), 'sparkgate-pack-'))
  try {
    const bytes = await bundleInto(join(folder, 'lib'))
    writePackage(folder)
    mkdirSync(target, { recursive: true })
    const answer = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    console.log(`${join(target, fileNameOf(answer))}  ${(bytes / 1000).toFixed(0)} KB unpacked`)
    if (bytes > BUDGET_KB * 1000) {
      console.error(`The tool has more than ${BUDGET_KB} KB: look what was taken in, or raise the budget and say why.`)
      process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Answers with the bytes of all files. */
async function bundleInto(folder: string): Promise<number> {
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'cli', 'sparkgate.ts')],
    outdir: folder,
    entryNames: 'sparkgate',
    chunkNames: 'part-[hash]',
    outExtension: { '.js': '.mjs' },
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    mainFields: ['module', 'main'],
    // CommonJS packages inside an ES module call `require` for Node's own modules.
    banner: { js: "import{createRequire as sgRequire}from'node:module';const require=sgRequire(import.meta.url);" },
  })
  chmodSync(join(folder, 'sparkgate.mjs'), 0o755)
  return Object.values(metafile.outputs).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** No dependencies and no scripts: installing runs nothing. */
function writePackage(folder: string): void {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, string>>
  const contents = {
    name,
    version,
    description,
    license,
    type: 'module',
    bin: { sparkgate: 'lib/sparkgate.mjs' },
    files: ['lib'],
    engines: ENGINES,
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(contents, undefined, 2)}\n`)
  writeFileSync(join(folder, 'LICENSE'), readFileSync(join(ROOT, 'LICENSE')))
  writeFileSync(
    join(folder, 'README.md'),
    `# sparkgate\n\nThe command-line tool of Sparkgate: ${String(description)}. \`sparkgate --help\` has every command with examples.\n`,
  )
}

/** npm answers with a list of packed packages, newer ones with an object by name. */
function fileNameOf(answer: string): string {
  const packed = JSON.parse(answer) as Readonly<Record<string, { readonly filename?: string }>>
  const [first] = Object.values(packed)
  if (first?.filename === undefined) throw new Error('npm pack did not say what it wrote')
  return first.filename
}

await main()
