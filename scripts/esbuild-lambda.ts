/**
 * How a function becomes a folder for Lambda: `index.mjs` and the parts that it loads when they are needed (docs/adr/0008), by
 * esbuild with six small plugins. Each keeps what the code means in Lambda and takes away what it costs there; docs/adr/0004
 * has the figures. Shared by `npm run bundle`, infra, benches and tests.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Metafile, Plugin } from 'esbuild'

export interface Bundle {
  /** `index.mjs`, which Lambda loads. */
  readonly file: string
  /** Of everything that is loaded at a cold start: `index.mjs` and what it imports at once. */
  readonly bytes: number
  /** Of all files. */
  readonly totalBytes: number
  /** Of the largest file. */
  readonly largestBytes: number
  readonly metafile: Metafile
}

/** ESM is what `npm run bundle` ships; CommonJS is here to be measured against it. */
export type BundleFormat = 'esm' | 'cjs'

/**
 * Bundles one entry file into `folder/index.mjs` (`.cjs`) and its parts, everything included. The same sources give the same bytes.
 * Throws esbuild's BuildFailure when something cannot be resolved.
 */
export async function bundleForLambda(entry: string, folder: string, format: BundleFormat = 'esm'): Promise<Bundle> {
  const file = join(folder, format === 'esm' ? 'index.mjs' : 'index.cjs')
  const { metafile } = await build({
    entryPoints: [entry],
    outdir: folder,
    entryNames: 'index',
    chunkNames: 'part-[hash]',
    outExtension: { '.js': format === 'esm' ? '.mjs' : '.cjs' },
    splitting: format === 'esm',
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format,
    minify: true,
    treeShaking: true,
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
    // ES modules of packages that have both: only those can be shaken.
    mainFields: ['module', 'main'],
    // CommonJS packages inside an ES module call `require` for Node's own modules.
    ...(format === 'esm' && { banner: { js: REQUIRE_BANNER } }),
    plugins: [lazyBuiltins, environmentCredentials, shakableSchemas, packageVersions, noEventStreams, pureModules],
  })
  const outputs = Object.entries(metafile.outputs)
  const index = outputs.find(([path]) => /index\.[cm]js$/.test(path))
  if (index === undefined) throw new Error(`esbuild wrote nothing for ${entry}`)
  const all = outputs.map(([, { bytes }]) => bytes)
  return {
    file,
    bytes: bytesLoaded(metafile, index[0]),
    totalBytes: all.reduce((sum, bytes) => sum + bytes, 0),
    largestBytes: Math.max(...all),
    metafile,
  }
}

/** Of a file and everything that it imports at once, not on demand. */
function bytesLoaded(metafile: Metafile, from: string): number {
  const seen = new Set([from])
  for (const path of seen) {
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && metafile.outputs[next] !== undefined) seen.add(next)
  }
  return [...seen].reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0)
}

const ROOT = join(import.meta.dirname, '..')
const REQUIRE_BANNER = "import{createRequire as sgRequire}from'node:module';const require=sgRequire(import.meta.url);"

/**
 * `import 'node:http'` from an ES module reads every export of it, among them the lazy WebSocket, which loads Node's
 * undici: 20 to 30 ms at each cold start. `process.getBuiltinModule` answers the same module without reading it.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?(http|https|http2)$/ }, ({ path }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: 'lazy-builtin',
    }))
    build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
      loader: 'js',
    }))
  },
}

/**
 * Lambda hands a function its role's credentials in environment variables, so the SDK's default chain always ends at its
 * first link. The other links (SSO, profiles, IMDS, web identity, login) are 95 KB and would only hide a wrong set-up.
 */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'environment-credentials',
      namespace: 'environment-credentials',
      pluginData: resolveDir,
    }))
    build.onLoad({ filter: /.*/, namespace: 'environment-credentials' }, ({ pluginData }) => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'",
      resolveDir: pluginData as string,
    }))
  },
}

/**
 * The SDK's schemas are literals with keys like `[_hC]`, where `_hC` is a text constant above. For esbuild such a key may
 * have effects, so every operation of a service stays. With the text in place the unused ones go: 25 to 70 KB a client.
 */
const shakableSchemas: Plugin = {
  name: 'shakable-schemas',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/].*[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8')
      const texts = new Map([...code.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, text]) => [name, text]))
      const contents = code.replaceAll(/\[(_\w+)\]:/g, (key, name: string) => {
        const text = texts.get(name)
        return text === undefined ? key : `${text}:`
      })
      return { contents, loader: 'js' }
    })
  },
}

/** SDK packages import their whole package.json (3 KB each) to say their version in the user agent. */
const packageVersions: Plugin = {
  name: 'package-versions',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/].*package\.json$/ }, ({ path }) => {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string }
      return { contents: JSON.stringify({ version }), loader: 'json' }
    })
  },
}

/**
 * The SDK imports its event stream code when an operation streams events (S3 SelectObjectContent and the like: none of
 * ours); 15 KB. Whoever calls such an operation gets an error that says so.
 */
const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup(build) {
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: 'event-streams', namespace: 'no-event-streams' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'no-event-streams' }, () => ({
      contents: "throw new Error('this bundle has no event streams')",
    }))
  },
}

/** Packages without effects at import that do not say so. */
const pureModules: Plugin = {
  name: 'pure-modules',
  setup(build) {
    build.onResolve({ filter: /^(@aws-crypto\/|tslib$)/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === 'seen') return undefined
      const { importer, kind, namespace, resolveDir } = options
      const found = await build.resolve(path, { importer, kind, namespace, resolveDir, pluginData: 'seen' })
      return { ...found, sideEffects: false }
    })
  },
}
