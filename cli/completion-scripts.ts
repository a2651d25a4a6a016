/** Completion for three shells, from the command table: commands, options, the words that options and operands take, else files. */
import type { Command, Commands, OptionRow } from './parse-command-line.ts'

/** The shells that have one. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A script for `source <(…)` (bash, zsh) or `| source` (fish). */
export function completionScript(shell: Shell, commands: Commands): string {
  return WRITERS[shell](commands)
}

const WRITERS: Readonly<Record<Shell, (commands: Commands) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** Text inside single quotes of any of the three. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

const longOptions = (command: Command): readonly string[] =>
  [...Object.keys(command.options), 'help'].map(option => `--${option}`)

/** Options that take one of some words: `--output` → its words. */
const wordOptions = (command: Command): readonly (readonly [option: string, words: readonly string[]])[] =>
  Object.entries(command.options).flatMap(([option, { type, values }]) =>
    values === undefined || type === 'boolean' ? [] : [[option, values] as const],
  )

function bashScript(commands: Commands): string {
  const cases = Object.entries(commands).map(([name, command]) => {
    const words = wordOptions(command).map(
      ([option, values]) => `        --${option}) words=${quote(values.join(' '))}; return 0 ;;`,
    )
    const takesValue = Object.entries(command.options).flatMap(([option, row]) =>
      row.type === 'string' && row.values === undefined ? [`--${option}`] : [],
    )
    const files = takesValue.length === 0 ? [] : [`        ${takesValue.join('|')}) words=; return 0 ;;`]
    return `    ${name})
      case "$2" in
${[...words, ...files].join('\n')}
      esac
      case "$3" in
        -*) words=${quote(longOptions(command).join(' '))} ;;
        *) words=${quote((command.choices ?? []).join(' '))} ;;
      esac ;;`
  })
  return `# bash completion of sparkgate: source <(sparkgate completion bash)
_sparkgate_words() { # command, word before, word
  words=
  case "$1" in
${cases.join('\n')}
  esac
}
_sparkgate() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${quote([...Object.keys(commands), 'help', '--help', '--version'].join(' '))}
  else
    _sparkgate_words "\${COMP_WORDS[1]}" "$before" "$word"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _sparkgate sparkgate
`
}

function zshScript(commands: Commands): string {
  const names = Object.entries(commands).map(([name, { summary }]) => quote(`${name}:${shortText(summary)}`))
  const cases = Object.entries(commands).map(([name, command]) => {
    const rows = Object.entries(command.options).map(([option, row]) => zshOption(option, row))
    const operands = command.choices === undefined ? '*: :_files' : `1: :(${command.choices.join(' ')})`
    return `    ${name}) _arguments ${[...rows, quote(operands)].join(' ')} ;;`
  })
  return `#compdef sparkgate
# zsh completion of sparkgate: source <(sparkgate completion zsh)
_sparkgate() {
  local -a names
  names=(${names.join(' ')})
  if (( CURRENT == 2 )); then
    _describe command names
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${cases.join('\n')}
    *) _files ;;
  esac
}
if [ "$funcstack[1]" = _sparkgate ]; then _sparkgate "$@"; else compdef _sparkgate sparkgate; fi
`
}

function zshOption(option: string, { type, values, placeholder, help }: OptionRow): string {
  const text = shortText(help).replace(/[[\]:]/g, String.raw`\$&`)
  if (type === 'boolean') return quote(`--${option}[${text}]`)
  const takes = values === undefined ? (placeholder === 'FILE' ? '_files' : ' ') : `(${values.join(' ')})`
  // The value of an optional one stands behind =.
  return quote(
    `--${option}${type === 'optional' ? '=-' : '='}[${text}]:${type === 'optional' ? ':' : ''}value:${takes}`,
  )
}

function fishScript(commands: Commands): string {
  const lines = Object.entries(commands).flatMap(([name, command]) => {
    const here = `-n '__fish_seen_subcommand_from ${name}'`
    const rows = Object.entries(command.options).map(([option, { type, values, short, help }]) => {
      const takes =
        type === 'boolean'
          ? ''
          : values === undefined
            ? ' -r'
            : ` ${type === 'optional' ? '' : '-x '}-a ${quote(values.join(' '))}`
      return `complete -c sparkgate ${here} -l ${option}${short === undefined ? '' : ` -s ${short}`}${takes} -d ${quote(shortText(help))}`
    })
    const choices =
      command.choices === undefined ? [] : [`complete -c sparkgate ${here} -f -a ${quote(command.choices.join(' '))}`]
    return [
      `complete -c sparkgate -n __fish_use_subcommand -f -a ${name} -d ${quote(shortText(command.summary))}`,
      ...choices,
      ...rows,
    ]
  })
  return `# fish completion of sparkgate: sparkgate completion fish | source\n${lines.join('\n')}\n`
}

/** The first sentence: menus have little room. */
const shortText = (text: string): string => text.split(/[.;:](?:\s|$)/, 1)[0] ?? text
