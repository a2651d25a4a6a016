/** `sparkgate open JOB`: the links that the gateway has for a job: the Spark UI, the console. */
import { spawn } from 'node:child_process'
import type { JobAnswer } from './api-answers.ts'
import { connect } from './api-client.ts'
import { CommandFailure, EXIT, oneOperand } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { webLinks } from './show-job.ts'
import { showText } from './terminal-text.ts'
import { writeAnswer } from './write-answer.ts'

/** Writes the links; on a terminal also opens the first, unless `--print`. */
export async function open(given: Arguments): Promise<number> {
  const id = oneOperand(given, 'open takes one JOB: an id from `sparkgate list`')
  const api = await connect(given.options)
  const { body } = await api.send({ method: 'GET', path: `/v1/jobs/${encodeURIComponent(id)}` })
  const links = Object.fromEntries(webLinks(body as JobAnswer))
  const [first] = Object.values(links)
  if (first === undefined)
    throw new CommandFailure(
      `sparkgate: the gateway has no link for ${id}: its platform names no console and no Spark UI. Try \`sparkgate logs ${id}\``,
      EXIT.notFound,
    )
  await writeAnswer(given, {
    whole: links,
    names: Object.values(links),
    text: () => Object.entries(links).map(([name, link]) => `${showText(name)}  ${showText(link)}`),
  })
  if (process.stdout.isTTY && given.options['print'] !== true) openInBrowser(first)
  return EXIT.ok
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['explorer.exe'],
}

/** Opens a page without a shell; a machine without a browser still has the link on the screen. */
export function openInBrowser(link: string): void {
  const [program = '', ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...args, new URL(link).href], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
