import { defineConfig } from 'vitest/config'

/** `npm run test:emulators`: the contract suites on other people's emulators; scripts/test-emulators.ts starts them. */
export default defineConfig({
  test: {
    include: ['test/emulators/**/*.test.ts'],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
