import { defineConfig } from 'vitest/config'

/** `npm run test:crash`: kills real processes at every effect and starts them again; takes minutes. */
export default defineConfig({
  test: {
    include: ['test/crash/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    // One file after the other: each keeps both cores busy.
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
