// Preloaded by the npm scripts that people run: older Nodes cannot read TypeScript and would say so in riddles.
import module from 'node:module'
import { join } from 'node:path'

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `Sparkgate needs Node 24 or newer; this is ${process.version}. On Linux and Windows \`npm ci\` brings it; elsewhere install Node 24.`,
  )
  process.exit(1)
}

// Stripping types from hundreds of files takes longer than reading what was stripped before; the same folder as cli/sparkgate.ts.
module.enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/sparkgate'))
