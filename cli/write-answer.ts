/** One answer, in the form that `--output` asks for: text for people, JSON or YAML whole, or names alone for scripts. */
import type { JsonValue } from '../shared/domain/job-spec/canonical-spec.ts'
import type { Arguments } from './arguments.ts'
import { jsonText, showText } from './terminal-text.ts'

/** What an answer is in each form. */
export interface Answer {
  /** Everything, as the gateway said it. */
  readonly whole: unknown
  /** What `--output name` writes, one a line. */
  readonly names: readonly string[]
  /** Lines for people; text of strangers in them is already safe. */
  readonly text: () => readonly string[]
}

/** Writes to standard output. */
export async function writeAnswer({ options }: Pick<Arguments, 'options'>, answer: Answer): Promise<void> {
  const text = await answerText(options['output'], answer)
  if (text !== '') process.stdout.write(text)
}

async function answerText(output: Arguments['options'][string], { whole, names, text }: Answer): Promise<string> {
  switch (output) {
    case 'json':
      return jsonText(whole)
    case 'yaml':
      // Its library costs 20 ms: only who wants YAML waits for it.
      return (await import('./yaml-text.ts')).yamlText(whole as JsonValue)
    case 'name':
      return names.map(name => `${showText(name)}\n`).join('')
    default:
      return text()
        .map(line => `${line}\n`)
        .join('')
  }
}
