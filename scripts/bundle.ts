/**
 * `npm run bundle`: every function as a folder `dist/functions/<name>/` with `index.mjs` and the parts that it loads on demand,
 * esbuild's metafile beside it, and a table of their sizes. Exit 1 when what a cold start loads, or any file, is larger than
 * the budget; what costs most is then listed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Metafile } from 'esbuild'
import { bundleForLambda } from './esbuild-lambda.ts'

/** Minified; 1 KB is 1,000 bytes. */
const BUDGET_KB = 400
const LISTED_PARTS = 12

async function main(): Promise<void> {
  const root = join(import.meta.dirname, '..')
  const target = join(root, 'dist', 'functions')
  rmSync(target, { recursive: true, force: true })
  const tooLarge: { name: string; metafile: Metafile }[] = []
  console.log(
    `${'function'.padEnd(16)} ${'KB'.padStart(6)} ${'in all'.padStart(6)} ${'gz KB'.padStart(6)}   budget ${BUDGET_KB} KB`,
  )
  for (const name of functionNames(root)) {
    const folder = join(target, name)
    mkdirSync(folder, { recursive: true })
    const { file, bytes, totalBytes, largestBytes, metafile } = await bundleForLambda(
      join(root, 'functions', name, 'main.ts'),
      folder,
    )
    writeFileSync(join(target, `${name}.meta.json`), JSON.stringify(metafile))
    const over = Math.max(bytes, largestBytes) > BUDGET_KB * 1000
    if (over) tooLarge.push({ name, metafile })
    const zipped = gzipSync(readFileSync(file)).length
    console.log(
      `${name.padEnd(16)} ${kilobytes(bytes)} ${kilobytes(totalBytes)} ${kilobytes(zipped)}   ${over ? 'OVER' : 'ok'}`,
    )
  }
  for (const { name, metafile } of tooLarge) console.log(`\n${name}, by part: ${partsOf(metafile).join(', ')}`)
  if (tooLarge.length > 0) process.exitCode = 1
}

const functionNames = (root: string): string[] =>
  readdirSync(join(root, 'functions'), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .toSorted()

/** The largest parts of a bundle: packages, and our own folders. */
function partsOf(metafile: Metafile): string[] {
  const bytesOf = new Map<string, number>()
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const part = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/').slice(0, 2).join('/')
      bytesOf.set(part, (bytesOf.get(part) ?? 0) + bytesInOutput)
    }
  }
  return [...bytesOf]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, LISTED_PARTS)
    .map(([part, bytes]) => `${part}${kilobytes(bytes).replace(/^ */, ' ')}`)
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1).padStart(6)

await main()
