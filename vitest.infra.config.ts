import { defineConfig } from 'vitest/config'

/** Templates, manifests and rights (`npm run test:infra`): synthesis takes seconds, and a bundled gateway runs for the proof of least rights. */
export default defineConfig({
  test: {
    include: ['test/infra/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
