// Preloaded by the npm scripts that people run: older Nodes cannot read TypeScript and would say so in riddles.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `Sparkgate needs Node 24 or newer; this is ${process.version}. On Linux and Windows \`npm ci\` brings it; elsewhere install Node 24.`,
  )
  process.exit(1)
}
