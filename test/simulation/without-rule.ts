/**
 * Takes one safety rule out of the code, in memory, before the operations are imported (the same switches as
 * `npm run test:rules`), and knows which of them a simulation can see.
 */
import { registerHooks } from 'node:module'
import { RULE_SWITCHES } from '../../scripts/rule-switches.ts'
import type { RuleSwitch } from '../../scripts/rule-switches.ts'

export interface NamedSwitch extends RuleSwitch {
  /** `8.2`: the second switch of rule 8. */
  readonly id: string
  /** Why a simulation of the engine cannot see it; absent where it can. */
  readonly unseen?: string
}

/** Switches that change nothing which a run of the engine could show, by rule and file. */
const UNSEEN: readonly { readonly file: string; readonly why: string }[] = [
  {
    file: 'shared/domain/job-state.ts',
    why: "a second guard: no operation asks for a forbidden move, and the table's condition refuses it too (5.2)",
  },
  {
    file: 'shared/domain/job-spec/checks/check-schema.ts',
    why: 'about the text of specs; the runs have one good spec',
  },
  { file: 'functions/api/caller.ts', why: 'about identity at the HTTP edge, which the runs go past' },
  { file: 'functions/api/routes.ts', why: 'about identity at the HTTP edge, which the runs go past' },
  { file: 'shared/runtime/logging.ts', why: 'about the text of logs; the runs log nothing' },
]

/** All switches with their ids. */
export const SWITCHES: readonly NamedSwitch[] = RULE_SWITCHES.map((each, index) => {
  const before = RULE_SWITCHES.slice(0, index).filter(({ rule }) => rule === each.rule).length
  const unseen = UNSEEN.find(({ file }) => file === each.file)?.why
  return { ...each, id: `${each.rule}.${before + 1}`, ...(unseen !== undefined && { unseen }) }
})

/** The switch of an id; `8` means `8.1`. Throws for one that does not exist. */
export function switchOf(id: string): NamedSwitch {
  const found = SWITCHES.find(each => each.id === id || each.id === `${id}.1`)
  if (found === undefined)
    throw new Error(`there is no rule ${id}; there are ${SWITCHES.map(each => each.id).join(', ')}`)
  return found
}

/** From now on modules of this thread are loaded without the rule. */
export function switchOff(id: string): void {
  const { file, enforced, off } = switchOf(id)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(`/${file}`)) return loaded
      const source = textOf(loaded.source)
      if (source.split(enforced).length !== 2)
        throw new Error(`${file} has not exactly one ${JSON.stringify(enforced)}`)
      return { ...loaded, source: source.replace(enforced, () => off) }
    },
  })
}

const textOf = (source: string | ArrayBuffer | NodeJS.TypedArray | null | undefined): string => {
  if (typeof source === 'string') return source
  if (source === null || source === undefined) return ''
  return new TextDecoder().decode(source)
}
