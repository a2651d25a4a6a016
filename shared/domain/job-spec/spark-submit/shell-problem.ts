/**
 * What a shell would have done with a command line and the gateway does not: each with what to write instead.
 */
import type { FindingCollector, FindingHints } from '../findings/finding-collector.ts'
import { placeOf } from './given.ts'

/** The things of a shell that have a finding of their own. */
export type ShellProblem = keyof typeof problems

const quotes = 'quotes around the word, if the character itself is meant'

const problems = {
  'open-quote': {
    message: 'A quote is opened here and not closed again.',
    allowed: 'The same quote at the end of the word',
  },
  'blank-after-backslash': {
    message: 'Blanks follow the backslash; a shell would end the command here. They are left out.',
    allowed: 'A backslash as the last character of the line',
  },
  variable: {
    message: 'The value of this variable is known to your shell only.',
    allowed: `The value itself, or ${quotes}`,
  },
  substitution: {
    message: 'A command inside the command line is not run here.',
    allowed: `What that command prints, or ${quotes}`,
  },
  'dollar-quote': {
    message: "Quotes with a dollar before them ($'…') are not read here.",
    allowed: 'Plain single or double quotes',
  },
  glob: {
    message: 'A shell would make names of files of your machine out of this pattern; they do not exist here.',
    allowed: `Each name, separated by commas, or ${quotes}`,
  },
  braces: {
    message: 'A shell would make several words out of these braces.',
    allowed: `Each value, or ${quotes}`,
  },
  'typographic-quote': {
    message: 'This is a quotation mark of a text program; a shell takes it as a letter.',
    allowed: 'Straight quotes: \' or "',
  },
  redirection: {
    message: 'Input and output are not redirected: the gateway keeps the logs of the driver.',
    allowed: `The command without it, or ${quotes}`,
  },
  'here-document': {
    message: 'Here-documents and process substitutions are not read here.',
    allowed: 'After the command, a line "# properties-file: NAME" and below it the content of that file',
  },
  operator: {
    message: 'The command ends here for a shell, and another one begins; one spark-submit is one job.',
    allowed: `Nothing after the command, or ${quotes}`,
  },
  'line-end': {
    message: 'The command ends here for a shell: the line before has no backslash at its end (a comment ends it too).',
    allowed: 'A backslash at the end of each line that goes on; other commands left out',
  },
  'too-many-words': {
    message: 'The command line has more words than are accepted.',
    allowed: 'At most 10000 words; long lists belong into a file in S3',
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly allowed: string }>>

/** Reports a problem at an offset of the text: rule `shell-…`, an error unless its meaning is plain. */
export function reportShellProblem(findings: FindingCollector, problem: ShellProblem, offset: number): void {
  const { message, allowed } = problems[problem]
  const report = problem === 'blank-after-backslash' ? findings.rewritten : findings.error
  const hints: FindingHints = { allowed }
  report(placeOf({ origin: '$', keyOffset: offset, offset }), `shell-${problem}`, message, hints)
}
