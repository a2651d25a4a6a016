/** Command lines: what each word means, and what is said to one that means nothing. */
import { describe, expect, it } from 'vitest'
import { renderCommandHelp, renderHelp } from '../../cli/help.ts'
import { parseCommandLine } from '../../cli/parse-command-line.ts'
import type { Commands } from '../../cli/parse-command-line.ts'

const load = async () => async () => 0
const commands: Commands = {
  check: {
    operands: 'FILE…',
    summary: 'Checks.',
    options: {
      output: { type: 'string', short: 'o', values: ['text', 'json'], help: 'How it looks.' },
      team: { type: 'string', placeholder: 'TEAM', help: 'Whose.' },
      quiet: { type: 'boolean', short: 'q', help: 'Less.' },
    },
    examples: ['tool check a.yaml', 'tool check b.yaml'],
    load,
  },
  follow: {
    operands: '',
    summary: 'Follows.',
    options: { wait: { type: 'boolean', help: 'Waits.' } },
    examples: ['tool follow'],
    load,
  },
}
const given = async (...argv: string[]) => {
  const line = await parseCommandLine(argv, commands)
  return line.asked === 'run' ? line.given : line
}

describe('a command line', () => {
  it('has operands and options in any order', async () => {
    const expected = { positionals: ['a.yaml', '-'], options: { output: 'json', quiet: true } }
    expect(await given('check', 'a.yaml', '--output', 'json', '-', '-q')).toEqual(expected)
    expect(await given('-q', '-ojson', 'check', 'a.yaml', '-')).toEqual(expected)
    expect(await given('check', '--output=json', '--quiet', '--', 'a.yaml', '-')).toEqual(expected)
  })
  it('takes a name that begins with a dash after --', async () => {
    expect(await given('check', '--', '--odd.yaml')).toEqual({ positionals: ['--odd.yaml'], options: {} })
  })
  it('asks for help in many ways', async () => {
    expect(await given()).toEqual({ asked: 'help' })
    expect(await given('--help')).toEqual({ asked: 'help' })
    expect(await given('check', 'a.yaml', '-h')).toEqual({ asked: 'help', of: 'check' })
    expect(await given('help', 'check')).toEqual({ asked: 'help', of: 'check' })
  })
  it.each([
    [['chek'], /no command chek; there are check, follow\. Did you mean check\?/],
    [['toString'], /no command toString/],
    [['help', 'chek'], /Did you mean check\?/],
    [['check', '--otput', 'json'], /check has no option --otput; it has .*Did you mean --output\?/],
    [['check', '--wait'], /check has no option --wait/],
    [['check', '--constructor'], /no option --constructor/],
    [['check', '-z'], /no option -z/],
    [['check', '--output', 'yaml'], /--output is text or json/],
    [['check', '--output'], /--output needs a value: text or json/],
    [['check', '--team', '--quiet'], /--team needs a value: TEAM/],
    [['check', '--quiet=yes'], /--quiet takes no value/],
  ])('%j is answered with what would be right', async (argv, message) => {
    await expect(parseCommandLine(argv, commands)).rejects.toThrow(message)
  })
})

describe('help', () => {
  it('shows every command, and the options and examples of one', () => {
    expect(renderHelp(commands)).toMatch(/tool check a\.yaml[\s\S]*tool follow[\s\S]*Exit codes: 0 ok, 1 tool failed/)
    expect(renderCommandHelp('check', { ...commands['check']! })).toMatch(
      /^sparkgate check FILE… \[--output text\|json\] \[--team TEAM\] \[--quiet\]\n[\s\S]* {2}-q, --quiet +Less\.[\s\S]*b\.yaml/,
    )
  })
})
