/** The command table, the page about it, and what completion offers: they say the same. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../cli/arguments.ts'
import { COMMANDS } from '../../cli/commands.ts'
import { commandsPage } from '../../cli/commands-page.ts'
import { completionScript, SHELLS } from '../../cli/completion-scripts.ts'
import { renderCommandHelp, renderHelp } from '../../cli/help.ts'
import { parseCommandLine } from '../../cli/parse-command-line.ts'

const rows = Object.entries(COMMANDS)

describe('docs/cli.md', () => {
  it('is what the table says', async () => {
    await expect(commandsPage(COMMANDS)).toMatchFileSnapshot('../../docs/cli.md')
  })
  it('explains every exit code', () => {
    const page = commandsPage(COMMANDS)
    for (const code of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'))
  })
})

describe('every command', () => {
  it.each(rows)('%s can be loaded, and its help shows its options', async (name, command) => {
    expect(await command.load()).toBeTypeOf('function')
    const help = renderCommandHelp(name, command)
    for (const option of Object.keys(command.options)) expect(help).toContain(`--${option}`)
    expect(renderHelp(COMMANDS)).toContain(command.summary)
  })
  it.each(rows)('%s has examples that are command lines of its own', async (name, command) => {
    expect(command.examples.length).toBeGreaterThan(0)
    for (const example of command.examples) {
      const [, words = ''] = /sparkgate ([^|<>)]*)/.exec(example) ?? []
      const argv = words
        .replace(/'([^']*)'|"([^"]*)"/g, 'x')
        .trim()
        .split(/\s+/)
      const line = await parseCommandLine(argv, COMMANDS)
      expect(line.asked === 'run' && line.command).toBe(COMMANDS[name])
    }
  })
})

describe('completion', () => {
  it.each(SHELLS)('for %s names every command, option and word', shell => {
    const script = completionScript(shell, COMMANDS)
    for (const [name, { options, choices = [] }] of rows) {
      expect(script).toContain(name)
      for (const choice of choices) expect(script).toContain(choice)
      for (const [option, { values = [] }] of Object.entries(options)) {
        expect(script).toContain(shell === 'fish' ? `-l ${option}` : `--${option}`)
        for (const value of values) expect(script).toContain(value)
      }
    }
  })

  const complete = (...words: string[]): string[] => {
    const program = `${completionScript('bash', COMMANDS)}
COMP_WORDS=(sparkgate ${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _sparkgate; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', program], { encoding: 'utf8' }).split('\n').filter(Boolean)
  }
  it.each<[words: string[], offered: string[]]>([
    [['can'], ['cancel']],
    [['c'], ['convert', 'config', 'cancel', 'clusters', 'completion']],
    [['list', '--sta'], ['--state']],
    [['list', '--state', 'F'], ['FAILED']],
    [
      ['config', ''],
      ['check', 'diff'],
    ],
    [['completion', 'z'], ['zsh']],
    [['get', 'xyz'], []],
    [['get', '--url', 'QU'], []],
  ])('in bash: %j → %j', (words, offered) => {
    expect(complete(...words).toSorted()).toEqual(offered.toSorted())
  })
})
