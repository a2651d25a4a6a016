import { defineConfig } from 'vitest/config'
import { RULE_SWITCHES } from './scripts/rule-switches.ts'

const off = RULE_SWITCHES[Number(process.env['RULE_OFF'])]

/** The same tests with one rule switched off in memory: see scripts/check-rules.ts. */
export default defineConfig({
  plugins: [
    {
      name: 'switch-off-a-rule',
      enforce: 'pre',
      transform(code, id) {
        if (off === undefined || !id.endsWith(`/${off.file}`)) return undefined
        if (code.split(off.enforced).length !== 2)
          throw new Error(`${off.file} has not exactly one ${JSON.stringify(off.enforced)}`)
        return { code: code.replace(off.enforced, () => off.off), map: null }
      },
    },
  ],
  test: {
    include: ['test/unit/rules.test.ts', 'test/contract/job-store.test.ts'],
    isolate: false,
    fsModuleCache: false,
  },
})
