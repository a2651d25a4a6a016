import { defineConfig } from 'vitest/config'

/** The simulation's own tests; the campaign itself is `npm run simulate`. */
export default defineConfig({
  test: { include: ['test/simulation/**/*.test.ts'], testTimeout: 120_000 },
})
