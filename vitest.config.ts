import { defineConfig } from 'vitest/config'

/** `npm test`: everything that needs nothing but Node. Slow suites have their own configs beside this file. */
export default defineConfig({
  test: {
    include: ['test/{unit,contract,integration,e2e}/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    exclude: ['**/*.slow.test.ts'],
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
})
