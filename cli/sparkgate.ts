#!/usr/bin/env node
/** `sparkgate`: the command-line tool. What it can do is the table in commands.ts. */
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import './older-nodes.ts'

// Before anything else is loaded: stripping types from 150 files takes 0.2 s, reading them from the cache a third of it.
// The packed tool keeps its cache with the person: a folder that others may write to would run their code. Node 20 has none.
module.enableCompileCache?.(
  import.meta.url.endsWith('.ts')
    ? join(import.meta.dirname, '../node_modules/.cache/sparkgate')
    : join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sparkgate'),
)

const { COMMANDS } = await import('./commands.ts')
const { runCommandLine } = await import('./run-command-line.ts')
process.exitCode = await runCommandLine(process.argv.slice(2), COMMANDS)
